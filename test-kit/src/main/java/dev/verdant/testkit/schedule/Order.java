package dev.verdant.testkit.schedule;

import dev.verdant.green.spi.ReadyOrder;
import java.util.SplittableRandom;

/**
 * An order in which ready green threads run, whose picks are written down. Confined to its loop.
 */
public final class Order implements ReadyOrder {

    private final ReadyOrder picker;
    private final Decisions.Recorder picks = new Decisions.Recorder();
    private int count;

    private Order(ReadyOrder picker) {
        this.picker = picker;
    }

    /**
     * First come, first served.
     *
     * @return a fresh order
     */
    public static Order fifo() {
        return new Order(_ -> 0);
    }

    /**
     * Any that is ready, all alike likely.
     *
     * @param random where the picks come from
     * @return a fresh order
     */
    public static Order random(SplittableRandom random) {
        return new Order(ready -> random.nextInt(ready.size()));
    }

    /**
     * By priorities that change a few times.
     *
     * @param random where they come from
     * @param depth how many orderings a bug is thought to take, at least 1
     * @param steps how many picks a run is thought to take
     * @return a fresh order
     */
    public static Order pct(SplittableRandom random, int depth, long steps) {
        return new Order(new Pct(random, depth, steps)::pick);
    }

    /**
     * That of another run.
     *
     * @param decisions its picks
     * @return a fresh order
     */
    public static Order replay(Decisions decisions) {
        var reader = decisions.reader();
        return new Order(ready -> ready.size() == 1 ? 0 : reader.next() % ready.size());
    }

    @Override
    public int pick(Ready ready) {
        int picked = picker.pick(ready);
        if (ready.size() > 1) {
            if (picked != 0) {
                picks.add(count, picked);
            }
            count++;
        }
        return picked;
    }

    /**
     * Returns what was picked so far.
     *
     * @return the places where the one that had waited longest was passed over, and by which
     */
    public Decisions picks() {
        return picks.decisions();
    }

    /**
     * Returns how often there was something to pick.
     *
     * @return 0 or more
     */
    public int count() {
        return count;
    }
}
