package dev.verdant.green.pool;

import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link DagPool} knows of a key. */
final class DagNode<K, V extends @Nullable Object> {

    final K key;

    /** What its function is given; null if it has none. */
    private final @Nullable DagResults<K, V> depends;

    volatile @Nullable Fiber runner;
    volatile boolean ended;

    // Written inside compute() of the key.
    volatile @Nullable Answer<V> answer;
    volatile boolean killed;
    final List<DagResults<K, V>> listeners = new ArrayList<>(1);

    DagNode(K key, @Nullable DagResults<K, V> depends) {
        this.key = key;
        this.depends = depends;
    }

    K key() {
        return key;
    }

    DagResults<K, V> depends() {
        return Objects.requireNonNull(depends);
    }

    Set<K> dependsUnanswered() {
        return depends == null || answer != null ? Set.of() : depends.keys();
    }

    boolean isWanted() {
        return depends == null && answer == null;
    }

    boolean isRunning() {
        return depends != null && !ended;
    }

    /** It may be spawned or posted. */
    boolean isFree() {
        return isWanted() || killed;
    }

    /** The caller is its function. */
    boolean isOwn() {
        Fiber caller = Loop.currentFiber();
        return caller != null && caller.owner() == runner && isRunning();
    }

    /** Inside compute() of the key. Adds those that are to be told. */
    void answer(Answer<V> given, List<DagResults<K, V>> told) {
        answer = given;
        told.addAll(listeners);
        listeners.clear();
    }

    /** The value, or what is thrown instead. Whoever asks has seen the failure. */
    V value() {
        return switch (Objects.requireNonNull(answer)) {
            case Value<V>(V value) -> value;
            case Failed<V> _ -> throw failure();
        };
    }

    KeyFailedException failure() {
        if (runner instanceof GreenThread<?> thread) {
            var _ = thread.state(); // To ask is to observe.
        }
        return ((Failed<V>) Objects.requireNonNull(answer)).failure();
    }

    /** What a key has got. */
    sealed interface Answer<V extends @Nullable Object> {}

    record Value<V extends @Nullable Object>(V value) implements Answer<V> {}

    record Failed<V extends @Nullable Object>(KeyFailedException failure) implements Answer<V> {}
}
