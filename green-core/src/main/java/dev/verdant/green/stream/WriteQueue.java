package dev.verdant.green.stream;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What is to be written, in order. Confined to its stream's loop. */
final class WriteQueue {

    /** What is larger is kept as it is, instead of being copied. */
    private static final int COPIED = 2 * 1024;

    /** Small pieces are gathered into chunks of this size, so that many of them go in one call. */
    private static final int CHUNK = 16 * 1024;

    private final ArrayDeque<ByteBuffer> chunks = new ArrayDeque<>();

    /** The last chunk, if it is ours and may be added to. */
    private @Nullable ByteBuffer open;

    private long size;

    /** Returns the number of bytes that wait. */
    long size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds what remains of the bytes. Few are copied, many are kept by reference. */
    void add(ByteBuffer source) {
        int length = source.remaining();
        if (length == 0) {
            return;
        }
        size += length;
        if (length > COPIED) {
            chunks.add(source.slice());
            open = null;
            return;
        }
        ByteBuffer last = open;
        if (last == null || last.capacity() - last.limit() < length) {
            last = ByteBuffer.allocate(chunks.isEmpty() ? length : CHUNK).limit(0);
            chunks.add(last);
            open = last;
        }
        int filled = last.limit();
        last.limit(filled + length).put(filled, source, source.position(), length);
    }

    /** Adds bytes as they are, to the empty queue: their owner waits while they are tried, and then {@link #keep} follows. */
    void lend(ByteBuffer source) {
        size += source.remaining();
        if (source.hasRemaining()) {
            chunks.add(source);
        }
    }

    /** Gives lent bytes back to their owner; what is left of them stays first, if few as a copy. */
    void keep(ByteBuffer lent) {
        if (lent.hasRemaining() && chunks.peek() == lent) {
            chunks.remove();
            boolean isFew = lent.remaining() <= COPIED;
            chunks.addFirst(isFew ? ByteBuffer.allocate(lent.remaining()).put(lent).flip() : lent.slice());
        }
        lent.position(lent.limit());
    }

    /** Returns the first bytes that wait; the caller writes from it and then says {@link #wrote}. */
    ByteBuffer first() {
        return chunks.element();
    }

    void wrote(int count) {
        size -= count;
        if (!first().hasRemaining() && chunks.remove() == open) {
            open = null;
        }
    }

    void clear() {
        chunks.clear();
        open = null;
        size = 0;
    }
}
