package dev.verdant.benchmarks.report;

import java.util.Locale;

/** Numbers as the report writes them. */
public final class Numbers {

    private Numbers() {}

    /**
     * Writes a number with about three digits.
     *
     * @param value the number
     * @return for example {@code 0.034}, {@code 1.17}, {@code 23.4}, {@code 1,234}; a dash if it is not finite
     */
    public static String plain(double value) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        double size = Math.abs(value);
        int digits = size >= 100 || value == 0 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    /**
     * Writes a ratio, always with two digits behind the point.
     *
     * @param value the ratio
     * @return for example {@code 1.17}; a dash if it is not finite
     */
    public static String ratio(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "–";
    }

    /**
     * Writes an interval of ratios.
     *
     * @param estimate the estimate
     * @return for example {@code 1.10–1.23}
     */
    public static String interval(Estimate estimate) {
        return estimate.isKnown() ? ratio(estimate.low()) + "–" + ratio(estimate.high()) : "–";
    }

    /**
     * Writes a number with its interval.
     *
     * @param estimate the estimate
     * @return for example {@code 23.4 (21.0–25.1)}
     */
    public static String withInterval(Estimate estimate) {
        return estimate.isKnown()
                ? plain(estimate.median()) + " (" + plain(estimate.low()) + "–" + plain(estimate.high()) + ")"
                : "–";
    }
}
