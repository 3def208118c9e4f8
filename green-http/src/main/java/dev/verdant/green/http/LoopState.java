package dev.verdant.green.http;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.LoopLocal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the connections of a loop share: buffers that nobody uses now, and what the time is called. */
final class LoopState {

    private static final LoopLocal<LoopState> ALL = new LoopLocal<>(LoopState::new);

    /** RFC 9110 §5.6.7, with two digits for the day. */
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final int MOST_SPARE = 64;

    private final @Nullable EventLoop loop = EventLoop.current();

    /** This and the rest is confined to the loop. */
    private final ArrayDeque<Buffer> spare = new ArrayDeque<>();
    private long second = Long.MIN_VALUE;
    private byte[] dateField = {};

    /** Returns the calling green thread's loop's; on a thread that is on no loop one that nobody shares. */
    static LoopState current() {
        EventLoop loop = EventLoop.current();
        return loop == null ? new LoopState() : ALL.get(loop);
    }

    /** Tells whether the caller may use it: a handler may write from another thread. */
    boolean isHere() {
        return loop == EventLoop.current();
    }

    /** Returns a buffer, on whichever thread. */
    Buffer take() {
        Buffer buffer = isHere() ? spare.pollLast() : null;
        return buffer != null ? buffer : new Buffer(Buffer.SIZE);
    }

    /** Takes a buffer back if that can be done here. */
    void giveBack(Buffer buffer) {
        if (isHere() && spare.size() < MOST_SPARE && buffer.bytes.length == Buffer.SIZE) {
            spare.addLast(buffer);
        }
    }

    /** Returns a Date field with its end, on whichever thread. */
    byte[] dateField() {
        return isHere() ? knownDate() : new LoopState().knownDate();
    }

    private byte[] knownDate() {
        long now = Green.wallClock().millis() / 1000;
        if (now != second) {
            second = now;
            dateField = ("Date: " + httpDate(Instant.ofEpochSecond(now)) + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
        return dateField;
    }

    /** Returns a time as HTTP writes it. */
    static String httpDate(Instant time) {
        return HTTP_DATE.format(time);
    }
}
