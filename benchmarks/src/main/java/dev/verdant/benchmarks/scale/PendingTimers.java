package dev.verdant.benchmarks.scale;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A loop with many timers: what one costs to set, to cancel and to fire while the others are pending, and the heap that it takes. */
public final class PendingTimers {

    private static final int ROUNDS = 5;
    private static final long FIRST_MILLIS = 3_000;
    private static final int SPREAD_MILLIS = 1_000;

    private PendingTimers() {}

    /**
     * Prints {@code set N}, {@code cancel N} and {@code fire N}, nanoseconds for one, and {@code bytes N}; of the last of some rounds.
     *
     * @param args how many timers
     * @throws Exception never
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 1 || !args[0].matches("[1-9]\\d{0,7}")) {
            System.err.println("expected: how many timers");
            System.exit(2);
        }
        int count = Integer.parseInt(args[0]);
        Green.run(() -> {
            for (int round = 1; round <= ROUNDS; round++) {
                measure(count, round == ROUNDS);
            }
        });
        System.exit(0);
    }

    private static void measure(int count, boolean last) {
        var timers = new Timeout[count];
        long before = last ? Heap.live() : 0;
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            timers[i] = Timeout.start(Duration.ofMillis(60_000L + i % 3_600_000));
        }
        long set = System.nanoTime();
        long bytes = last ? (Heap.live() - before) / count : 0;
        long again = System.nanoTime();
        for (Timeout timer : timers) {
            timer.cancel();
        }
        long cancelled = System.nanoTime();
        long fire = last ? fire(count) : 0;
        if (last) {
            System.out.println("set " + (set - begin) / count);
            System.out.println("cancel " + (cancelled - again) / count);
            System.out.println("fire " + fire);
            System.out.println("bytes " + bytes);
        }
    }

    /** Has green threads begin after a while, and returns the nanoseconds that the loop takes for one from the moment that all are due. */
    private static long fire(int count) {
        var ran = new int[1];
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            Green.spawnAfter(Duration.ofMillis(FIRST_MILLIS + i % SPREAD_MILLIS), () -> ran[0]++);
        }
        long due = begin + TimeUnit.MILLISECONDS.toNanos(FIRST_MILLIS + SPREAD_MILLIS);
        while (System.nanoTime() < due) {
            Thread.onSpinWait(); // The loop is held, so that they are all due at once.
        }
        long released = System.nanoTime();
        while (ran[0] < count) {
            Green.sleep();
        }
        return (System.nanoTime() - released) / count;
    }
}
