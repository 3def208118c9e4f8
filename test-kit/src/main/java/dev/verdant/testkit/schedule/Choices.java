package dev.verdant.testkit.schedule;

import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Decisions that a run takes one after the other: each is a number below a bound, and 0 is what would happen if nobody chose. They come from a seed or from
 * another run, and are written down. Confined to one thread.
 */
public final class Choices {

    private final @Nullable SplittableRandom random;
    private final Decisions.Reader replayed;
    private final Decisions.Recorder taken = new Decisions.Recorder();
    private int count;

    private Choices(@Nullable SplittableRandom random, Decisions replayed) {
        this.random = random;
        this.replayed = replayed.reader();
    }

    /**
     * Decides by lot.
     *
     * @param random where the lots come from
     * @return an endless source
     */
    public static Choices random(SplittableRandom random) {
        return new Choices(Objects.requireNonNull(random, "random"), Decisions.NONE);
    }

    /**
     * Decides as another run did.
     *
     * @param decisions what was decided then
     * @return a source that ends in zeros
     */
    public static Choices replay(Decisions decisions) {
        return new Choices(null, decisions);
    }

    /**
     * Decides on a number, all alike likely.
     *
     * @param bound at least 1
     * @return from 0 to {@code bound - 1}
     */
    public int choose(int bound) {
        return taken(random != null ? random.nextInt(bound) : replayed.next() % bound);
    }

    /**
     * Decides whether something happens.
     *
     * @param likelihood from 0 to 1
     * @return true if it does
     */
    public boolean chance(double likelihood) {
        return taken(random != null ? random.nextDouble() < likelihood ? 1 : 0 : Math.min(1, replayed.next())) == 1;
    }

    private int taken(int choice) {
        if (choice != 0) {
            taken.add(count, choice);
        }
        count++;
        return choice;
    }

    /**
     * Returns what was decided so far.
     *
     * @return a copy
     */
    public Decisions taken() {
        return taken.decisions();
    }
}
