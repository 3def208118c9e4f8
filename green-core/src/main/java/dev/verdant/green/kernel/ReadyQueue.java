package dev.verdant.green.kernel;

import dev.verdant.green.spi.ReadyOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The continuations that are ready to run. Confined to the loop. First come, first served, unless a {@link ReadyOrder} was given.
 */
class ReadyQueue {

    /** A power of two. */
    private @Nullable Runnable[] ring = new Runnable[256];

    private int head;
    private int size;

    public final int size() {
        return size;
    }

    final boolean isEmpty() {
        return size == 0;
    }

    void add(Runnable continuation) {
        if (size == ring.length) {
            grow();
        }
        ring[(head + size++) & (ring.length - 1)] = continuation;
    }

    /** Takes the one to run next, or null. */
    @Nullable Runnable take() {
        if (size == 0) {
            return null;
        }
        Runnable continuation = ring[head];
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        size--;
        return continuation;
    }

    final Runnable at(int index) {
        Runnable continuation = ring[(head + index) & (ring.length - 1)];
        if (continuation == null) {
            throw new IndexOutOfBoundsException("index: " + index + " (expected: 0 to " + (size - 1) + ")");
        }
        return continuation;
    }

    /** Brings the one at {@code index} to the front; the others keep their order. */
    final void bringToFront(int index) {
        Runnable chosen = at(index);
        int mask = ring.length - 1;
        for (int i = index; i > 0; i--) {
            ring[(head + i) & mask] = ring[(head + i - 1) & mask];
        }
        ring[head] = chosen;
    }

    private void grow() {
        int length = ring.length;
        @Nullable Runnable[] wider = Arrays.copyOfRange(ring, head, head + length * 2);
        System.arraycopy(ring, 0, wider, length - head, head);
        Arrays.fill(wider, length, wider.length, null);
        ring = wider;
        head = 0;
    }

    /** A queue whose order somebody else chooses. */
    static final class Ordered extends ReadyQueue implements ReadyOrder.Ready {

        private final ReadyOrder order;

        /** A continuation is one object for its thread's life, and knows no equals: its identity stands for the thread's. */
        private final Map<Runnable, Long> ids = new WeakHashMap<>();

        private long nextId = 1;

        Ordered(ReadyOrder order) {
            this.order = order;
        }

        @Override
        void add(Runnable continuation) {
            super.add(continuation);
            number(continuation);
        }

        @Override
        @Nullable Runnable take() {
            if (isEmpty()) {
                return null;
            }
            int index = order.pick(this);
            if (index < 0 || index >= size()) {
                throw new IndexOutOfBoundsException(
                        order + " picked index: " + index + " (expected: 0 to " + (size() - 1) + ")");
            }
            bringToFront(index);
            return super.take();
        }

        @Override
        public long id(int index) {
            return number(at(index));
        }

        private long number(Runnable continuation) {
            return ids.computeIfAbsent(continuation, _ -> nextId++);
        }
    }
}
