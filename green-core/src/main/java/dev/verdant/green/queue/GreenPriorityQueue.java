package dev.verdant.green.queue;

import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link JoinableQueue} that gives out the least item first, and of equals the one that came first. An iterator gives them in no particular order. Any
 * thread.
 *
 * <p>The comparator is called while the queue is guarded: it must neither wait nor use the queue. What it throws reaches who puts the
 * item in, or takes one out or removes it, and leaves the queue as it was.
 *
 * @param <E> what is queued
 */
public final class GreenPriorityQueue<E> extends JoinableQueue<E> {

    /** Creates one with room for any number of items, which are {@link Comparable}. */
    public GreenPriorityQueue() {
        this(Integer.MAX_VALUE, null);
    }

    /**
     * Creates one for items that are {@link Comparable}.
     *
     * @param maxSize for how many items there is room; 0 for a rendezvous
     */
    public GreenPriorityQueue(int maxSize) {
        this(maxSize, null);
    }

    /**
     * Creates one with room for any number of items.
     *
     * @param comparator their order
     */
    public GreenPriorityQueue(Comparator<? super E> comparator) {
        this(Integer.MAX_VALUE, Objects.requireNonNull(comparator, "comparator"));
    }

    /**
     * Creates one.
     *
     * @param maxSize for how many items there is room; 0 for a rendezvous
     * @param comparator their order, or null if they are {@link Comparable}
     */
    public GreenPriorityQueue(int maxSize, @Nullable Comparator<? super E> comparator) {
        super(new Store.Heap<>(comparator == null ? natural() : comparator), maxSize);
    }

    @SuppressWarnings("unchecked") // an item that is not Comparable is refused when it is compared
    private static <E> Comparator<E> natural() {
        return (Comparator<E>) (Comparator<?>) Comparator.naturalOrder();
    }
}
