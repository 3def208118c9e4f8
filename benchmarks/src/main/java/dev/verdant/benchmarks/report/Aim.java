package dev.verdant.benchmarks.report;

/**
 * What was to be reached, and what was.
 *
 * @param what what is measured, such as {@code epoll, 64 connections: CPU for a request, to C}
 * @param bound the aim
 * @param atMost true if less is better
 * @param reached what was measured
 * @param unit behind the numbers, with its space; may be empty
 */
public record Aim(String what, double bound, boolean atMost, Estimate reached, String unit) {

    /**
     * An aim that is met by what is not above it.
     *
     * @param what what is measured
     * @param bound the most
     * @param reached what was measured
     * @return the aim
     */
    public static Aim atMost(String what, double bound, Estimate reached) {
        return new Aim(what, bound, true, reached, "");
    }

    /**
     * An aim that is met by what is not below it.
     *
     * @param what what is measured
     * @param bound the least
     * @param reached what was measured
     * @return the aim
     */
    public static Aim atLeast(String what, double bound, Estimate reached) {
        return new Aim(what, bound, false, reached, "");
    }

    /**
     * Tells whether the aim is met: the interval reaches it.
     *
     * @return false if even the interval's better end misses it, if nothing was measured, or if it cannot be told
     */
    public boolean isMet() {
        return isReached() && !isUndecided();
    }

    private boolean isReached() {
        return reached.isKnown() && (atMost ? reached.low() <= bound : reached.high() >= bound);
    }

    /**
     * Tells whether the rounds differ too much to say anything: the median misses the aim, and the interval reaches it only because it is wider than the
     * median is large.
     *
     * @return true if the aim counts as neither met nor missed
     */
    public boolean isUndecided() {
        return isReached() && !isMetByMedian() && reached.high() - reached.low() > Math.abs(reached.median());
    }

    /**
     * Tells whether the median itself meets the aim.
     *
     * @return false if at most the interval does
     */
    public boolean isMetByMedian() {
        return reached.isKnown() && (atMost ? reached.median() <= bound : reached.median() >= bound);
    }

    /**
     * Returns the verdict in words.
     *
     * @return {@code met}, {@code met by the interval}, {@code missed}, {@code too noisy} or {@code not measured}
     */
    public String verdict() {
        if (!reached.isKnown()) {
            return "not measured";
        }
        if (isUndecided()) {
            return "too noisy";
        }
        return isMetByMedian() ? "met" : isMet() ? "met by the interval" : "missed";
    }
}
