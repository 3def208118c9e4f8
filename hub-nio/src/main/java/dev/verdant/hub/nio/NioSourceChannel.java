package dev.verdant.hub.nio;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.SourceChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;

/** The end of a {@link Pipe} that is read from. */
final class NioSourceChannel extends NioPipeEnd<Pipe.SourceChannel> implements SourceChannel {

    NioSourceChannel(NioHub hub, Pipe.SourceChannel channel) throws IOException {
        super(hub, channel);
    }

    @Override
    int interest(int ops) {
        return (ops & Readiness.READ) != 0 ? SelectionKey.OP_READ : 0;
    }

    @Override
    int readiness(int readyOps) {
        return (readyOps & SelectionKey.OP_READ) != 0 ? Readiness.READ : 0;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        try {
            // A failure that came late comes again.
            return target.hasRemaining() ? HeapBuffers.read(channel, target, _ -> {}) : 0;
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }
}
