package dev.verdant.green.http;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A stream that begins with bytes which were read too far. */
final class PrefixedStream implements GreenStream {

    private final ByteBuffer before;
    private final GreenStream stream;

    PrefixedStream(byte[] before, GreenStream stream) {
        this.before = ByteBuffer.wrap(before);
        this.stream = stream;
    }

    /** Returns 0 if none are left, or the buffer is full. */
    private int readBefore(ByteBuffer target) {
        int count = Math.min(before.remaining(), target.remaining());
        target.put(target.position(), before, before.position(), count);
        target.position(target.position() + count);
        before.position(before.position() + count);
        return count;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return before.hasRemaining() ? readBefore(target) : stream.read(target);
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return before.hasRemaining() ? readBefore(target) : stream.tryRead(target);
    }

    @Override
    public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
        return before.hasRemaining() || stream.awaitReadable(timeout);
    }

    @Override
    public void writeFully(ByteBuffer source) throws IOException {
        stream.writeFully(source);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return stream.tryWrite(source);
    }

    @Override
    public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
        return stream.awaitWritable(timeout);
    }
}
