package dev.verdant.hub.nio;

import dev.verdant.hub.HubOptions;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection on a {@link SocketChannel}. */
final class NioStreamChannel extends NioNetworkChannel<SocketChannel> implements StreamChannel {

    private static final String BROKEN_PIPE = "Broken pipe";

    /** What the JDK says if urgent data would block; it has no other way. */
    private static final String WOULD_BLOCK = "Socket buffer full";

    private final SocketDomain domain;

    private volatile @Nullable SocketAddress connectingTo;
    private volatile boolean inputShut;

    /**
     * The words of the error that broke the connection. The operating system tells an error once, to whoever calls next, and from then on an end of
     * stream.
     */
    private volatile @Nullable String broken;

    NioStreamChannel(NioHub hub, SocketDomain domain, SocketChannel channel) throws IOException {
        super(hub, channel);
        this.domain = domain;
    }

    @Override
    int interest(int ops) {
        int interest = (ops & Readiness.READ) != 0 ? SelectionKey.OP_READ : 0;
        if ((ops & Readiness.WRITE) != 0) {
            interest |= channel.isConnectionPending() ? SelectionKey.OP_CONNECT : SelectionKey.OP_WRITE;
        }
        return interest;
    }

    @Override
    int readiness(int readyOps) {
        int read = (readyOps & SelectionKey.OP_READ) != 0 ? Readiness.READ : 0;
        int write = (readyOps & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) != 0 ? Readiness.WRITE : 0;
        return read | write;
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        Addresses.require(domain, local);
        try {
            channel.bind(local);
        } catch (IOException | RuntimeException e) {
            throw Failures.at(local, e);
        }
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        Addresses.require(domain, remote);
        connectingTo = remote;
        try {
            return channel.connect(remote);
        } catch (IOException | RuntimeException e) {
            throw Failures.at(remote, e);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try {
            return channel.finishConnect();
        } catch (IOException | RuntimeException e) {
            SocketAddress remote = connectingTo;
            throw remote == null ? Failures.of(e) : Failures.at(remote, e);
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        try {
            if (!target.hasRemaining()) {
                return 0;
            }
            int count = HeapBuffers.fits(target)
                    ? channel.read(target)
                    : HeapBuffers.read(channel, target, this::remember);
            return count < 0 ? endOfStream() : count;
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        try {
            long count = BufferBatches.read(channel, targets, offset, length, this::remember);
            return count < 0 ? endOfStream() : count;
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** A reset is not an end of stream, though the operating system says so once somebody has been told of the reset. */
    private int endOfStream() throws SocketException {
        String words = broken;
        if (words != null && !inputShut) {
            throw new SocketException(words);
        }
        return -1;
    }

    private void remember(IOException late) {
        IOException _ = failed(late);
    }

    private IOException failed(Exception e) {
        IOException failure = Failures.of(e);
        boolean ofConnection = e instanceof IOException && !(e instanceof ClosedChannelException)
                && !(failure instanceof ResourceExhaustedException) && !BROKEN_PIPE.equals(failure.getMessage());
        if (ofConnection) {
            broken = failure.getMessage();
        }
        return failure;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        try {
            if (!source.hasRemaining()) {
                return 0;
            }
            return HeapBuffers.fits(source)
                    ? channel.write(source)
                    : HeapBuffers.write(channel, source, this::remember);
        } catch (ClosedChannelException e) {
            throw endedOutput(e);
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        try {
            return BufferBatches.write(channel, sources, offset, length, this::remember);
        } catch (ClosedChannelException e) {
            throw endedOutput(e);
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** The output may have been shut down. */
    private IOException endedOutput(ClosedChannelException e) {
        return channel.isOpen() ? new SocketException(BROKEN_PIPE) : Failures.of(e);
    }

    @Override
    public boolean sendUrgent(int data) throws IOException {
        if (domain == SocketDomain.UNIX) {
            throw new UnsupportedOperationException("Unix-domain streams have no urgent data in NIO: send it as data");
        }
        try {
            channel.socket().sendUrgentData(data);
            return true;
        } catch (ClosedChannelException e) {
            throw endedOutput(e);
        } catch (IOException e) {
            if (WOULD_BLOCK.equals(e.getMessage())) {
                return false;
            }
            throw failed(e);
        } catch (NotYetConnectedException e) {
            throw Failures.of(e);
        }
    }

    /** The JDK has the option under a name of its own. */
    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (isOobInline(option)) {
            requireOpen();
            channel.socket().setOOBInline((Boolean) value);
        } else {
            super.setOption(option, value);
        }
    }

    @Override
    public <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        if (isOobInline(option)) {
            requireOpen();
            return option.type().cast(channel.socket().getOOBInline());
        }
        return super.getOption(option);
    }

    private boolean isOobInline(SocketOption<?> option) {
        return option == HubOptions.SO_OOBINLINE && domain == SocketDomain.INTERNET;
    }

    private void requireOpen() throws SocketException {
        if (!channel.isOpen()) {
            throw Failures.closed();
        }
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        if (domain == SocketDomain.UNIX) {
            return super.supportedOptions();
        }
        var options = new HashSet<>(super.supportedOptions());
        options.removeIf(option -> option.name().equals(HubOptions.SO_OOBINLINE.name()));
        options.add(HubOptions.SO_OOBINLINE);
        return Collections.unmodifiableSet(options);
    }

    @Override
    public void shutdownInput() throws IOException {
        try {
            channel.shutdownInput();
            inputShut = true;
        } catch (IOException | RuntimeException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        try {
            channel.shutdownOutput();
        } catch (IOException | RuntimeException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public void shutdown() {
        try {
            channel.shutdownInput();
            inputShut = true;
            channel.shutdownOutput();
        } catch (NotYetConnectedException e) {
            if (channel.isConnectionPending()) {
                end();
            }
        } catch (IOException e) {
            // Closed, or ended already.
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        try {
            SocketAddress remote = channel.getRemoteAddress();
            return channel.isConnected() ? remote : null;
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }
}
