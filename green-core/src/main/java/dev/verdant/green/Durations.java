package dev.verdant.green;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations, in a person's words. */
final class Durations {

    private Durations() {}

    /** For example {@code 50 ms}, {@code 3 s}, {@code for ever}. */
    static String describe(@Nullable Duration duration) {
        if (duration == null) {
            return "for ever";
        }
        if (duration.getNano() == 0) {
            return duration.toSeconds() + " s";
        }
        if (duration.getNano() % 1_000_000 == 0) {
            return duration.toMillis() + " ms";
        }
        return duration.toString();
    }
}
