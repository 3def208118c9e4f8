package dev.verdant.green.pool;

import dev.verdant.green.GreenInterruptedException;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Those of some keys whose answers are of one kind. Iterated once. */
@SuppressWarnings("IterableAndIterator") // its user sees an Iterable
final class DagAnswers<K, V extends @Nullable Object, T extends @Nullable Object>
        implements
            Iterator<Map.Entry<K, T>>,
            Iterable<Map.Entry<K, T>> {

    private final DagResults<K, V> all;
    private final Predicate<DagNode<K, V>> which;
    private final Function<DagNode<K, V>, T> what;
    private @Nullable DagNode<K, V> next;

    DagAnswers(DagResults<K, V> all, Predicate<DagNode<K, V>> which, Function<DagNode<K, V>, T> what) {
        this.all = all;
        this.which = which;
        this.what = what;
    }

    /** Waits: only the answer tells. */
    @Override
    public boolean hasNext() {
        while (next == null && all.hasNext()) {
            DagNode<K, V> candidate = take();
            next = which.test(candidate) ? candidate : null;
        }
        return next != null;
    }

    private DagNode<K, V> take() {
        try {
            return all.take();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    @Override
    public Map.Entry<K, T> next() {
        DagNode<K, V> found = hasNext() ? next : null;
        if (found == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return new SimpleImmutableEntry<>(found.key, what.apply(found));
    }

    @Override
    public Iterator<Map.Entry<K, T>> iterator() {
        return this;
    }
}
