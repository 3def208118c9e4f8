package dev.verdant.green.queue;

/**
 * A {@link JoinableQueue} that gives out last what came in first: a stack. Any thread.
 *
 * @param <E> what is queued
 */
public final class LifoQueue<E> extends JoinableQueue<E> {

    /** Creates one with room for any number of items. */
    public LifoQueue() {
        this(Integer.MAX_VALUE);
    }

    /**
     * Creates one.
     *
     * @param maxSize for how many items there is room; 0 for a rendezvous
     */
    public LifoQueue(int maxSize) {
        super(new Store.Lifo<>(), maxSize);
    }
}
