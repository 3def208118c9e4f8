package dev.verdant.green.pool;

import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Some keys of a {@link DagPool} with their values, in the order in which these become available: who iterates waits for the next. Keys that had a value before
 * come first and are not waited for. Iterated once. A key that has failed throws its {@link KeyFailedException} at its place, and the iteration can go on. A
 * {@link #next()} that ends early takes nothing. Any thread may call.
 *
 * @param <K> the keys
 * @param <V> their values
 */
@SuppressWarnings("IterableAndIterator") // iterated once, and next() is used on its own as much as in a for loop
public final class DagResults<K, V extends @Nullable Object>
        implements
            Iterator<Map.Entry<K, V>>,
            Iterable<Map.Entry<K, V>>,
            AutoCloseable {

    private final DagPool<K, V> pool;
    private final Set<K> keys;
    private final Arrivals arrivals;

    /** Creates one that is told of no key yet. */
    DagResults(DagPool<K, V> pool, Collection<? extends K> keys) {
        this.pool = pool;
        this.keys = Collections.unmodifiableSet(new LinkedHashSet<>(keys));
        this.arrivals = new Arrivals(this.keys.size());
        this.keys.forEach(key -> Objects.requireNonNull(key, "key"));
    }

    /** What it is about, in the given order. */
    Set<K> keys() {
        return keys;
    }

    /** A key has a value or has failed. Once for each key; any thread. */
    void arrive(DagNode<K, V> node) {
        arrivals.add(node);
    }

    /**
     * Tells whether there are keys whose value has not been taken yet. Does not wait.
     *
     * @return true if {@link #next()} has something to wait for
     */
    @Override
    public boolean hasNext() {
        return arrivals.left() > 0;
    }

    /**
     * Waits for the next key that has a value.
     *
     * @return the key and its value
     * @throws KeyFailedException if the next key failed
     * @throws NoSuchElementException if all have been taken
     * @throws GreenInterruptedException if a user interrupted the wait
     */
    @Override
    public Map.Entry<K, V> next() {
        try {
            DagNode<K, V> node = take();
            return new SimpleImmutableEntry<>(node.key(), node.value());
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    /** Waits for the next key that has a value or has failed. */
    DagNode<K, V> take() throws InterruptedException {
        return arrivals.take();
    }

    /**
     * Waits for all that have not been taken yet.
     *
     * @return the keys and their values, in the order in which they became available
     * @throws KeyFailedException if one failed, when it is its turn
     * @throws InterruptedException if a user interrupted the wait
     */
    public Map<K, V> toMap() throws InterruptedException {
        var all = new LinkedHashMap<K, V>();
        while (hasNext()) {
            DagNode<K, V> node = take();
            all.put(node.key(), node.value());
        }
        return all;
    }

    @Override
    public Iterator<Map.Entry<K, V>> iterator() {
        return this;
    }

    /** Waits for no key any more: what has come can still be taken, and who waits gets a {@link NoSuchElementException}. Need be called only by who leaves before the end while keys may never get a value; in a pool's function, by nobody. */
    @Override
    public void close() {
        if (arrivals.close()) {
            pool.forget(this);
        }
    }

    @Override
    public String toString() {
        return "the values of " + keys + " in " + pool;
    }

    /** What has come and was not taken, and who waits. */
    private final class Arrivals extends Guard {

        // All guarded.
        private final ArrayDeque<DagNode<K, V>> come = new ArrayDeque<>();
        private int outstanding;
        private int left;
        private final WaitList waiters = new WaitList();

        Arrivals(int keys) {
            this.outstanding = keys;
            this.left = keys;
        }

        void add(DagNode<K, V> node) {
            lock();
            Waiter first = null;
            if (outstanding > 0) {
                outstanding--;
                first = waiters.take(node);
                if (first == null) {
                    come.add(node);
                } else {
                    left--;
                }
            }
            unlock();
            if (first != null) {
                first.unpark();
            }
        }

        @SuppressWarnings("unchecked") // handed over by add()
        DagNode<K, V> take() throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            lock();
            try {
                DagNode<K, V> first = come.poll();
                if (first != null) {
                    left--;
                    return first;
                }
                if (left <= waiters.size()) {
                    throw new NoSuchElementException();
                }
                waiters.add(waiter);
            } finally {
                unlock();
            }
            boolean _ = await(waiters, waiter, DagResults.this, -1);
            var got = (DagNode<K, V>) waiter.value();
            waiter.value(null);
            if (got == null) {
                throw new NoSuchElementException("it was closed while somebody waited for the next key");
            }
            return got;
        }

        int left() {
            lock();
            try {
                return left;
            } finally {
                unlock();
            }
        }

        /** No more will come. Returns whether more could have. */
        boolean close() {
            lock();
            boolean early = outstanding > 0;
            outstanding = 0;
            left = come.size();
            Waiter[] nobodys = waiters.takeAll();
            unlock();
            WaitList.unparkAll(nobodys);
            return early;
        }
    }
}
