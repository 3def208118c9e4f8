package dev.verdant.hub.nio;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.SinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;

/** The end of a {@link Pipe} that is written to. */
final class NioSinkChannel extends NioPipeEnd<Pipe.SinkChannel> implements SinkChannel {

    NioSinkChannel(NioHub hub, Pipe.SinkChannel channel) throws IOException {
        super(hub, channel);
    }

    @Override
    int interest(int ops) {
        return (ops & Readiness.WRITE) != 0 ? SelectionKey.OP_WRITE : 0;
    }

    @Override
    int readiness(int readyOps) {
        return (readyOps & SelectionKey.OP_WRITE) != 0 ? Readiness.WRITE : 0;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        try {
            // A failure that came late comes again.
            return source.hasRemaining() ? HeapBuffers.write(channel, source, _ -> {}) : 0;
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }
}
