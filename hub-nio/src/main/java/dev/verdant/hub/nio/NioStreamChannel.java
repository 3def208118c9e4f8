package dev.verdant.hub.nio;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A connection on a {@link SocketChannel}. */
final class NioStreamChannel extends NioChannel<SocketChannel> implements StreamChannel {

    /** NIO copies heap buffers through a direct one as large as what is asked for, and keeps it: so no more is asked for at a time. */
    private static final int LARGEST_COPY = 64 * 1024;

    private volatile @Nullable SocketAddress connectingTo;

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
        } catch (IOException e) {
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
            return target.isDirect() || target.remaining() <= LARGEST_COPY
                    ? channel.read(target)
                    : readInPieces(target);
        } catch (IOException | RuntimeException e) {
            throw Failures.of(e);
        }
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
        } catch (SocketException e) {
            if (total > 0) {
                return total; // What came before the failure is delivered; the failure comes again.
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
        } catch (IOException | RuntimeException e) {
            throw Failures.of(e);
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
        } finally {
            source.limit(limit);
        }
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
        } catch (IOException | RuntimeException e) {
            // Not connected, or closed: then nobody waits for an end that has not come.
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        try {
            return channel.getRemoteAddress();
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }
}
