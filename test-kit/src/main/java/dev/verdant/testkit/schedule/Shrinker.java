package dev.verdant.testkit.schedule;

import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Finds out which decisions a failure needs: leaves out ever smaller parts of them, and keeps out what it fails without.
 *
 * @see <a href="https://doi.org/10.1109/32.988498">Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input (2002)</a>
 */
public final class Shrinker {

    private final Predicate<Decisions> fails;
    private final BooleanSupplier hasTime;
    private int runs;

    /**
     * Prepares to shrink.
     *
     * @param fails runs with these decisions, and tells whether it fails in the same way
     * @param hasTime asked before each run; once it answers no, what was found so far is the result
     */
    public Shrinker(Predicate<Decisions> fails, BooleanSupplier hasTime) {
        this.fails = fails;
        this.hasTime = hasTime;
    }

    /**
     * Shrinks.
     *
     * @param failing decisions with which it fails
     * @return decisions with which it fails, none of which can be left out alone if there was time enough
     */
    public Decisions shrink(Decisions failing) {
        Decisions least = failing;
        if (least.size() > 0 && failsWith(Decisions.NONE)) {
            return Decisions.NONE;
        }
        int length = (least.size() + 1) / 2;
        while (least.size() > 0 && hasTime.getAsBoolean()) {
            Decisions fewer = leaveOutParts(least, length);
            if (length == 1 && fewer.size() == least.size()) {
                return fewer;
            }
            least = fewer;
            length = Math.max(1, Math.min(length, least.size()) / 2);
        }
        return least;
    }

    private Decisions leaveOutParts(Decisions from, int length) {
        Decisions least = from;
        for (int end = from.size(); end > 0; end -= length) {
            int last = end;
            int first = Math.max(0, end - length);
            Decisions fewer = least.keep(i -> i < first || i >= last);
            if (failsWith(fewer)) {
                least = fewer; // What comes before keeps its index, so going backwards the next part is still where it was.
            }
        }
        return least;
    }

    private boolean failsWith(Decisions decisions) {
        if (!hasTime.getAsBoolean()) {
            return false;
        }
        runs++;
        return fails.test(decisions);
    }

    /**
     * Returns how many runs it took.
     *
     * @return 0 or more
     */
    public int runs() {
        return runs;
    }
}
