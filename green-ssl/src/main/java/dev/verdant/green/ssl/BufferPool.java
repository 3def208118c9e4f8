package dev.verdant.green.ssl;

import java.nio.ByteBuffer;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Buffers for bytes that are under way, so that a connection on which nothing moves holds none. A few are kept for the next one; the rest are the
 * collector's. Any thread.
 */
final class BufferPool {

    /** Three records of the largest size that engines make, so that a large write is one system call for three. */
    private static final int NET = 56 * 1024;

    /** What one record holds, and some. */
    private static final int PLAIN = 17 * 1024;

    private static final int KEPT = 64;

    private static final BufferPool DIRECT_NET = new BufferPool(NET, true);
    private static final BufferPool HEAP_NET = new BufferPool(NET, false);
    private static final BufferPool DIRECT_PLAIN = new BufferPool(PLAIN, true);
    private static final BufferPool HEAP_PLAIN = new BufferPool(PLAIN, false);

    private final MpmcAtomicArrayQueue<ByteBuffer> free = new MpmcAtomicArrayQueue<>(KEPT);
    private final int size;
    private final boolean direct;

    private BufferPool(int size, boolean direct) {
        this.size = size;
        this.direct = direct;
    }

    /** For what is read from and written to the stream. */
    static BufferPool net(boolean direct) {
        return direct ? DIRECT_NET : HEAP_NET;
    }

    /** For what is or will be encrypted, a record at a time. */
    static BufferPool plain(boolean direct) {
        return direct ? DIRECT_PLAIN : HEAP_PLAIN;
    }

    /** Returns a buffer that is clear. */
    ByteBuffer take() {
        ByteBuffer kept = free.poll();
        return kept != null ? kept.clear() : make(size);
    }

    /** Returns a buffer of at least a size, which may be more than the pool's. */
    ByteBuffer take(int least) {
        return least <= size ? take() : make(least);
    }

    private ByteBuffer make(int capacity) {
        return direct ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
    }

    /** Takes a buffer back, which nobody uses any more. */
    void give(@Nullable ByteBuffer buffer) {
        if (buffer != null && buffer.capacity() == size) {
            boolean _ = free.offer(buffer);
        }
    }
}
