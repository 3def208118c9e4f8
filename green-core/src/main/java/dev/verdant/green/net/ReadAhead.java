package dev.verdant.green.net;

import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were read before anybody asked to have them: what {@code available} counts and {@code peek} shows. Belongs to the socket and not to
 * its channel's hub, so it goes along when the socket moves. Confined to the thread that has claimed the reading, but for {@link #count()}.
 */
final class ReadAhead {

    private static final int SIZE = 8 * 1024;

    /** Stands for the end of the stream, once a read has met it and nothing is left: it is told again also after a close, as the JDK does. */
    static final ReadAhead AT_END = new ReadAhead(0);

    private byte[] bytes;
    private int start;
    private volatile int count;

    /** What a read met that nobody has been told of: it comes after the bytes. */
    private @Nullable IOException failure;

    private ReadAhead(int size) {
        this.bytes = new byte[size];
    }

    static ReadAhead create() {
        return new ReadAhead(SIZE);
    }

    /** Returns the number of bytes that were read ahead. Any thread. */
    int count() {
        return count;
    }

    /** Tells whether a read that goes further must be told of a failure first. */
    boolean hasFailure() {
        return failure != null;
    }

    /** Throws the failure that was kept, once. */
    void throwFailure() throws IOException {
        IOException met = failure;
        if (met != null) {
            failure = null;
            throw met;
        }
    }

    /**
     * Reads once behind what is there already. What it fails with is kept for the read that comes as far.
     *
     * @return the number of bytes, 0 for none now or no room, -1 for the end or a failure
     */
    int fill(StreamChannel channel) {
        if (failure != null) {
            return -1;
        }
        makeRoom();
        int end = start + count;
        try {
            int got = end == bytes.length ? 0 : channel.read(bytes, end, bytes.length - end);
            if (got > 0) {
                count += got;
            }
            return got;
        } catch (IOException e) {
            failure = e;
            return -1;
        }
    }

    private void makeRoom() {
        if (count == 0) {
            start = 0;
        } else if (start > 0) {
            System.arraycopy(bytes, start, bytes, 0, count);
            start = 0;
        }
    }

    /** Tells whether {@link #fill} has room. */
    boolean hasRoom() {
        return count < bytes.length;
    }

    /** Puts bytes in front of what is here, however many. */
    void putBack(ByteBuffer source) {
        int length = source.remaining();
        int had = count;
        byte[] joined = new byte[Math.max(SIZE, length + had)];
        source.get(joined, 0, length);
        System.arraycopy(bytes, start, joined, length, had);
        bytes = joined;
        start = 0;
        count = length + had;
    }

    /** Moves bytes into the buffer, or into the array if there is no buffer. */
    int take(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length) {
        int taken = Math.min(length, count);
        if (buffer != null) {
            buffer.put(bytes, start, taken);
        } else if (array != null) {
            System.arraycopy(bytes, start, array, offset, taken);
        }
        start += taken;
        count -= taken;
        return taken;
    }

    /** Copies bytes, and leaves them here. */
    int copyTo(ByteBuffer target) {
        int copied = Math.min(target.remaining(), count);
        target.put(bytes, start, copied);
        return copied;
    }
}
