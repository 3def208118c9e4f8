package dev.verdant.green.pool;

import dev.verdant.green.GreenInterruptedException;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Those of some keys of a {@link DagPool} whose answers are of one kind, in the order in which they come. Iterated once, by one thread at a time. {@link #hasNext}
 * waits as well, because only an answer tells of which kind it is. A wait that ends early takes nothing.
 *
 * @param <K> the keys
 * @param <T> their values, or how they failed
 */
@SuppressWarnings("IterableAndIterator") // one pass, and said so
public final class DagAnswers<K, T extends @Nullable Object>
        implements
            Iterator<Map.Entry<K, T>>,
            Iterable<Map.Entry<K, T>>,
            AutoCloseable {

    private final DagResults<K, ?> all;
    private final Predicate<DagNode<K, ?>> which;
    private final Function<DagNode<K, ?>, T> what;
    private @Nullable DagNode<K, ?> next;

    DagAnswers(DagResults<K, ?> all, Predicate<DagNode<K, ?>> which, Function<DagNode<K, ?>, T> what) {
        this.all = all;
        this.which = which;
        this.what = what;
    }

    /**
     * Waits for the next.
     *
     * @return false if all keys have an answer and none of this kind is left, or if it was closed
     * @throws GreenInterruptedException if a user interrupted the wait
     */
    @Override
    public boolean hasNext() {
        while (next == null && all.hasNext()) {
            DagNode<K, ?> candidate = take();
            next = candidate != null && which.test(candidate) ? candidate : null;
        }
        return next != null;
    }

    private @Nullable DagNode<K, ?> take() {
        try {
            return all.take();
        } catch (NoSuchElementException e) {
            return null; // Closed meanwhile.
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    /**
     * Waits for the next.
     *
     * @return the key and its answer
     * @throws NoSuchElementException if there is none
     * @throws GreenInterruptedException if a user interrupted the wait
     */
    @Override
    public Map.Entry<K, T> next() {
        DagNode<K, ?> found = hasNext() ? next : null;
        if (found == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return new SimpleImmutableEntry<>(found.key, what.apply(found));
    }

    /**
     * Returns itself, for a {@code for} loop. Not a fresh iterator: what was given does not come again.
     *
     * @return this
     */
    @Override
    public Iterator<Map.Entry<K, T>> iterator() {
        return this;
    }

    /**
     * Waits for no key any more: what has come can still be taken. Need be called only by who leaves before the end while keys may never get an answer. Any
     * thread; twice does nothing more.
     */
    @Override
    public void close() {
        all.close();
    }

    @Override
    public String toString() {
        return "of one kind among " + all;
    }
}
