package dev.verdant.green.io;

import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Tries;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SourceChannel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe that is read from. A read that ends early (timeout, kill) has consumed nothing, and the pipe stays usable.
 */
public final class PipeSource extends PipeEnd {

    private final SourceChannel channel;

    PipeSource(Loop loop, SourceChannel channel, String name) {
        super(loop, channel, name);
        this.channel = channel;
    }

    @Override
    String use() {
        return "reads";
    }

    /**
     * Reads what is there, and waits if nothing is. Any thread.
     *
     * @param target where the bytes go; its position moves. A full buffer returns 0 at once.
     * @return the number of bytes, or -1 at the end of the stream
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread reads
     * @throws IOException if the pipe is closed, before or meanwhile
     */
    public int read(ByteBuffer target) throws IOException {
        requireWritable(target);
        return read(target, null, 0, target.remaining());
    }

    /**
     * Reads what is there, and waits if nothing is. Any thread.
     *
     * @param max how many bytes at the most, at least 1
     * @return the bytes; empty at the end of the stream, and only then
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread reads
     * @throws IOException if the pipe is closed, before or meanwhile
     */
    public byte[] recv(int max) throws IOException {
        if (max < 1) {
            throw new IllegalArgumentException("max: " + max + " (expected: >= 1)");
        }
        byte[] bytes = new byte[max];
        int count = read(null, bytes, 0, max);
        return Arrays.copyOf(bytes, Math.max(0, count));
    }

    private int read(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        begin(Readiness.READ);
        try {
            Deadline deadline = null;
            while (true) {
                int count = readOnce(buffer, array, offset, length);
                if (count != 0) {
                    return count;
                }
                if (deadline == null) {
                    deadline = Deadline.NEVER;
                }
                deadline.await(waits(), Readiness.READ, closer());
            }
        } finally {
            waits().release(Readiness.READ);
        }
    }

    private int readOnce(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        try {
            return Tries.read(waits(), channel, buffer, array, offset, length);
        } catch (IOException e) {
            throw asClosed(e);
        }
    }

    /**
     * Reads what is there now. It does not wait for a writer; like every call, it may let other green threads run first. Any thread.
     *
     * @param target where the bytes go; its position moves
     * @return the number of bytes, 0 if none are there or the buffer is full, -1 at the end of the stream
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread reads
     * @throws IOException if the pipe is closed
     */
    public int tryRead(ByteBuffer target) throws IOException {
        requireWritable(target);
        int length = target.remaining();
        if (length == 0) {
            return 0;
        }
        begin(Readiness.READ);
        try {
            return readOnce(target, null, 0, length);
        } finally {
            waits().release(Readiness.READ);
        }
    }

    private static void requireWritable(ByteBuffer target) {
        if (Objects.requireNonNull(target, "target").isReadOnly()) {
            throw new IllegalArgumentException("target: " + target + " (expected: a buffer that is not read-only)");
        }
    }

    /**
     * Waits until a read may find something, and takes nothing. It may return early, and does if nobody has tried before: try first, and wait if
     * there was nothing. Any thread.
     *
     * @param timeout for how long at the most; null for ever, zero only looks
     * @return false if the time has passed first
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread reads
     * @throws IOException if the pipe is closed, before or meanwhile
     */
    public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
        return await(Readiness.READ, timeout);
    }

    /**
     * Returns a stream whose reads are reads of this end, and whose close closes it. A pipe does not tell how much is there, so the stream's
     * {@code available} reads up to 8 KiB ahead, into the stream: who calls that reads on through the same stream. While another thread reads it does not
     * look. Any thread.
     *
     * @return a new view
     */
    public InputStream inputStream() {
        return new In();
    }

    /** Reads what is there now, without a wait that would make the hub tell of more: for who asks again and again. Returns 0 if somebody else reads. */
    private int look(byte[] target) throws IOException {
        try {
            begin(Readiness.READ);
        } catch (ConcurrentUseException e) {
            return 0;
        }
        try {
            return channel.read(target, 0, target.length);
        } catch (IOException e) {
            throw asClosed(e);
        } finally {
            waits().release(Readiness.READ);
        }
    }

    private final class In extends InputStream {

        private static final int AHEAD_BYTES = 8 * 1024;

        // Confined to the thread that reads.
        private byte @Nullable [] ahead;
        private int start;
        private int end;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            byte[] had = ahead;
            if (had == null || start == end) {
                return PipeSource.this.read(null, target, offset, length);
            }
            int count = Math.min(length, end - start);
            System.arraycopy(had, start, target, offset, count);
            start += count;
            return count;
        }

        @Override
        public int available() throws IOException {
            byte[] into = ahead;
            if (into == null) {
                into = new byte[AHEAD_BYTES];
                ahead = into;
            }
            if (start == end) {
                start = 0;
                end = 0;
                end = Math.max(0, look(into));
            }
            return end - start;
        }

        @Override
        public void close() {
            PipeSource.this.close();
        }
    }
}
