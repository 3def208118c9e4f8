package dev.verdant.green.kernel;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Durations, in a person's words. */
public final class Durations {

    private Durations() {}

    /**
     * Says how long a duration is: {@code 50 ms}, {@code 3 s}, {@code for ever}.
     *
     * @param duration any, or null for ever
     * @return for a message
     */
    public static String describe(@Nullable Duration duration) {
        if (duration == null) {
            return "for ever";
        }
        if (duration.equals(duration.truncatedTo(ChronoUnit.SECONDS))) {
            return duration.toSeconds() + " s";
        }
        if (duration.equals(duration.truncatedTo(ChronoUnit.MILLIS))) {
            return duration.toMillis() + " ms";
        }
        return duration.toString();
    }
}
