package dev.verdant.green.kernel;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The clock of one call on a channel: starts when it first waits. Confined to the thread that calls, but for {@link #NEVER}. */
public final class Deadline {

    /** Never passes. It has no state, so everybody may have it, and most calls do: they allocate nothing. */
    public static final Deadline NEVER = new Deadline(0, "");

    private final long nanos;
    private final String message;
    private final @Nullable Fiber fiber = Loop.currentFiber();
    private long deadline = -1;
    private boolean expired;

    private Deadline(long nanos, String message) {
        this.nanos = nanos;
        this.message = message;
    }

    /**
     * Returns one that stands still.
     *
     * @param millis how long the call may wait in all, in milliseconds; 0 is for ever
     * @param message what is said when that is over
     * @return the clock
     */
    public static Deadline ofMillis(int millis, String message) {
        return ofNanos(TimeUnit.MILLISECONDS.toNanos(millis), message);
    }

    /**
     * Returns one that stands still.
     *
     * @param nanos how long the call may wait in all, in nanoseconds; 0 is for ever
     * @param message what is said when that is over
     * @return the clock
     */
    public static Deadline ofNanos(long nanos, String message) {
        return nanos == 0 ? NEVER : new Deadline(nanos, message);
    }

    /**
     * Starts the clock.
     *
     * @return what is left in nanoseconds; less than 0 is for ever
     */
    public long left() {
        if (nanos == 0) {
            return -1;
        }
        if (deadline == -1) {
            deadline = Pollable.deadline(fiber, nanos);
        }
        return fiber == null ? nanos : Math.max(0, deadline - fiber.loop().hub().nanoTime());
    }

    /**
     * Waits once. The caller has claimed the direction, has tried and found nothing.
     *
     * @param waits what is waited for
     * @param op {@link dev.verdant.hub.Readiness#READ} or {@link dev.verdant.hub.Readiness#WRITE}
     * @param close closes the channel, if a user interrupts the wait
     * @throws SocketTimeoutException if the time had passed before the try
     * @throws IOException if the channel is closed
     */
    public void await(Pollable waits, int op, Runnable close) throws IOException {
        if (!awaits(waits, op, close)) {
            throw timeout();
        }
    }

    /**
     * Says that the time has passed.
     *
     * @return to be thrown
     */
    public SocketTimeoutException timeout() {
        return new SocketTimeoutException(message);
    }

    /**
     * Waits once, as {@link #await}.
     *
     * @param waits what is waited for
     * @param op {@link dev.verdant.hub.Readiness#READ} or {@link dev.verdant.hub.Readiness#WRITE}
     * @param close closes the channel, if a user interrupts the wait
     * @return false if the time had passed before the try
     * @throws IOException if the channel is closed
     */
    public boolean awaits(Pollable waits, int op, Runnable close) throws IOException {
        try {
            return awaits(waits, op);
        } catch (InterruptedException e) {
            throw Tries.closedByInterrupt(close);
        }
    }

    /**
     * Waits once, as {@link #await}, and leaves an interrupt to the caller.
     *
     * @param waits what is waited for
     * @param op {@link dev.verdant.hub.Readiness#READ} or {@link dev.verdant.hub.Readiness#WRITE}
     * @return false if the time had passed before the try
     * @throws InterruptedException if a user interrupted the wait
     * @throws IOException if the channel is closed
     */
    public boolean awaits(Pollable waits, int op) throws InterruptedException, IOException {
        waits.checkOpen();
        if (nanos == 0) {
            boolean _ = waits.await(Loop.currentFiber(), op, 0);
            return true;
        }
        if (expired) {
            return false;
        }
        if (deadline == -1) {
            deadline = Pollable.deadline(fiber, nanos);
        }
        expired = !waits.await(fiber, op, deadline);
        return true;
    }
}
