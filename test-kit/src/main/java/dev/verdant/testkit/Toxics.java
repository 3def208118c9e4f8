package dev.verdant.testkit;

import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link FaultyProxy} does to the bytes that go one way. Any number may be on at a time; each holds for all connections, those that stand already too, from
 * the next bytes on. Nothing is on at first. Any thread.
 */
public final class Toxics {

    private volatile Settings settings = Settings.NONE;

    Toxics() {}

    /**
     * What is on.
     *
     * @param timeout null if it is off, zero for ever
     * @param reset null if it is off
     */
    record Settings(Duration latency, Duration jitter, long bytesPerSecond, Duration slowClose,
            @Nullable Duration timeout,
            @Nullable Duration reset, int slice, Duration pause, long limit) {

        static final Settings NONE = new Settings(Duration.ZERO, Duration.ZERO, Long.MAX_VALUE, Duration.ZERO, null,
                null, Integer.MAX_VALUE, Duration.ZERO, Long.MAX_VALUE);
    }

    Settings settings() {
        return settings;
    }

    private synchronized Toxics change(UnaryOperator<Settings> change) {
        settings = change.apply(settings);
        return this;
    }

    private static Duration requireNotNegative(String what, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(what + ": " + duration + " (expected: not negative)");
        }
        return duration;
    }

    private static long requireAtLeast(String what, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: >= " + least + ")");
        }
        return value;
    }

    /**
     * Brings everything later, in its order.
     *
     * @param least how much at the least
     * @param jitter how much more at the most, drawn for each piece
     * @return this
     */
    public Toxics latency(Duration least, Duration jitter) {
        requireNotNegative("least", least);
        requireNotNegative("jitter", jitter);
        return change(s -> new Settings(least, jitter, s.bytesPerSecond, s.slowClose, s.timeout, s.reset, s.slice,
                s.pause, s.limit));
    }

    /**
     * Limits how much goes through in a time.
     *
     * @param bytesPerSecond at least 1; {@link Long#MAX_VALUE} ends it
     * @return this
     */
    public Toxics bandwidth(long bytesPerSecond) {
        requireAtLeast("bytesPerSecond", bytesPerSecond, 1);
        return change(s -> new Settings(s.latency, s.jitter, bytesPerSecond, s.slowClose, s.timeout, s.reset, s.slice,
                s.pause, s.limit));
    }

    /**
     * Tells the end of the stream later.
     *
     * @param delay how much; zero ends it
     * @return this
     */
    public Toxics slowClose(Duration delay) {
        requireNotNegative("delay", delay);
        return change(s -> new Settings(s.latency, s.jitter, s.bytesPerSecond, delay, s.timeout, s.reset, s.slice,
                s.pause, s.limit));
    }

    /**
     * Lets no bytes through: those that come are lost. The end of a stream is told all the same.
     *
     * @param after how long after the first that are lost the connection is closed; zero never closes it, null ends it
     * @return this
     */
    public Toxics timeout(@Nullable Duration after) {
        if (after != null) {
            requireNotNegative("after", after);
        }
        return change(s -> new Settings(s.latency, s.jitter, s.bytesPerSecond, s.slowClose, after, s.reset, s.slice,
                s.pause, s.limit));
    }

    /**
     * Breaks the connection when bytes come: both ends find it reset.
     *
     * @param after how long after they came; null ends it
     * @return this
     */
    public Toxics reset(@Nullable Duration after) {
        if (after != null) {
            requireNotNegative("after", after);
        }
        return change(s -> new Settings(s.latency, s.jitter, s.bytesPerSecond, s.slowClose, s.timeout, after, s.slice,
                s.pause, s.limit));
    }

    /**
     * Sends everything in small pieces.
     *
     * @param mostBytes of a piece, at least 1; {@link Integer#MAX_VALUE} ends it
     * @param pause between two of them
     * @return this
     */
    public Toxics slicer(int mostBytes, Duration pause) {
        requireAtLeast("mostBytes", mostBytes, 1);
        requireNotNegative("pause", pause);
        return change(s -> new Settings(s.latency, s.jitter, s.bytesPerSecond, s.slowClose, s.timeout, s.reset,
                mostBytes, pause, s.limit));
    }

    /**
     * Closes the connection when so much has gone this way, which is brought before; one through which as much has gone already, when more comes.
     *
     * @param bytes since the connection began, 0 or more; {@link Long#MAX_VALUE} ends it
     * @return this
     */
    public Toxics limit(long bytes) {
        requireAtLeast("bytes", bytes, 0);
        return change(s -> new Settings(s.latency, s.jitter, s.bytesPerSecond, s.slowClose, s.timeout, s.reset, s.slice,
                s.pause, bytes));
    }

    /**
     * Turns everything off.
     *
     * @return this
     */
    public Toxics clear() {
        return change(_ -> Settings.NONE);
    }

    @Override
    public String toString() {
        return Objects.toString(settings);
    }
}
