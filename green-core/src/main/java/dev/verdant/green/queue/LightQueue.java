package dev.verdant.green.queue;

import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A queue: first in, first out, with room for a number of items, for any number, or for none.
 *
 * <p>A queue of {@code maxSize} 0 is a rendezvous: {@link #put} returns once somebody has got the item and has gone on with it, and {@link #offer(Object)}
 * and {@link #poll()} succeed only if somebody waits on the other side. It can hold nothing, so {@link #isEmpty()} is true and
 * {@link #remainingCapacity()} 0.
 *
 * <p>Who waits is served first come, first served, and nobody goes before those who wait. A wait that ends early has put nothing in and taken nothing out.
 * A call that need not wait does not let others run. Any thread; null is refused.
 *
 * @param <E> what is queued
 */
public class LightQueue<E> extends AbstractQueue<E> implements BlockingQueue<E> {

    private final Buffer<E> buffer;

    /** Creates one with room for any number of items. */
    public LightQueue() {
        this(Integer.MAX_VALUE);
    }

    /**
     * Creates one.
     *
     * @param maxSize for how many items there is room; 0 for a rendezvous
     */
    public LightQueue(int maxSize) {
        this(new Store.Fifo<>(), maxSize);
    }

    LightQueue(Store<E> store, int maxSize) {
        this.buffer = new Buffer<>(nameOf(getClass()), store, maxSize);
    }

    private static String nameOf(Class<?> type) {
        return type.isAnonymousClass() ? nameOf(type.getSuperclass()) : type.getSimpleName();
    }

    final Buffer<E> buffer() {
        return buffer;
    }

    // ---- putting

    /**
     * Puts an item in if there is room, or somebody waits for it. Does not wait.
     *
     * @param item not null
     * @return false if there is no room
     * @throws QueueShutDownException if the queue was shut down
     */
    @Override
    public boolean offer(E item) {
        try {
            return buffer.put(item, 0);
        } catch (InterruptedException e) {
            throw new AssertionError(e); // It does not wait.
        }
    }

    /**
     * Puts an item in, and waits for room.
     *
     * @param item not null
     * @throws InterruptedException if a user interrupted the wait; the item is not in
     * @throws QueueShutDownException if the queue was shut down; the item is not in
     */
    @Override
    public void put(E item) throws InterruptedException {
        boolean _ = buffer.put(item, -1);
    }

    /**
     * Puts an item in, and waits for room for a time.
     *
     * @param item not null
     * @param timeout how long at the most; zero or less does not wait
     * @param unit of what
     * @return false if the time has passed first; the item is not in
     * @throws InterruptedException if a user interrupted the wait; the item is not in
     * @throws QueueShutDownException if the queue was shut down; the item is not in
     */
    @Override
    public boolean offer(E item, long timeout, TimeUnit unit) throws InterruptedException {
        return buffer.put(item, Math.max(0, unit.toNanos(timeout)));
    }

    // ---- taking

    /**
     * Takes an item out if there is one, or somebody waits to put one. Does not wait.
     *
     * @return the item, or null
     */
    @Override
    public @Nullable E poll() {
        try {
            return buffer.take(0);
        } catch (InterruptedException e) {
            throw new AssertionError(e); // It does not wait.
        }
    }

    /**
     * Takes an item out, and waits for it.
     *
     * @return the item
     * @throws InterruptedException if a user interrupted the wait; nothing was taken
     * @throws QueueShutDownException if the queue was shut down and is empty
     */
    @Override
    public E take() throws InterruptedException {
        return Objects.requireNonNull(buffer.take(-1));
    }

    /**
     * Takes an item out, and waits for it for a time.
     *
     * @param timeout how long at the most; zero or less does not wait
     * @param unit of what
     * @return the item, or null if the time has passed first
     * @throws InterruptedException if a user interrupted the wait; nothing was taken
     * @throws QueueShutDownException if the queue was shut down and is empty
     */
    @Override
    public @Nullable E poll(long timeout, TimeUnit unit) throws InterruptedException {
        return buffer.take(Math.max(0, unit.toNanos(timeout)));
    }

    @Override
    public @Nullable E peek() {
        return buffer.peek();
    }

    @Override
    public int drainTo(Collection<? super E> target) {
        return drainTo(target, Integer.MAX_VALUE);
    }

    @Override
    public int drainTo(Collection<? super E> target, int most) {
        Objects.requireNonNull(target, "target");
        if (target == this) {
            throw new IllegalArgumentException("target: this queue (expected: another collection)");
        }
        int taken = 0;
        for (E item = null; taken < most && (item = poll()) != null; taken++) {
            target.add(item);
        }
        return taken;
    }

    // ---- looking

    @Override
    public int size() {
        return buffer.size();
    }

    @Override
    public int remainingCapacity() {
        return buffer.room();
    }

    /**
     * Returns how many threads wait for an item.
     *
     * @return 0 or more
     */
    public int getting() {
        return buffer.getting();
    }

    /**
     * Returns how many threads wait for room.
     *
     * @return 0 or more
     */
    public int putting() {
        return buffer.putting();
    }

    @Override
    public boolean contains(@Nullable Object item) {
        return buffer.items().contains(item);
    }

    @Override
    public Object[] toArray() {
        return buffer.items().toArray();
    }

    @Override
    @SuppressWarnings("NullAway") // the collection's contract: a place of null after the last
    public <T extends @Nullable Object> T[] toArray(T[] array) {
        return buffer.items().toArray(array);
    }

    /**
     * Returns an iterator over what is in the queue now. It goes on undisturbed by what comes and goes.
     *
     * @return an iterator that can remove
     */
    @Override
    public Iterator<E> iterator() {
        return new Snapshot<>(buffer);
    }

    /** Returns a spliterator over what {@link #iterator()} would give, when it is first used. It does not know how many that will be. */
    @Override
    public Spliterator<E> spliterator() {
        return Spliterators.spliterator(this, Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT);
    }

    // ---- changing

    /**
     * Changes the room. Growing lets those in who wait; shrinking throws nothing away.
     *
     * @param maxSize for how many items there is room; 0 for a rendezvous, {@link Integer#MAX_VALUE} for any number
     */
    public void resize(int maxSize) {
        buffer.resize(maxSize);
    }

    @Override
    public boolean remove(@Nullable Object item) {
        // equals() is other people's code and never called with the guard. So an equal one that is seen may be gone, and another may have come.
        boolean missed;
        do {
            missed = false;
            for (Store.Entry<E> each : buffer.entries()) {
                if (Objects.equals(item, each.item())) {
                    if (buffer.remove(each.number())) {
                        return true;
                    }
                    missed = true;
                }
            }
        } while (missed);
        return false;
    }

    @Override
    public void clear() {
        buffer.clear();
    }

    // ---- shutting down

    /**
     * Lets nothing more in. What is in can still be taken out; who waits to put, and who waits for more than that, is woken with a
     * {@link QueueShutDownException}.
     */
    public void shutdown() {
        buffer.shutDownGently();
    }

    /**
     * Lets nothing more in or out: what is in is thrown away, and who waits is woken with a {@link QueueShutDownException}.
     *
     * @return what was thrown away
     */
    public List<E> shutdownNow() {
        return buffer.shutDownNow();
    }

    /**
     * Tells whether the queue has been shut down.
     *
     * @return true from then on
     */
    public boolean isShutdown() {
        return buffer.isShutDown();
    }

    /** What was in a queue. */
    private static final class Snapshot<E> implements Iterator<E> {

        private final Buffer<E> buffer;
        private final Iterator<Store.Entry<E>> entries;
        private Store.@Nullable Entry<E> last;

        Snapshot(Buffer<E> buffer) {
            this.buffer = buffer;
            this.entries = buffer.entries().iterator();
        }

        @Override
        public boolean hasNext() {
            return entries.hasNext();
        }

        @Override
        public E next() {
            if (!entries.hasNext()) {
                throw new NoSuchElementException();
            }
            Store.Entry<E> next = entries.next();
            last = next;
            return next.item();
        }

        @Override
        public void remove() {
            Store.Entry<E> entry = last;
            if (entry == null) {
                throw new IllegalStateException("next() has not been called since the last remove()");
            }
            last = null;
            boolean _ = buffer.remove(entry.number());
        }
    }
}
