package dev.verdant.hub.nio;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A connection on a {@link SocketChannel}. */
final class NioStreamChannel extends NioNetworkChannel<SocketChannel> implements StreamChannel {

    /** NIO copies heap buffers through a direct one as large as what is asked for, and keeps it: so no more is asked for at a time. */
    private static final int LARGEST_COPY = 64 * 1024;

    private static final String BROKEN_PIPE = "Broken pipe";

    private volatile @Nullable SocketAddress connectingTo;

    /**
     * The words of the error that broke the connection. The operating system tells an error once, to whoever calls next, and from then on an end of
     * stream.
     */
    private volatile @Nullable String broken;

    NioStreamChannel(NioHub hub, SocketChannel channel) throws IOException {
        super(hub, channel);
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
        try {
            channel.bind(local);
        } catch (IOException | RuntimeException e) {
            throw Failures.at(local, e);
        }
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
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
            int count = target.isDirect() || target.remaining() <= LARGEST_COPY
                    ? channel.read(target)
                    : readInPieces(target);
            return count < 0 ? endOfStream() : count;
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** A reset is not an end of stream, though the operating system says so once somebody has been told of the reset. */
    private int endOfStream() throws SocketException {
        String words = broken;
        if (words != null && !channel.socket().isInputShutdown()) {
            throw new SocketException(words);
        }
        return -1;
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

    /** Until the buffer is full or nothing is there: a result smaller than what was asked for must mean that the stream is drained. */
    private int readInPieces(ByteBuffer target) throws IOException {
        int limit = target.limit();
        int total = 0;
        try {
            while (target.position() < limit) {
                int piece = Math.min(LARGEST_COPY, limit - target.position());
                target.limit(target.position() + piece);
                int count = channel.read(target);
                if (count < 0) {
                    return total == 0 ? count : total;
                }
                total += count;
                if (count < piece) {
                    return total;
                }
            }
            return total;
        } catch (IOException e) {
            if (total > 0) {
                IOException _ = failed(e); // What came before the failure is delivered; the failure is remembered.
                return total;
            }
            throw e;
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        try {
            if (!source.hasRemaining()) {
                return 0;
            }
            return source.isDirect() || source.remaining() <= LARGEST_COPY
                    ? channel.write(source)
                    : writeInPieces(source);
        } catch (ClosedChannelException e) {
            throw channel.isOpen() ? new SocketException(BROKEN_PIPE) : Failures.of(e); // The output may have been shut down.
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    private int writeInPieces(ByteBuffer source) throws IOException {
        int limit = source.limit();
        int total = 0;
        try {
            while (source.position() < limit) {
                int piece = Math.min(LARGEST_COPY, limit - source.position());
                source.limit(source.position() + piece);
                int count = channel.write(source);
                total += count;
                if (count < piece) {
                    break;
                }
            }
            return total;
        } catch (IOException e) {
            if (total > 0) {
                IOException _ = failed(e); // What went before the failure is told; the failure is remembered.
                return total;
            }
            throw e;
        } finally {
            source.limit(limit);
        }
    }

    @Override
    public boolean sendUrgent(int data) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void shutdownInput() throws IOException {
        try {
            channel.shutdownInput();
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
