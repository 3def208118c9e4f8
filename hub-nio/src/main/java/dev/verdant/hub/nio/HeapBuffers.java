package dev.verdant.hub.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.function.Consumer;

/** Streams bytes from and to heap buffers. NIO copies them through a direct buffer as large as what is asked for, and keeps it: so no more is asked for at a time. */
final class HeapBuffers {

    /** In bytes. */
    static final int LARGEST_COPY = 64 * 1024;

    private HeapBuffers() {}

    /**
     * Reads until the buffer is full or nothing is there: a result smaller than what was asked for must mean that the stream is drained.
     *
     * @param late told of a failure that came after some bytes, which are delivered
     */
    static int read(ReadableByteChannel channel, ByteBuffer target, Consumer<IOException> late) throws IOException {
        if (fits(target)) {
            return channel.read(target);
        }
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
            return tell(e, total, late);
        } finally {
            target.limit(limit);
        }
    }

    /**
     * Writes until the buffer is empty or nothing is taken.
     *
     * @param late told of a failure that came after some bytes, which have gone
     */
    static int write(WritableByteChannel channel, ByteBuffer source, Consumer<IOException> late) throws IOException {
        if (fits(source)) {
            return channel.write(source);
        }
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
            return tell(e, total, late);
        } finally {
            source.limit(limit);
        }
    }

    /** Tells whether one call of the channel does, for who would have to make what is told of failures. */
    static boolean fits(ByteBuffer buffer) {
        return buffer.isDirect() || buffer.remaining() <= LARGEST_COPY;
    }

    private static int tell(IOException failure, int total, Consumer<IOException> late) throws IOException {
        if (total == 0) {
            throw failure;
        }
        late.accept(failure);
        return total;
    }
}
