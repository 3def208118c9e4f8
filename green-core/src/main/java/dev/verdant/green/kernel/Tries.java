package dev.verdant.green.kernel;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a call on a channel does once it has claimed a direction of its {@link Pollable}: it lets others have their turn, tries, and waits for the next try. */
public final class Tries {

    private Tries() {}

    /**
     * Names who has claimed a direction, for the one who comes second.
     *
     * @param thread from {@link Pollable#claim}
     * @return its name
     */
    public static String nameOf(Thread thread) {
        return thread.getName().isEmpty() ? "green-" + thread.threadId() : thread.getName();
    }

    /**
     * Tells whether {@link #takeTurn} would let others run, for who would have to make a {@code close} for it.
     *
     * @param waits what is called
     * @return true if the caller is on its loop, and has run for long enough
     */
    public static boolean isTurnDue(Pollable waits) {
        return waits.loop().isHere() && waits.loop().isOverBudget();
    }

    /**
     * Lets others run if that is due: a call that never has to wait would never let them. One that has succeeded often enough in a row waits a turn,
     * before it has taken anything.
     *
     * @param waits what is called
     * @param close closes it, if a user interrupts the turn
     * @throws IOException if a user interrupted the thread
     */
    public static void takeTurn(Pollable waits, Runnable close) throws IOException {
        if (!isTurnDue(waits)) {
            return;
        }
        Fiber fiber = Loop.currentFiber();
        if (fiber != null) {
            try {
                fiber.giveWay();
            } catch (InterruptedException e) {
                throw closedByInterrupt(close);
            }
        }
    }

    /**
     * Does what the JDK does to a virtual thread that is interrupted in a call on a socket: closes it, and leaves the interrupt to the caller.
     *
     * @param close closes the channel
     * @return to be thrown
     */
    public static SocketException closedByInterrupt(Runnable close) {
        close.run();
        Thread.currentThread().interrupt();
        return new SocketException("Closed by interrupt");
    }

    /**
     * Reads into the buffer, or into the array if there is no buffer, unless it is known to be in vain. The thread that claimed the reading.
     *
     * @param waits what is known of the channel
     * @param channel the channel
     * @param buffer where the bytes go, or null
     * @param array where they go if there is no buffer
     * @param offset where in the array
     * @param length how many at the most: what the buffer has room for, if there is one
     * @return the number of bytes, 0 if nothing is there or the channel is closed, -1 at the end of the stream
     * @throws IOException if the stream is broken
     */
    public static int read(Pollable waits, SourceChannel channel, @Nullable ByteBuffer buffer, byte @Nullable [] array,
            int offset, int length) throws IOException {
        int state = waits.state(Readiness.READ);
        if (!Pollable.isReady(state) || waits.isClosed()) {
            return 0;
        }
        int count = buffer != null
                ? channel.read(buffer)
                : channel.read(Objects.requireNonNull(array), offset, length);
        if (count == 0 || count > 0 && count < length && !Pollable.isUneven(state)) {
            waits.drained(Readiness.READ, state);
        }
        return count;
    }

    /**
     * Writes the buffer, or the array if there is no buffer, unless it is known to be in vain. The thread that claimed the writing.
     *
     * @param waits what is known of the channel
     * @param channel the channel
     * @param buffer the bytes, or null
     * @param array the bytes if there is no buffer
     * @param offset where in the array they begin
     * @param length how many: what remains in the buffer, if there is one
     * @return the number of bytes that were taken, 0 if there is no room or the channel is closed
     * @throws IOException if the stream is broken
     */
    public static int write(Pollable waits, SinkChannel channel, @Nullable ByteBuffer buffer, byte @Nullable [] array,
            int offset, int length) throws IOException {
        int state = waits.state(Readiness.WRITE);
        if (!Pollable.isReady(state) || waits.isClosed()) {
            return 0;
        }
        int count = buffer != null
                ? channel.write(buffer)
                : channel.write(Objects.requireNonNull(array), offset, length);
        if (count < length) {
            waits.drained(Readiness.WRITE, state);
        }
        return count;
    }

    /**
     * Reads into several buffers, as {@link #read(Pollable, SourceChannel, ByteBuffer, byte[], int, int)}.
     *
     * @param waits what is known of the channel
     * @param channel the channel
     * @param targets where the bytes go
     * @param room what they have room for in all
     * @return the number of bytes, 0 if nothing is there or the channel is closed, -1 at the end of the stream
     * @throws IOException if the stream is broken
     */
    public static long read(Pollable waits, StreamChannel channel, ByteBuffer[] targets, long room) throws IOException {
        int state = waits.state(Readiness.READ);
        if (!Pollable.isReady(state) || waits.isClosed()) {
            return 0;
        }
        long count = channel.read(targets, 0, targets.length);
        if (count == 0 || count > 0 && count < room && !Pollable.isUneven(state)) {
            waits.drained(Readiness.READ, state);
        }
        return count;
    }

    /**
     * Writes several buffers, as {@link #write(Pollable, SinkChannel, ByteBuffer, byte[], int, int)}.
     *
     * @param waits what is known of the channel
     * @param channel the channel
     * @param sources the bytes
     * @param from the first buffer that may have any
     * @param length how many bytes remain in all
     * @return the number of bytes that were taken, 0 if there is no room or the channel is closed
     * @throws IOException if the stream is broken
     */
    public static long write(Pollable waits, StreamChannel channel, ByteBuffer[] sources, int from, long length)
            throws IOException {
        int state = waits.state(Readiness.WRITE);
        if (!Pollable.isReady(state) || waits.isClosed()) {
            return 0;
        }
        long count = channel.write(sources, from, sources.length - from);
        if (count < length) {
            waits.drained(Readiness.WRITE, state);
        }
        return count;
    }

    /**
     * Waits until a try may find something, and takes nothing. The thread that claimed the direction.
     *
     * @param waits what is waited for
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @param nanos for how long at the most; less than 0 for ever, 0 only looks
     * @param close closes the channel, if a user interrupts the wait
     * @return false if the time has passed first
     * @throws IOException if the channel is closed, before or meanwhile
     */
    public static boolean await(Pollable waits, int op, long nanos, Runnable close) throws IOException {
        Deadline deadline = null;
        while (true) {
            waits.checkOpen();
            if (Pollable.isReady(waits.state(op))) {
                return true;
            }
            if (nanos == 0) {
                return false;
            }
            if (deadline == null) {
                deadline = Deadline.ofNanos(Math.max(0, nanos), "");
            }
            if (!deadline.awaits(waits, op, close)) {
                return false;
            }
        }
    }
}
