package dev.verdant.hub.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Several buffers in as few system calls as may be: a call takes no more buffers than the system allows, and no more bytes of heap buffers than
 * {@link HeapBuffers#LARGEST_COPY}.
 */
final class BufferBatches {

    /** IOV_MAX, as the JDK has it: it leaves out what is beyond that, which would look as if the system had taken no more. */
    private static final int MOST = System.getProperty("os.name", "").startsWith("Windows") ? 16 : 1024;

    private final ByteBuffer[] buffers;
    private final int end;

    /** The first that may have bytes or room. */
    private int next;

    /** Behind the last of the batch. */
    private int last;

    /** In bytes. */
    private long size;

    /** The last buffer of the batch, if not all of it is part of that, and its true limit. */
    private @Nullable ByteBuffer cut;
    private int limit;

    private BufferBatches(ByteBuffer[] buffers, int offset, int length) {
        this.buffers = buffers;
        this.next = offset;
        this.end = offset + length;
    }

    /**
     * Reads until the buffers are full or nothing is there.
     *
     * @param late told of a failure that came after some bytes, which are delivered
     */
    static long read(SocketChannel channel, ByteBuffer[] targets, int offset, int length, Consumer<IOException> late)
            throws IOException {
        return new BufferBatches(targets, offset, length).transfer(channel::read, late);
    }

    /**
     * Writes until the buffers are empty or nothing is taken.
     *
     * @param late told of a failure that came after some bytes, which have gone
     */
    static long write(SocketChannel channel, ByteBuffer[] sources, int offset, int length, Consumer<IOException> late)
            throws IOException {
        return new BufferBatches(sources, offset, length).transfer(channel::write, late);
    }

    private long transfer(Call call, Consumer<IOException> late) throws IOException {
        long total = 0;
        while (begin()) {
            long count;
            try {
                count = call.on(buffers, next, last - next);
            } catch (IOException e) {
                if (total == 0) {
                    throw e;
                }
                late.accept(e);
                return total;
            } finally {
                restore();
            }
            if (count < 0) {
                return total == 0 ? count : total;
            }
            total += count;
            if (count < size) {
                return total;
            }
        }
        return total;
    }

    /** Chooses a batch; false if nothing is left. */
    private boolean begin() {
        while (next < end && !buffers[next].hasRemaining()) {
            next++;
        }
        size = 0;
        int copied = 0;
        for (last = next; last < end && last - next < MOST && copied < HeapBuffers.LARGEST_COPY; last++) {
            ByteBuffer buffer = buffers[last];
            if (!buffer.isDirect()) {
                int room = HeapBuffers.LARGEST_COPY - copied;
                if (buffer.remaining() > room) {
                    cut = buffer;
                    limit = buffer.limit();
                    buffer.limit(buffer.position() + room);
                }
                copied += buffer.remaining();
            }
            size += buffer.remaining();
        }
        return size > 0;
    }

    private void restore() {
        if (cut != null) {
            Objects.requireNonNull(cut).limit(limit);
            cut = null;
        }
    }

    /** A gathering write, or a scattering read. */
    private interface Call {

        long on(ByteBuffer[] buffers, int offset, int length) throws IOException;
    }
}
