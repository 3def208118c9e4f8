package dev.verdant.green.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a client is waited for. Null is for ever.
 *
 * <p>The rate is kept by a credit of time: a client begins with five seconds of it, a wait costs what it takes, each byte earns what the rate allows for
 * one, and more than five seconds are never gathered. So over whichever stretch one looks, a client was waited for no longer than those five seconds and
 * what its bytes were worth, and who is fast at first is not let be for that. What the handler takes its time for costs nothing.
 *
 * @param idle for the first byte of a request
 * @param header for a whole head, from its first byte
 * @param body for more of a body
 * @param write for room to write
 * @param minimumRate bytes a second that a body or an answer must make over any stretch of waiting, but for five seconds; 0 for any
 */
record Patience(@Nullable Duration idle, @Nullable Duration header, @Nullable Duration body, @Nullable Duration write,
        long minimumRate) {

    private static final double NANOS_PER_SECOND = 1e9;

    /** What a transfer begins with, and the most that can be had of it. Below zero it is too slow. */
    static final long CREDIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Returns the credit after a wait, and after what has come or gone since the wait before. */
    long credit(long before, long waited, long bytes) {
        if (minimumRate == 0) {
            return before;
        }
        double earned = bytes * (NANOS_PER_SECOND / minimumRate);
        return before - waited + (long) Math.min(earned, (double) (CREDIT_NANOS - before + waited));
    }
}
