package dev.verdant.green.http;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What has come from the client and was not used yet: a window of bytes that grows at its end. While it is empty it holds no buffer. One thread at a time.
 */
final class Input {

    private static final byte[] NOTHING = {};

    private final GreenStream stream;
    private final LoopState home;
    private @Nullable Buffer buffer;

    /** The window. */
    private int start;
    private int end;

    private boolean atEnd;

    Input(GreenStream stream, LoopState home) {
        this.stream = stream;
        this.home = home;
    }

    byte[] bytes() {
        Buffer held = buffer;
        return held == null ? NOTHING : held.bytes;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    int size() {
        return end - start;
    }

    /** Takes bytes out of the window, at its start. */
    void take(int count) {
        start += count;
        if (start == end) {
            release();
        }
    }

    /** Forgets what is there, when the connection ends. The buffer is not for others: who knows whether a handler still reads, on another thread. */
    void drop() {
        buffer = null;
        start = 0;
        end = 0;
    }

    /** Gives the buffer up, and what is in it. */
    void release() {
        Buffer held = buffer;
        start = 0;
        end = 0;
        if (held != null) {
            buffer = null;
            home.giveBack(held);
        }
    }

    /**
     * Reads what is there, behind the window.
     *
     * @param most how large the window may become; more than it is
     * @return how many bytes; 0 if none are there now, -1 at the end
     */
    int tryFill(int most) throws IOException {
        if (atEnd) {
            return -1;
        }
        Buffer into = makeRoom(most);
        int count = stream.tryRead(into.view(end, Math.min(into.bytes.length, start + most)));
        if (count > 0) {
            end += count;
        } else {
            atEnd = count < 0;
            take(0);
        }
        return count;
    }

    private Buffer makeRoom(int most) {
        Buffer held = buffer;
        if (held == null) {
            held = home.take();
        } else if (end == held.bytes.length || most > held.bytes.length - start && start > 0) {
            int size = end - start;
            Buffer from = held;
            if (size > held.bytes.length / 2) {
                held = new Buffer(Math.min(Math.max(most, Buffer.SIZE), 2 * held.bytes.length));
            }
            System.arraycopy(from.bytes, start, held.bytes, 0, size);
            start = 0;
            end = size;
        }
        buffer = held;
        return held;
    }

    /** Waits until more may be there; false if the time has passed first. */
    boolean await(@Nullable Duration timeout) throws IOException {
        return atEnd || stream.awaitReadable(timeout);
    }

    /** Reads into an array what is in the window or, if it is empty, what has come. Returns 0 if nothing is there now, -1 at the end. */
    int tryRead(byte[] target, int offset, int length) throws IOException {
        if (start < end) {
            int count = Math.min(length, end - start);
            System.arraycopy(bytes(), start, target, offset, count);
            take(count);
            return count;
        }
        if (atEnd || length == 0) {
            return atEnd ? -1 : 0;
        }
        int count = stream.tryRead(ByteBuffer.wrap(target, offset, length));
        atEnd = count < 0;
        return count;
    }

    /** Drops what has come and not been used, and takes no more of it into account. Returns what was left, for who goes on with the stream. */
    byte[] takeAll() {
        byte[] left = Arrays.copyOfRange(bytes(), start, end);
        release();
        return left;
    }
}
