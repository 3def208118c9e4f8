package dev.verdant.green.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits: a green thread of any loop, or any other thread.
 *
 * <p>Either for one thing, once: {@code new Waiter()}, {@link #await}, {@link #wake()}. Or in a {@link WaitList}: {@link #ofCaller()}, {@link Guard#await},
 * and whoever takes it out of the list unparks it. Such a one is used again in the next wait of its thread, so nobody may touch it later than that, but for
 * {@link #unpark()}.
 */
public final class Waiter {

    private static final VarHandle GIVER;

    static {
        try {
            GIVER = MethodHandles.lookup().findVarHandle(Waiter.class, "giver", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Thread thread = Thread.currentThread();
    private final @Nullable Fiber fiber;

    /** Set by who ends the wait: in a list with its guard taken. */
    private volatile boolean woken;

    /** What is given and got; see {@link #value}. Written before {@link #woken}. */
    private @Nullable Object value;

    /** How often its thread has gone on with what it was given. Written by that thread alone. */
    private volatile int receipts;

    /** Who is to know of the next receipt; or who came too late to be told of an earlier one. */
    private volatile @Nullable Thread giver;

    // Guarded by the list's guard.
    @Nullable Waiter next;
    @Nullable Waiter previous;
    private boolean listed;

    /** Creates one for the calling thread and one wait, that {@link #wake()} ends. */
    public Waiter() {
        this(Loop.currentFiber());
    }

    Waiter(@Nullable Fiber fiber) {
        this.fiber = fiber;
    }

    /**
     * Returns one for the calling thread and a wait in a list.
     *
     * @return one that is in no list
     * @throws IllegalStateException on a thread whose loop has closed
     */
    public static Waiter ofCaller() {
        Fiber fiber = Loop.waitingFiber();
        return fiber != null ? fiber.waiter() : new Waiter(null);
    }

    // ---- in a list

    boolean isListed() {
        return listed;
    }

    /** It is in a list. By its own thread, with the guard. */
    void enlist() {
        listed = true;
        woken = false;
    }

    /** It has left the list by itself. With the guard. */
    void unlist() {
        listed = false;
    }

    /** It was taken out of the list: what it waits for is its own now. With the guard; {@link #unpark()} follows without it. */
    void grant(@Nullable Object got) {
        listed = false;
        value = got;
        woken = true;
    }

    /** Makes the thread of a waiter that was taken out of its list see it. Any thread, without a guard. */
    public void unpark() {
        LockSupport.unpark(thread);
    }

    /**
     * Returns what this waiter brings, as long as it is in a list: with the guard. Or what it was given, once it has been taken out: on its own thread.
     *
     * @return anything
     */
    public @Nullable Object value() {
        return value;
    }

    /**
     * Sets what this waiter brings, before it is in a list; or forgets what it was given. On its own thread.
     *
     * @param brought anything
     */
    public void value(@Nullable Object brought) {
        value = brought;
    }

    /**
     * Returns a number that {@link #receive} changes: taken with the guard, before the waiter is unparked, it tells who gives when the waiter has gone on.
     *
     * @return any number
     */
    public int receipts() {
        return receipts;
    }

    /**
     * Returns what it was given, and lets who gave it know. On its own thread, once it has been taken out of its list.
     *
     * @return what it was given
     */
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // only its own thread writes it
    public @Nullable Object receive() {
        Object got = value;
        value = null;
        receipts++;
        Thread waiting = giver;
        if (waiting != null) {
            giver = null;
            LockSupport.unpark(waiting);
        }
        return got;
    }

    /**
     * Waits until another thread has gone on with what the calling thread has given it. Throws nothing: what would end the wait leaves it, and comes at the next
     * one.
     *
     * @param other who was given something
     * @param before its {@link #receipts()} then
     * @param what what the caller waits for, shown in dumps
     * @param nanos for how long at the most; less than 0 is for ever
     */
    public static void awaitReceipt(Waiter other, int before, Object what, long nanos) {
        Fiber fiber = Loop.currentFiber();
        if (fiber != null) {
            fiber.giveWayQuietly(); // On the same loop, and where who is ready first runs first, that is all.
        }
        if (other.receipts == before) {
            awaitReceipt(fiber, other, before, what, nanos);
        }
    }

    /** Sees to it that the calling thread is unparked at the receipt; returns false if that has been. Any thread. */
    boolean willReceive(int before) {
        Thread caller = Thread.currentThread();
        var other = (@Nullable Thread) GIVER.getAndSet(this, caller);
        if (receipts == before) {
            return true;
        }
        if (other != null && other != caller) {
            LockSupport.unpark(other); // It may wait for a later one: it says so again.
        }
        return false;
    }

    private static void awaitReceipt(@Nullable Fiber fiber, Waiter other, int before, Object what, long nanos) {
        if (fiber == null) {
            long deadline = System.nanoTime() + Math.max(0, nanos);
            while (other.willReceive(before) && !Thread.currentThread().isInterrupted()
                    && parkElsewhere(what, nanos, deadline)) {
                // Woken without cause.
            }
        } else if (nanos < 0) {
            while (other.willReceive(before) && !fiber.isCalled()) {
                fiber.rest(what);
            }
        } else {
            long deadline = fiber.loop().deadlineAfter(nanos);
            for (boolean inTime = true; inTime && other.willReceive(before) && !fiber.isCalled();) {
                inTime = fiber.rest(what, deadline);
            }
        }
    }

    /**
     * Waits until somebody takes it out of its list, the time has passed, or its thread is called away. Throws nothing.
     *
     * @return true if it was taken out; otherwise it is still to leave, by itself
     */
    boolean awaitGrant(Object what, long nanos) {
        if (woken || nanos == 0) {
            return woken;
        }
        return fiber != null ? awaitGrantGreen(fiber, what, nanos) : awaitGrantElsewhere(what, nanos);
    }

    private boolean awaitGrantGreen(Fiber green, Object what, long nanos) {
        if (nanos < 0) {
            while (!woken && !green.isCalled()) {
                green.rest(what);
            }
            return woken;
        }
        long deadline = green.loop().deadlineAfter(nanos);
        for (boolean inTime = true; inTime && !woken && !green.isCalled();) {
            inTime = green.rest(what, deadline);
        }
        return woken;
    }

    private boolean awaitGrantElsewhere(Object what, long nanos) {
        long deadline = System.nanoTime() + Math.max(0, nanos);
        while (!woken && !Thread.currentThread().isInterrupted() && parkElsewhere(what, nanos, deadline)) {
            // Woken without cause.
        }
        return woken;
    }

    /** Tells whether its thread must not go on waiting: then {@link #leave} throws. On its own thread. */
    boolean isCalled() {
        return fiber != null ? fiber.isCalled() : Thread.currentThread().isInterrupted();
    }

    /** Throws what has called its thread away, if anything has. It is in no list any more. */
    void leave() throws InterruptedException {
        if (fiber != null) {
            fiber.leave();
        } else if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    // ---- once

    /** Ends the wait. Any thread, without a guard; once. */
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    /**
     * Tells whether the wait has ended as it should.
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
        if (!awaitGrant(what, nanos)) {
            leave();
        }
        return woken;
    }

    /**
     * Waits until {@link #wake()} and lets nothing else end it: for what is certain to come soon. An interrupt is kept for later. On the
     * waiter's thread.
     *
     * @param what what it waits for, for tools
     * @param nanos for how long at the most; less than 0 is for ever
     * @return true if it was woken
     */
    public boolean awaitQuietly(Object what, long nanos) {
        boolean interrupted = false;
        if (fiber != null) {
            fiber.dropArrived(); // Or it would be sent again below.
        }
        long bounded = Math.min(nanos, 1L << 61);
        long deadline = fiber != null ? fiber.loop().deadlineAfter(bounded) : 0;
        long deadlineElsewhere = System.nanoTime() + bounded;
        for (boolean inTime = true; inTime && !woken;) {
            if (fiber == null || fiber.loop().isClosed()) {
                inTime = parkElsewhere(what, bounded, deadlineElsewhere);
            } else if (nanos < 0) {
                fiber.rest(what);
            } else {
                inTime = fiber.rest(what, deadline);
            }
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return woken;
    }

    // ---- time

    /** A thread on no loop has no hub, so the JDK's clock measures its wait. Returns false if the time has passed. */
    private static boolean parkElsewhere(Object what, long nanos, long deadline) {
        if (nanos < 0) {
            LockSupport.park(what);
            return true;
        }
        long left = deadline - System.nanoTime();
        if (left > 0) {
            LockSupport.parkNanos(what, left);
        }
        return left > 0;
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
