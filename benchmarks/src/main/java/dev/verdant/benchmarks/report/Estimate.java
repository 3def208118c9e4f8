package dev.verdant.benchmarks.report;

import java.util.Arrays;
import java.util.Random;

/**
 * The median of what several rounds have shown, and the interval that it lies in with 95 % (bootstrap: medians of as many rounds drawn again, 2,000 times,
 * by a fixed seed, so that the same rounds always give the same interval).
 *
 * @param median the median; not a number if there was no round
 * @param low the interval's lower end
 * @param high its upper end
 * @param rounds how many rounds there were
 */
public record Estimate(double median, double low, double high, int rounds) {

    private static final int DRAWS = 2000;
    private static final long SEED = 1;

    /**
     * Estimates.
     *
     * @param values a value a round; those that are not finite are left out
     * @return median and interval
     */
    public static Estimate of(double... values) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        if (finite.length == 0) {
            return new Estimate(Double.NaN, Double.NaN, Double.NaN, 0);
        }
        var random = new Random(SEED);
        double[] medians = new double[DRAWS];
        double[] drawn = new double[finite.length];
        for (int i = 0; i < DRAWS; i++) {
            for (int j = 0; j < drawn.length; j++) {
                drawn[j] = finite[random.nextInt(finite.length)];
            }
            medians[i] = median(drawn);
        }
        Arrays.sort(medians);
        return new Estimate(median(finite), medians[(int) (DRAWS * 0.025)], medians[(int) (DRAWS * 0.975)],
                finite.length);
    }

    /**
     * Returns the median: of an even number of values, the mean of the middle two.
     *
     * @param values at least one; left as they are
     * @return the median
     */
    public static double median(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("values: none (expected: at least one)");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * Tells whether there was a round.
     *
     * @return false if there is nothing to show
     */
    public boolean isKnown() {
        return rounds > 0;
    }
}
