package dev.verdant.green.pool;

import dev.verdant.green.GreenBiFunction;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Green threads that depend on each other's results: a directed acyclic graph. Each key has a function, which gets the values of the keys it depends on as they
 * become available, and whose result is the value of the key.
 *
 * <pre>{@code
 * var build = new DagPool<String, Artifact>();
 * build.spawn("app", List.of("lib", "util"), (key, parts) -> link(parts.toMap().values()));
 * build.spawn("lib", List.of("util"), (key, parts) -> compile(key, parts.toMap()));
 * build.spawn("util", List.of(), (key, parts) -> compile(key, Map.of()));
 * Artifact app = build.await("app");
 * }</pre>
 *
 * <p>Every key gets an answer. What a function throws, of whatever kind, or is killed with, is the cause of the {@link KeyFailedException} that all get who
 * ask for its value; a function that is thrown out by one fails with it in turn. A failure that nobody asks for is reported as any green thread's is. A function
 * that would wait for itself through others is refused when it is spawned. One that depends on a key that nobody ever spawns or posts waits for ever:
 * {@link #waitingFor()} tells. Any thread may call; spawning needs a loop, on which the function runs.
 *
 * @param <K> the keys: with {@code equals} and {@code hashCode}, not null
 * @param <V> their values
 */
public final class DagPool<K, V extends @Nullable Object> {

    /*
     * A key's node, from null:
     *
     * wanted    somebody waits for it and nobody has spawned or posted it      -> running, answered, null
     * running   it has a function, which has not ended                         -> answered
     * answered  it has a value or a failure. Its function may still run, if it has posted its own value or does not die of its kill.
     *           Of these, a killed one may be spawned and posted anew.
     *
     * What listens to a node, and its answer, change only inside compute() of its key. Listeners are told after that, outside.
     */
    private final ConcurrentHashMap<K, DagNode<K, V>> nodes = new ConcurrentHashMap<>();

    /** Creates a pool without keys. */
    public DagPool() {}

    /**
     * Creates a pool with values.
     *
     * @param values keys that need no function; copied
     */
    public DagPool(Map<? extends K, ? extends V> values) {
        values.forEach(this::post);
    }

    // ---- spawning

    /**
     * Starts a green thread for a key, at once: it waits for what it depends on by itself, in the order in which the values become available.
     *
     * @param key what the function's result is the value of
     * @param depends the keys whose values the function gets; those that nobody knows yet may be spawned or posted later
     * @param function gets the key and the values
     * @throws IllegalStateException if the key has a function or an answer already, unless it was killed; or if the caller is on no loop
     * @throws IllegalArgumentException if the key would wait for itself; the message names the cycle
     */
    public void spawn(K key, Collection<? extends K> depends,
            GreenBiFunction<? super K, ? super DagResults<K, V>, ? extends V> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(depends, "depends");
        spawnMany(Map.of(key, depends), function);
    }

    /**
     * Starts a green thread for each of several keys, with one function; all of them or, if one cannot be, none.
     *
     * @param depends for each key those it depends on, in the order in which they are started
     * @param function gets the key and the values
     * @throws IllegalStateException if a key has a function or an answer already, unless it was killed; or if the caller is on no loop
     * @throws IllegalArgumentException if a key would wait for itself; the message names the cycle
     */
    public void spawnMany(Map<? extends K, ? extends Collection<? extends K>> depends,
            GreenBiFunction<? super K, ? super DagResults<K, V>, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        Loop loop = Loop.requireFiber("DagPool.spawn").loop();
        var claims = new ArrayList<Claim<K, V>>();
        boolean started = false;
        try {
            depends.forEach((key, each) -> claims.add(claim(key, each)));
            List<DagNode<K, V>> claimed = claims.stream().map(Claim::node).toList();
            claimed.forEach(this::checkAcyclic);
            claimed.forEach(node -> node.runner = loop.host().prepare(loop, () -> run(node, function), false,
                    _ -> ended(node)));
            claimed.forEach(node -> loop.start(Objects.requireNonNull(node.runner), null));
            started = true;
        } finally {
            if (!started) {
                claims.forEach(this::unclaim);
            }
        }
    }

    /** A node that is to have a function, and what was there before, if that had been killed. */
    private record Claim<K, V extends @Nullable Object>(DagNode<K, V> node, @Nullable DagNode<K, V> killed) {}

    private Claim<K, V> claim(K key, Collection<? extends K> depends) {
        var claimed = new DagNode<>(key, new DagResults<>(this, depends));
        var before = new ArrayList<DagNode<K, V>>(1);
        DagNode<K, V> now = nodes.compute(key, (_, old) -> {
            if (old == null) {
                return claimed;
            }
            before.add(old);
            if (!old.isFree()) {
                return old;
            }
            claimed.listeners.addAll(old.listeners);
            return claimed;
        });
        if (now != claimed) {
            throw collision(key, now);
        }
        listen(claimed.depends());
        return new Claim<>(claimed, before.isEmpty() || before.getFirst().isWanted() ? null : before.getFirst());
    }

    /** Outside compute(): what the message says of the key is other people's code. */
    private static IllegalStateException collision(Object key, DagNode<?, ?> old) {
        return new IllegalStateException("key: '" + key + "' " + (old.answer == null
                ? "has a function, which runs: only that may post its value"
                : "has a value or has failed already: postOrReplace replaces that"));
    }

    private void unclaim(Claim<K, V> claim) {
        DagNode<K, V> claimed = claim.node();
        DagNode<K, V> killed = claim.killed();
        var told = new ArrayList<DagResults<K, V>>();
        nodes.computeIfPresent(claimed.key, (key, current) -> {
            if (current != claimed) {
                return current;
            }
            if (killed != null) {
                told.addAll(current.listeners);
                return killed;
            }
            if (current.listeners.isEmpty()) {
                return null;
            }
            var wanted = new DagNode<K, V>(key, null);
            wanted.listeners.addAll(current.listeners);
            return wanted;
        });
        told.forEach(each -> each.arrive(Objects.requireNonNull(killed)));
        claimed.depends().close();
    }

    /** Who closes a cycle is waited for by then, and has said what it waits for itself: of several that do so at a time, one sees it. */
    private void checkAcyclic(DagNode<K, V> claimed) {
        boolean mayCloseOne = claimed.depends().keys().contains(claimed.key);
        if (mayCloseOne || isListenedTo(claimed.key)) {
            List<K> cycle = cycleThrough(claimed);
            if (!cycle.isEmpty()) {
                throw new IllegalArgumentException("depends: "
                        + cycle.stream().map(String::valueOf).collect(Collectors.joining(" -> "))
                        + " (expected: no cycle, in which each would wait for the next for ever)");
            }
        }
    }

    private boolean isListenedTo(K key) {
        var found = new boolean[1];
        nodes.computeIfPresent(key, (_, node) -> {
            found[0] = !node.listeners.isEmpty();
            return node;
        });
        return found[0];
    }

    /** The shortest way from a key over those it depends on back to itself; empty if there is none. */
    private List<K> cycleThrough(DagNode<K, V> start) {
        var reachedFrom = new HashMap<K, K>();
        var open = new ArrayDeque<DagNode<K, V>>(List.of(start));
        for (DagNode<K, V> node = open.poll(); node != null; node = open.poll()) {
            for (K next : node.dependsUnanswered()) {
                if (reachedFrom.putIfAbsent(next, node.key) != null) {
                    continue;
                }
                if (next.equals(start.key)) {
                    return way(start.key, reachedFrom);
                }
                DagNode<K, V> known = nodes.get(next);
                if (known != null) {
                    open.add(known);
                }
            }
        }
        return List.of();
    }

    private List<K> way(K end, Map<K, K> reachedFrom) {
        var way = new ArrayList<>(List.of(end));
        for (K key = reachedFrom.get(end); key != null && !key.equals(end); key = reachedFrom.get(key)) {
            way.add(key);
        }
        way.add(end);
        return way.reversed();
    }

    private @Nullable V run(DagNode<K, V> node,
            GreenBiFunction<? super K, ? super DagResults<K, V>, ? extends V> function) throws Exception {
        if (node.answer != null) {
            return null; // Killed before it began.
        }
        try {
            boolean _ = answer(node, new DagNode.Value<>(function.apply(node.key, node.depends())));
            return null;
        } catch (Throwable e) {
            boolean _ = answer(node, failure(node.key, e));
            throw e;
        }
    }

    private void ended(DagNode<K, V> node) {
        node.ended = true;
        node.depends().close();
        if (node.answer == null) {
            boolean _ = answer(node, failure(node.key, new GreenExit("it ended before it began")));
        }
    }

    private static <V extends @Nullable Object> DagNode.Answer<V> failure(Object key, Throwable cause) {
        return new DagNode.Failed<>(new KeyFailedException(key, cause));
    }

    /** Answers for a key that has a function, if that has not been done. */
    private boolean answer(DagNode<K, V> node, DagNode.Answer<V> answer) {
        var told = new ArrayList<DagResults<K, V>>();
        var answered = new boolean[1];
        nodes.computeIfPresent(node.key, (_, current) -> {
            if (current == node && node.answer == null) {
                answered[0] = true;
                node.answer(answer, told);
            }
            return current;
        });
        told.forEach(each -> each.arrive(node));
        return answered[0];
    }

    // ---- posting

    /**
     * Gives a key its value. A function may post the value of its own key, and what it returns later does not count.
     *
     * @param key a key without an answer, or that was killed
     * @param value its value
     * @throws IllegalStateException if the key has an answer already, or a function that runs and is not the caller
     */
    public void post(K key, V value) {
        post(key, new DagNode.Value<>(value), false);
    }

    /**
     * Gives a key its value, in the place of the answer that it may have.
     *
     * @param key a key whose function, if it has one, has ended or is the caller
     * @param value its value
     * @throws IllegalStateException if the key has a function that runs and is not the caller
     */
    public void postOrReplace(K key, V value) {
        post(key, new DagNode.Value<>(value), true);
    }

    /**
     * Has a key fail: whoever asks for its value gets a {@link KeyFailedException}.
     *
     * @param key a key without an answer, or that was killed
     * @param cause why
     * @throws IllegalStateException if the key has an answer already, or a function that runs and is not the caller
     */
    public void postException(K key, Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        post(key, failure(key, cause), false);
    }

    private void post(K key, DagNode.Answer<V> answer, boolean replace) {
        Objects.requireNonNull(key, "key");
        var told = new ArrayList<DagResults<K, V>>();
        var refused = new ArrayList<DagNode<K, V>>(1);
        DagNode<K, V> posted = nodes.compute(key, (_, old) -> {
            if (old != null && old.isOwn() && (old.answer == null || replace)) {
                old.answer(answer, told);
                return old;
            }
            var fresh = new DagNode<K, V>(key, null);
            if (old != null) {
                if (!old.isFree() && !(replace && !old.isRunning())) {
                    refused.add(old);
                    return old;
                }
                fresh.listeners.addAll(old.listeners);
            }
            fresh.answer(answer, told);
            return fresh;
        });
        if (!refused.isEmpty()) {
            throw collision(key, refused.getFirst());
        }
        told.forEach(each -> each.arrive(Objects.requireNonNull(posted)));
    }

    /**
     * Kills the function of a key, as {@link GreenThread#kill()} does. Those who depend on the key learn that it has failed, unless it had posted its
     * value. The key may be spawned or posted anew at once, even if the function does not die yet.
     *
     * @param key any key
     * @return true if a function of this key ran
     */
    public boolean kill(K key) {
        var exit = new GreenExit("the key '" + key + "' was killed");
        DagNode.Answer<V> killed = failure(key, exit);
        var told = new ArrayList<DagResults<K, V>>();
        var victim = new ArrayList<DagNode<K, V>>(1);
        nodes.computeIfPresent(key, (_, node) -> {
            if (node.isRunning()) {
                victim.add(node);
                node.killed = node.answer == null;
                node.ended = true;
                if (node.killed) {
                    node.answer(killed, told);
                }
            }
            return node;
        });
        for (DagNode<K, V> node : victim) {
            told.forEach(each -> each.arrive(node));
            Fiber runner = node.runner;
            if (runner != null) {
                ((GreenThread<?>) runner).kill(exit);
            }
        }
        return !victim.isEmpty();
    }

    // ---- asking

    /**
     * Waits for the value of a key.
     *
     * @param key any key, known or not
     * @return its value
     * @throws KeyFailedException if it failed
     * @throws IllegalStateException if the caller is the key's own function and has not posted its value: it would wait for itself
     * @throws InterruptedException if a user interrupted the wait
     */
    public V await(K key) throws InterruptedException {
        DagNode<K, V> known = nodes.get(Objects.requireNonNull(key, "key"));
        if (known != null && known.answer != null) {
            return known.value();
        }
        checkNotOwn(key);
        try (var results = waitEach(List.of(key))) {
            return results.take().value();
        }
    }

    private void checkNotOwn(K key) {
        DagNode<K, V> known = nodes.get(key);
        if (known != null && known.answer == null && known.isOwn()) {
            throw new IllegalStateException("key: '" + key
                    + "' is waited for by its own function, on which it depends: that would wait for ever. Post the value first, or leave the key out.");
        }
    }

    /**
     * Waits for the values of all keys that are known now.
     *
     * @return the keys and their values, in the order in which they became available
     * @throws KeyFailedException if one failed, when it is its turn
     * @throws IllegalStateException if the caller is a key's function and has not posted its value: it would wait for itself
     * @throws InterruptedException if a user interrupted the wait
     */
    public Map<K, V> waitAll() throws InterruptedException {
        return waitAll(known());
    }

    /**
     * Waits for the values of some keys.
     *
     * @param keys any keys, known or not
     * @return the keys and their values, in the order in which they became available
     * @throws KeyFailedException if one failed, when it is its turn
     * @throws IllegalStateException if the caller is the function of one of the keys and has not posted its value: it would wait for itself
     * @throws InterruptedException if a user interrupted the wait
     */
    public Map<K, V> waitAll(Collection<? extends K> keys) throws InterruptedException {
        keys.forEach(this::checkNotOwn);
        try (var results = waitEach(keys)) {
            return results.toMap();
        }
    }

    /**
     * Returns the values of all keys that are known now, as they become available.
     *
     * @return what waits when it is iterated
     */
    public DagResults<K, V> waitEach() {
        return waitEach(known());
    }

    /**
     * Returns the values of some keys, as they become available.
     *
     * @param keys any keys, known or not
     * @return what waits when it is iterated
     */
    public DagResults<K, V> waitEach(Collection<? extends K> keys) {
        var results = new DagResults<K, V>(this, keys);
        listen(results);
        return results;
    }

    /**
     * Returns the values of those of some keys that get one, as they become available; those that fail are left out.
     *
     * @param keys any keys, known or not
     * @return what waits when it is iterated, once, until all keys have an answer
     */
    @SuppressWarnings("unchecked") // what a node of this pool holds is a V
    public DagAnswers<K, V> waitEachSuccess(Collection<? extends K> keys) {
        return new DagAnswers<>(waitEach(keys), node -> node.answer instanceof DagNode.Value, node -> (V) node.value());
    }

    /**
     * Returns the failures of those of some keys that fail, as they do; those that get a value are left out.
     *
     * @param keys any keys, known or not
     * @return what waits when it is iterated, once, until all keys have an answer
     */
    public DagAnswers<K, KeyFailedException> waitEachException(Collection<? extends K> keys) {
        return new DagAnswers<>(waitEach(keys), node -> node.answer instanceof DagNode.Failed, DagNode::failure);
    }

    /**
     * Returns the value of a key if it is there. Does not wait.
     *
     * @param key any key
     * @return its value, or null
     * @throws KeyFailedException if it failed
     */
    public @Nullable V get(K key) {
        DagNode<K, V> known = nodes.get(key);
        return known == null || known.answer == null ? null : known.value();
    }

    /**
     * Returns the value of a key if it is there. Does not wait.
     *
     * @param key any key
     * @param fallback what is returned if it is not
     * @return its value, or {@code fallback}
     * @throws KeyFailedException if it failed
     */
    public V getOrDefault(K key, V fallback) {
        DagNode<K, V> known = nodes.get(key);
        return known == null || known.answer == null ? fallback : known.value();
    }

    /**
     * Returns the keys that have a value or have failed.
     *
     * @return a copy
     */
    public Set<K> keys() {
        return keys(node -> node.answer != null);
    }

    /**
     * Returns the keys that have a value, and the values.
     *
     * @return a copy
     * @throws KeyFailedException if a key has failed
     */
    public Map<K, V> items() {
        var items = new LinkedHashMap<K, V>();
        for (DagNode<K, V> node : nodes.values()) {
            if (node.answer != null) {
                items.put(node.key, node.value());
            }
        }
        return items;
    }

    /**
     * Returns how many functions have not ended.
     *
     * @return at least 0
     */
    public int running() {
        return runningKeys().size();
    }

    /**
     * Returns the keys whose functions have not ended.
     *
     * @return a copy
     */
    public Set<K> runningKeys() {
        return keys(DagNode::isRunning);
    }

    /**
     * Returns how many functions depend on a key that has no answer yet.
     *
     * @return at least 0
     */
    public int waiting() {
        return waitingFor().size();
    }

    /**
     * Returns what a key's function still depends on.
     *
     * @param key a key that was spawned or posted
     * @return the keys without an answer, empty if there are none or the function has ended
     * @throws NoSuchElementException if nobody knows the key
     */
    public Set<K> waitingFor(K key) {
        DagNode<K, V> known = nodes.get(key);
        if (known == null || known.isWanted()) {
            throw new NoSuchElementException("key: '" + key + "' (expected: one that was spawned or posted)");
        }
        return waitingFor(known);
    }

    /**
     * Returns what every function still depends on.
     *
     * @return for each key whose function depends on keys without an answer, these
     */
    public Map<K, Set<K>> waitingFor() {
        var all = new LinkedHashMap<K, Set<K>>();
        for (DagNode<K, V> node : nodes.values()) {
            Set<K> missing = waitingFor(node);
            if (!missing.isEmpty()) {
                all.put(node.key, missing);
            }
        }
        return all;
    }

    private Set<K> waitingFor(DagNode<K, V> node) {
        var missing = new LinkedHashSet<K>();
        if (node.isRunning()) {
            for (K key : node.depends().keys()) {
                DagNode<K, V> known = nodes.get(key);
                if (known == null || known.answer == null) {
                    missing.add(key);
                }
            }
        }
        return missing;
    }

    private Set<K> known() {
        return keys(node -> !node.isWanted());
    }

    private Set<K> keys(Predicate<DagNode<K, V>> which) {
        var keys = new LinkedHashSet<K>();
        for (DagNode<K, V> node : nodes.values()) {
            if (which.test(node)) {
                keys.add(node.key);
            }
        }
        return keys;
    }

    @Override
    public String toString() {
        return "DagPool[" + keys().size() + " answered, " + running() + " run]";
    }

    // ---- listening

    private void listen(DagResults<K, V> results) {
        for (K key : results.keys()) {
            var answered = new ArrayList<DagNode<K, V>>(1);
            nodes.compute(key, (_, old) -> {
                DagNode<K, V> node = old != null ? old : new DagNode<K, V>(key, null);
                if (node.answer != null) {
                    answered.add(node);
                } else {
                    node.listeners.add(results);
                }
                return node;
            });
            answered.forEach(results::arrive);
        }
    }

    /** Somebody waits no more. */
    void forget(DagResults<K, V> results) {
        for (K key : results.keys()) {
            nodes.computeIfPresent(key, (_, node) -> {
                node.listeners.removeIf(each -> each == results);
                return node.isWanted() && node.listeners.isEmpty() ? null : node;
            });
        }
    }
}
