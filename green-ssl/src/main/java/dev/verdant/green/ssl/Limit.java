package dev.verdant.green.ssl;

import dev.verdant.green.Green;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The time that a call has, over all of its waits. Starts when it is made. */
final class Limit {

    /** No limit. */
    static final Limit NONE = new Limit(-1, "");

    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final long nanos;
    private final long begin;
    private final String message;

    /** Less than 0 is for ever. */
    Limit(long nanos, String message) {
        this.nanos = nanos;
        this.begin = nanos < 0 ? 0 : Green.nanoTime();
        this.message = message;
    }

    /** What {@code SO_TIMEOUT} says: 0 is for ever. */
    static Limit ofMillis(int millis, String message) {
        return millis == 0 ? NONE : new Limit(millis * 1_000_000L, message);
    }

    /** Null is for ever. */
    static Limit of(@Nullable Duration time) {
        return time == null ? NONE : new Limit(Math.max(0, nanos(time)), "Timed out");
    }

    /** As many as a long holds. */
    private static long nanos(Duration time) {
        return time.compareTo(LONGEST) >= 0 ? LONGEST.toNanos() : time.toNanos();
    }

    /** Returns whichever ends first. */
    Limit or(Limit other) {
        if (nanos < 0) {
            return other;
        }
        return other.nanos < 0 || nanosLeft() <= other.nanosLeft() ? this : other;
    }

    private long nanosLeft() {
        return Math.max(0, nanos - (Green.nanoTime() - begin));
    }

    /** Returns what is left; null is for ever. */
    @Nullable Duration left() {
        return nanos < 0 ? null : Duration.ofNanos(nanosLeft());
    }

    boolean isOver() {
        return nanos >= 0 && nanosLeft() == 0;
    }

    SocketTimeoutException timeout() {
        return new SocketTimeoutException(message);
    }
}
