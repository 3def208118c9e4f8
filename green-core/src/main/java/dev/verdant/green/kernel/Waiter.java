package dev.verdant.green.kernel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits in a {@link WaitList}: a green thread of any loop, or any other thread. Its list's guard protects the links; the rest is
 * the waiter's own, but for {@link #wake()}.
 */
public final class Waiter {

    private final Thread thread = Thread.currentThread();
    private final @Nullable Fiber fiber;
    private volatile boolean woken;

    @Nullable Waiter next;
    @Nullable Waiter previous;
    boolean listed;

    /** Creates one for the calling thread. */
    public Waiter() {
        this.fiber = Loop.currentFiber();
    }

    /** Ends the wait: what the waiter wanted is its own now. Any thread, without a guard; once. */
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    /**
     * Tells whether {@link #wake()} has been called.
     *
     * @return true from then on
     */
    public boolean isWoken() {
        return woken;
    }

    /**
     * Waits until {@link #wake()}. On the waiter's thread.
     *
     * @param what what it waits for, shown in dumps
     * @param nanos for how long at the most; less than 0 is for ever
     * @return true if it was woken, false if the time has passed first
     * @throws InterruptedException if a user interrupted the thread before it was woken
     */
    public boolean await(Object what, long nanos) throws InterruptedException {
        if (woken || nanos == 0) {
            return woken;
        }
        return fiber != null ? awaitGreen(fiber, what, nanos) : awaitElsewhere(what, nanos);
    }

    /**
     * Waits until {@link #wake()} and lets nothing else end it: for what is certain to come soon. An interrupt is kept for later. On the
     * waiter's thread.
     *
     * @param what what it waits for, for tools
     * @param nanos for how long at the most
     * @return true if it was woken
     */
    public boolean awaitQuietly(Object what, long nanos) {
        long deadline = System.nanoTime() + nanos;
        boolean interrupted = false;
        for (long left = nanos; !woken && left > 0; left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(what, left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return woken;
    }

    private boolean awaitGreen(Fiber green, Object what, long nanos) throws InterruptedException {
        if (nanos < 0) {
            while (!woken) {
                green.await(what);
            }
            return true;
        }
        long deadline = green.loop().deadlineAfter(nanos);
        for (boolean inTime = true; !woken && inTime;) {
            inTime = green.await(what, deadline);
        }
        return woken;
    }

    /** A thread on no loop has no hub, so the JDK's clock measures its wait. */
    private boolean awaitElsewhere(Object what, long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + Math.max(0, nanos);
        while (!woken) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long left = deadline - System.nanoTime();
            if (nanos < 0) {
                LockSupport.park(what);
            } else if (left > 0) {
                LockSupport.parkNanos(what, left);
            } else {
                break;
            }
        }
        return woken;
    }

    /**
     * Converts a duration as the API means it.
     *
     * @param duration any duration, or null for ever
     * @return nanoseconds for {@link #await}: less than 0 for null, 0 for zero and less
     */
    public static long nanos(java.time.@Nullable Duration duration) {
        if (duration == null) {
            return -1;
        }
        return Math.max(0, TimeUnit.NANOSECONDS.convert(duration));
    }
}
