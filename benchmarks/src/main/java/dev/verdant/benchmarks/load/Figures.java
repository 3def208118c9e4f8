package dev.verdant.benchmarks.load;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the load generator has found, as it goes from process to process: one line of {@code name=value}.
 *
 * @param values the figures by their names: {@code requests}, {@code nanos} that the run took, {@code errors}, {@code late} requests that the generator itself
 *         asked too late, {@code latest} of them in nanoseconds; and of the latencies, in nanoseconds, {@code p50}, {@code p90}, {@code p99},
 *         {@code p999}, {@code max}
 * @param firstError what the first error said; empty if there was none
 */
public record Figures(Map<String, Long> values, String firstError) {

    /**
     * Creates figures.
     *
     * @param values by their names
     * @param firstError empty if there was none
     */
    public Figures {
        values = Map.copyOf(values);
    }

    static Figures of(Histogram latencies, long nanos, long errors, long late, long latest,
            @Nullable Throwable firstError) {
        var values = new HashMap<String, Long>();
        values.put("requests", latencies.getTotalCount());
        values.put("nanos", nanos);
        values.put("errors", errors);
        values.put("late", late);
        values.put("latest", latest);
        if (latencies.getTotalCount() > 0) {
            values.put("p50", latencies.getValueAtPercentile(50));
            values.put("p90", latencies.getValueAtPercentile(90));
            values.put("p99", latencies.getValueAtPercentile(99));
            values.put("p999", latencies.getValueAtPercentile(99.9));
            values.put("max", latencies.getMaxValue());
        }
        return new Figures(values, firstError == null ? "" : String.valueOf(firstError.getMessage()));
    }

    /**
     * Returns a figure.
     *
     * @param name its name
     * @return the figure; 0 if the run has none of that name
     */
    public long get(String name) {
        return values.getOrDefault(name, 0L);
    }

    /**
     * Returns the line that stands for these figures.
     *
     * @return without a line's end
     */
    public String line() {
        List<String> words = new ArrayList<>();
        values.forEach((name, value) -> words.add(name + "=" + value));
        return String.join(" ", words) + " error=" + firstError.replaceAll("\\s+", " ");
    }

    /**
     * Reads what {@link #line()} has written.
     *
     * @param line the line
     * @return the figures
     */
    public static Figures parse(String line) {
        int error = line.indexOf("error=");
        if (error < 0) {
            throw new IllegalArgumentException(line + " (expected: name=value ... error=...)");
        }
        var values = new HashMap<String, Long>();
        for (String word : line.substring(0, error).split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                values.put(word.substring(0, equals), Long.parseLong(word.substring(equals + 1)));
            }
        }
        return new Figures(values, line.substring(error + "error=".length()));
    }
}
