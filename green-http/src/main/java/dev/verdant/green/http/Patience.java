package dev.verdant.green.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a client is waited for. Null is for ever.
 *
 * @param idle for the first byte of a request
 * @param header for a whole head, from its first byte
 * @param body for more of a body
 * @param write for room to write
 * @param minimumRate bytes a second that a body or an answer must make; 0 for any
 */
record Patience(@Nullable Duration idle, @Nullable Duration header, @Nullable Duration body, @Nullable Duration write,
        long minimumRate) {

    /** A transfer may be slow for so long: it may begin slowly. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    boolean isTooSlow(long bytes, long nanos) {
        return minimumRate > 0 && nanos > GRACE_NANOS && bytes < (nanos - GRACE_NANOS) * 1e-9 * minimumRate;
    }
}
