package dev.verdant.testkit.faulty;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The switches of a {@link FaultyHub}. Every one may be set at any time, by any thread, and holds for all hubs of the provider from then on; none is on at
 * first.
 *
 * <p>The scripted ones do what is asked, call by call. {@link #randomly} draws lots for each call; with one thread and one loop a seed repeats itself.
 */
public final class Faults {

    private static final int ALL = Integer.MAX_VALUE;

    /** A late wake-up of the random form comes as late as this at the most, in nanoseconds. */
    private static final int LATEST_NANOS = 2_000_000;

    private static final int LONGEST_CUT = 64;

    private final Script accepts = new Script();
    private final Script connects = new Script();
    private final AtomicInteger blockedWrites = new AtomicInteger();
    private final AtomicInteger spuriousReads = new AtomicInteger();
    private final AtomicLong injected = new AtomicLong();

    private volatile int mostRead = ALL;
    private volatile int mostWritten = ALL;
    private volatile long wakeupDelayNanos;
    private volatile @Nullable Lots lots;

    Faults() {}

    // ---- switches

    /**
     * Makes accepts fail. The connections stay where they are, and nothing tells of them anew: as when descriptors have run out.
     *
     * @param times how many, from now on; 0 ends it
     * @param failure makes what is thrown, for example a {@link dev.verdant.hub.ResourceExhaustedException}
     */
    public void failAccepts(int times, Supplier<? extends IOException> failure) {
        accepts.set(times, failure);
    }

    /**
     * Makes connects of streams fail at once.
     *
     * @param times how many, from now on; 0 ends it
     * @param failure makes what is thrown
     */
    public void failConnects(int times, Supplier<? extends IOException> failure) {
        connects.set(times, failure);
    }

    /**
     * Cuts reads of streams and pipes short. What is left is told of anew.
     *
     * @param most in bytes, at least 1; {@link Integer#MAX_VALUE} ends it
     */
    public void cutReads(int most) {
        mostRead = requireAtLeast("most", most, 1);
    }

    /**
     * Cuts writes of streams and pipes short. Room that is left is told of anew.
     *
     * @param most in bytes, at least 1; {@link Integer#MAX_VALUE} ends it
     */
    public void cutWrites(int most) {
        mostWritten = requireAtLeast("most", most, 1);
    }

    /**
     * Makes writes and sends take nothing, as if they would block. Room is told of anew.
     *
     * @param times how many, from now on; 0 ends it
     */
    public void blockWrites(int times) {
        blockedWrites.set(requireAtLeast("times", times, 0));
    }

    /**
     * Makes reads, receives and accepts find nothing, as if somebody else had been quicker. What is there is told of anew.
     *
     * @param times how many, from now on; 0 ends it
     */
    public void blockReads(int times) {
        spuriousReads.set(requireAtLeast("times", times, 0));
    }

    /**
     * Makes every wake-up come late.
     *
     * @param delay how late; zero ends it
     */
    public void delayWakeups(Duration delay) {
        wakeupDelayNanos = requireAtLeast("delay", delay.toNanos(), 0);
    }

    /**
     * Draws lots: a read, write, accept or wake-up is cut, blocked or late with some likelihood. Nothing fails that would not have.
     *
     * @param seed what the lots come from
     * @param share the likelihood, from 0, which ends it, to less than 1
     */
    public void randomly(long seed, double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("share: " + share + " (expected: 0 <= share < 1)");
        }
        lots = share == 0 ? null : new Lots(new Random(seed), share);
    }

    /** Turns every switch off. */
    public void clear() {
        accepts.clear();
        connects.clear();
        cutReads(ALL);
        cutWrites(ALL);
        blockWrites(0);
        blockReads(0);
        delayWakeups(Duration.ZERO);
        lots = null;
    }

    /**
     * Tells how often a call went another way than without a switch, for a test to see that it had any faults.
     *
     * @return the number of calls since the beginning
     */
    public long injected() {
        return injected.get();
    }

    private static <N extends Number & Comparable<N>> N requireAtLeast(String what, N value, int least) {
        if (value.longValue() < least) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: >= " + least + ")");
        }
        return value;
    }

    // ---- what the channels ask

    void beforeAccept() throws IOException {
        throwIfAny(accepts);
    }

    void beforeConnect() throws IOException {
        throwIfAny(connects);
    }

    private void throwIfAny(Script script) throws IOException {
        IOException failure = script.next();
        if (failure != null) {
            injected.incrementAndGet();
            throw failure;
        }
    }

    boolean blocksRead() {
        return blocks(spuriousReads);
    }

    boolean blocksWrite() {
        return blocks(blockedWrites);
    }

    private boolean blocks(AtomicInteger times) {
        Lots drawn = lots;
        boolean scripted = times.get() > 0 && times.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
        boolean blocks = scripted || drawn != null && drawn.hit();
        if (blocks) {
            injected.incrementAndGet();
        }
        return blocks;
    }

    /** The number of bytes to ask for instead of {@code length}. */
    int lengthOfRead(int length) {
        return cut(length, mostRead);
    }

    /** The number of bytes to offer instead of {@code length}. */
    int lengthOfWrite(int length) {
        return cut(length, mostWritten);
    }

    private int cut(int length, int most) {
        Lots drawn = lots;
        int cut = Math.min(length, most);
        if (drawn != null && drawn.hit()) {
            cut = Math.min(cut, 1 + drawn.below(LONGEST_CUT));
        }
        if (cut < length) {
            injected.incrementAndGet();
        }
        return cut;
    }

    long wakeupDelayNanos() {
        Lots drawn = lots;
        long delay = drawn != null && drawn.hit() ? drawn.below(LATEST_NANOS) : 0;
        long longer = Math.max(delay, wakeupDelayNanos);
        if (longer > 0) {
            injected.incrementAndGet();
        }
        return longer;
    }

    /** Lots for each call. {@link Random} may be asked by any thread. */
    private record Lots(Random random, double share) {

        boolean hit() {
            return random.nextDouble() < share;
        }

        int below(int bound) {
            return random.nextInt(bound);
        }
    }

    /** A failure that comes a number of times. */
    private static final class Script {

        private int left;
        private @Nullable Supplier<? extends IOException> failure;

        synchronized void set(int times, Supplier<? extends IOException> thrown) {
            left = requireAtLeast("times", times, 0);
            failure = Objects.requireNonNull(thrown, "failure");
        }

        synchronized void clear() {
            left = 0;
            failure = null;
        }

        synchronized @Nullable IOException next() {
            Supplier<? extends IOException> thrown = failure;
            if (left == 0 || thrown == null) {
                return null;
            }
            left--;
            return thrown.get();
        }
    }
}
