package dev.verdant.hub.unix;

import dev.verdant.hub.SinkChannel;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe that is written to.
 */
final class UnixSink extends UnixBytes implements SinkChannel {

    private volatile boolean shut;

    UnixSink(UnixHub hub, FileDescriptor descriptor) {
        super(hub, descriptor, LIVE, false);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        if (shut) {
            throw Failures.closed();
        }
        return super.write(source);
    }

    @Override
    public int write(byte[] source, int offset, int length) throws IOException {
        if (shut) {
            throw Failures.closed();
        }
        return super.write(source, offset, length);
    }

    @Override
    @Nullable SocketAddress name() {
        return null;
    }

    /** A pipe cannot be shut down; writes fail here. */
    @Override
    void shutdownBoth() {
        shut = true;
    }

    @Override
    boolean mayWaitToWriteFirst() {
        return true;
    }

    @Override
    UnixOptions options() {
        return UnixOptions.NONE;
    }
}
