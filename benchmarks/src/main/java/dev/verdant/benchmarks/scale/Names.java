package dev.verdant.benchmarks.scale;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.GreenPool;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Resolves many names while another green thread ticks every millisecond, and says how late the ticks were.
 *
 * <p>The names are made from a pattern: {@code h%d.example} and 10,000 by default. Names that are unknown count as well, as long as somebody is asked.
 */
public final class Names {

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How many ask at a time. All at once would measure how long so many green threads take to run once: the ticker is served in its turn. */
    private static final int ASKING = 200;

    private long[] late = new long[1024];
    private int ticks;
    private int known;
    private int unknown;

    private Names() {}

    /**
     * Measures and prints.
     *
     * @param args the pattern, and how many
     * @throws Exception if a look-up fails otherwise than by an unknown name
     */
    public static void main(String[] args) throws Exception {
        String pattern = args.length > 0 ? args[0] : "h%d.example";
        int count = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        Green.run(() -> {
            System.out.println("idle: " + idle());
            System.out.println("first " + count + ": " + new Names().resolving(pattern, 0, count));
            System.out.println("next " + count + ": " + new Names().resolving(pattern, count, count));
        });
    }

    /** The machine's own noise, for comparison. */
    private static Names idle() throws Exception {
        var names = new Names();
        var ticker = Green.spawn(names::tick);
        Green.sleep(Duration.ofSeconds(2));
        ticker.kill();
        return names;
    }

    private String resolving(String pattern, int first, int count) throws Exception {
        var ticker = Green.spawn(this::tick);
        Green.sleep(Duration.ofMillis(200));
        ticks = 0;
        long began = System.nanoTime();
        var numbers = IntStream.range(first, first + count).boxed().toList();
        for (boolean found : new GreenPool(ASKING).imap(number -> resolve(String.format(Locale.ROOT, pattern, number)),
                numbers)) {
            if (found) {
                known++;
            } else {
                unknown++;
            }
        }
        long took = System.nanoTime() - began;
        ticker.kill();
        return String.format(Locale.ROOT, "%,d ms, %,d known, %,d unknown; %s", took / 1_000_000, known, unknown, this);
    }

    private static boolean resolve(String name) throws Exception {
        try {
            return !Net.resolve(name).isEmpty();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private void tick() {
        while (true) {
            long due = System.nanoTime() + TICK_NANOS;
            Green.sleep(Duration.ofNanos(TICK_NANOS));
            if (ticks == late.length) {
                late = Arrays.copyOf(late, 2 * ticks);
            }
            late[ticks++] = System.nanoTime() - due;
        }
    }

    @Override
    public String toString() {
        long[] sorted = Arrays.copyOf(late, ticks);
        Arrays.sort(sorted);
        return String.format(Locale.ROOT, "%,d ticks, late by ms: p50 %.2f, p99 %.2f, p99.9 %.2f, most %.2f", ticks,
                at(sorted, 0.5), at(sorted, 0.99), at(sorted, 0.999), at(sorted, 1));
    }

    private static double at(long[] sorted, double part) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, part * sorted.length)] / 1e6;
    }
}
