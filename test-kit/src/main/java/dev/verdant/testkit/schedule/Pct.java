package dev.verdant.testkit.schedule;

import dev.verdant.green.spi.ReadyOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Probabilistic concurrency testing: threads have priorities, drawn once, and the highest that is ready runs; at a few steps of the run, drawn beforehand, whoever
 * would run becomes the lowest. It finds a bug that takes {@code d} orderings with a likelihood of at least {@code 1/(n * k^(d-1))}, for {@code n}
 * threads and {@code k} steps.
 *
 * @see <a href="https://doi.org/10.1145/1736020.1736040">Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic
 *         Guarantees of Finding Bugs (ASPLOS 2010)</a>
 */
final class Pct {

    private final SplittableRandom random;
    private final long[] changes;
    private final Map<Long, Long> priorities = new HashMap<>();
    private int nextChange;
    private long step;

    /**
     * @param random where priorities and changes come from
     * @param depth how many orderings a bug is thought to take, at least 1: one more than there are changes
     * @param steps how long a run is thought to be
     */
    Pct(SplittableRandom random, int depth, long steps) {
        this.random = random;
        this.changes = random.longs(depth - 1L, 0, Math.max(1, steps)).sorted().toArray();
    }

    int pick(ReadyOrder.Ready ready) {
        int highest = highest(ready);
        while (nextChange < changes.length && changes[nextChange] <= step) {
            // Below all that were drawn, and below those that were changed before.
            priorities.put(ready.id(highest), (long) -++nextChange);
            highest = highest(ready);
        }
        step++;
        return highest;
    }

    private int highest(ReadyOrder.Ready ready) {
        int highest = 0;
        for (int i = 1; i < ready.size(); i++) {
            if (priority(ready.id(i)) > priority(ready.id(highest))) {
                highest = i;
            }
        }
        return highest;
    }

    private long priority(long id) {
        return priorities.computeIfAbsent(id, _ -> random.nextLong(1, Long.MAX_VALUE));
    }

    @Override
    public String toString() {
        return "Pct[changes at " + Arrays.toString(changes) + "]";
    }
}
