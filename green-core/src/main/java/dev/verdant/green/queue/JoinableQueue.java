package dev.verdant.green.queue;

import dev.verdant.green.kernel.Waiter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LightQueue} that knows whether what was put in has been done: whoever has done with an item says {@link #taskDone()}, and {@link #join()} waits
 * until all that came in is done. Items that are thrown away ({@link #clear()}, {@link #remove(Object)}) count as done. Any thread.
 *
 * @param <E> what is queued
 */
public class JoinableQueue<E> extends LightQueue<E> {

    /** Creates one with room for any number of items. */
    public JoinableQueue() {
        this(Integer.MAX_VALUE);
    }

    /**
     * Creates one.
     *
     * @param maxSize for how many items there is room; 0 for a rendezvous
     */
    public JoinableQueue(int maxSize) {
        this(new Store.Fifo<>(), maxSize);
    }

    JoinableQueue(Store<E> store, int maxSize) {
        super(store, maxSize);
    }

    /**
     * Says that an item that was taken out is done.
     *
     * @throws IllegalStateException if all that came in is done already
     */
    public void taskDone() {
        buffer().taskDone();
    }

    /**
     * Returns how many items came in and are not done.
     *
     * @return 0 or more
     */
    public int unfinished() {
        return buffer().unfinished();
    }

    /**
     * Waits until all that came in is done, or the queue is shut down at once.
     *
     * @throws InterruptedException if a user interrupted the wait
     */
    public void join() throws InterruptedException {
        boolean _ = buffer().join(-1);
    }

    /**
     * Waits until all that came in is done, for a time.
     *
     * @param duration how long at the most; null for ever, zero or less does not wait
     * @return false if the time has passed first
     * @throws InterruptedException if a user interrupted the wait
     */
    public boolean join(@Nullable Duration duration) throws InterruptedException {
        return buffer().join(Waiter.nanos(duration));
    }
}
