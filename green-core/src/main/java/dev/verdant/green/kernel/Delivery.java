package dev.verdant.green.kernel;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A throwable on its way into a green thread: a timeout that is due, or a kill. Arrives once.
 *
 * <p>In a Verdant wait the throwable itself is thrown. A thread that is elsewhere is interrupted, and if the interrupt has not been consumed by
 * its next Verdant wait, the throwable is thrown there. Confined to the target's loop, but for {@link #awaitSettled()}.
 */
public abstract class Delivery extends Timer {

    /** Where it goes. */
    protected final Fiber target;

    /** Where it is: the target, or who runs in its place; null until it is sent. */
    @Nullable Fiber bearer;

    @Nullable Delivery nextDelivery;
    boolean interruptSent;

    private boolean fired;
    private volatile boolean settled;
    private volatile @Nullable Thread waiter;

    /**
     * Creates one that has not been sent.
     *
     * @param target where it goes
     */
    protected Delivery(Fiber target) {
        this.target = target;
    }

    /**
     * Returns what is thrown, its stack trace filled now. Called on the target's thread.
     *
     * @return the throwable
     */
    protected abstract Throwable throwable();

    /**
     * Sends it after a delay. On the target's loop.
     *
     * @param nanos the delay in nanoseconds; 0 or less sends it at once
     */
    public final void sendAfter(long nanos) {
        if (nanos > 0) {
            target.loop.timers.set(this, target.loop.deadlineAfter(nanos));
        } else {
            fire();
        }
    }

    @Override
    final void fire() {
        if (!fired) {
            fired = true;
            target.deliver(this);
        }
    }

    /**
     * Tells whether it has been sent. On the target's loop.
     *
     * @return true from the moment its delay has passed
     */
    public final boolean isFired() {
        return fired;
    }

    /**
     * Tells whether its delay is still running. On the target's loop.
     *
     * @return true until it is sent or withdrawn
     */
    public final boolean isPending() {
        return place != IDLE;
    }

    /**
     * Takes it back: if it has not been sent it never will be, and if it has been sent and not arrived, it will not arrive. An interrupt of its
     * own that nobody has consumed is cleared. On the target's loop; the interrupt only if the caller is the target.
     *
     * @param interruptConsumed true if the caller has just caught what the interrupt caused, so that the flag, if set, is somebody else's
     */
    public final void withdraw(boolean interruptConsumed) {
        if (target.loop.timers.cancel(this)) {
            return; // It was not sent, so it is nowhere, and nobody waits until it arrives.
        }
        (bearer == null ? target : bearer).withdraw(this, interruptConsumed);
        settle();
    }

    /** Takes it back as {@link #withdraw} does, so that it can be sent again. On the target's loop. */
    public final void recall() {
        withdraw(false);
        fired = false;
        settled = false;
        bearer = null;
    }

    /**
     * Tells whether it has arrived: it was thrown, or its interrupt sent. Any thread.
     *
     * @return true from then on, and also once it never will, if it was sent
     */
    public final boolean isSettled() {
        return settled;
    }

    /** It has arrived, or never will. */
    final void settle() {
        settled = true;
        Thread thread = waiter;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Waits until the target has been resumed with it or interrupted, or has ended. Any thread. Not ended by anything else. */
    final void awaitSettled() {
        waiter = Thread.currentThread();
        boolean interrupted = false;
        while (!settled) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
