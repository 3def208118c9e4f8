package dev.verdant.green.kernel;

import dev.verdant.green.spi.FaultPoint;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel knows of a green thread: its virtual thread, its loop, what it waits for, and what is to be thrown into it. Confined to its
 * loop unless a method says otherwise.
 *
 * <p>All waiting in Verdant goes through {@link #await}. It is a {@link Timer} so that a wait with a deadline allocates nothing.
 */
public abstract class Fiber extends Timer implements Runnable {

    /*
     * A wait is a loop around a condition, and the condition goes first:
     *
     *     for (boolean expired = false; !condition; expired = !fiber.await(what, deadline)) {
     *         if (expired) { ... the wait has timed out ... }
     *     }
     *
     * await() parks once. Before it parks it throws what was delivered, so whatever ends a wait early ends it before anything is taken; and a
     * condition that has come true meanwhile wins over a deadline, a timeout or a kill that came in the same turn.
     */

    private static final FaultPoint SPURIOUS = FaultPoint.named("wait.woken-without-cause");

    final Loop loop;

    /** The virtual thread; null until it is started. */
    @Nullable Thread thread;

    /** What it waits for, non-null exactly while it is in {@link #await}. Read by other threads for dumps and by the watch. */
    @Nullable Object waitingFor;

    /** When that wait began: the time of the loop's turn. */
    long waitingSince;

    /** Counts the waits, so that the watch can tell one from the next. */
    int waits;

    /** What is to be thrown into it, the oldest first. */
    private @Nullable Delivery deliveries;

    /** What was thrown into it last. */
    private @Nullable Throwable delivered;

    /** What brought it. */
    private @Nullable Delivery deliveredBy;

    /** The thread's interrupt flag was set by a delivery and not by a user. */
    private boolean interruptIsOurs;

    /** Shared with the greenlets of the same green thread; null if there are none. */
    private @Nullable Baton baton;

    /** Who gets what this one ends with, among those that share the baton. */
    private @Nullable Fiber above;

    private boolean expired;

    /** It is among the {@link Strangers}. */
    boolean isStranger;

    /** For its waits in lists, one at a time; made at the first. */
    private @Nullable Waiter waiter;

    /** It will not wait again: what is delivered now never arrives. */
    private boolean ended;

    /** Why a wait can never end, set by the watch thread; see {@link #failPinned}. */
    private volatile @Nullable PinnedWait pinned;

    /**
     * Creates a fiber that is not started.
     *
     * @param loop where it will run
     */
    protected Fiber(Loop loop) {
        this.loop = loop;
    }

    /** What the thread does. Runs on the thread; must not throw. */
    protected abstract void body();

    /**
     * Tells how {@link #body} has ended. On the thread, after it.
     *
     * @return what ended it, or null if it returned
     */
    protected abstract @Nullable Throwable failure();

    /** Runs the body on the calling thread instead of one of its own: for a pool that is full of callers. Never started otherwise. */
    public final void runHere() {
        body();
    }

    /** Called instead of {@link #body} when the loop has begun to close before the thread's first turn. */
    protected abstract void neverRan();

    /**
     * Returns the name given at creation, or one made from the thread's number. Any thread.
     *
     * @return never empty
     */
    public abstract String name();

    /**
     * Returns the loop. Any thread.
     *
     * @return where it runs
     */
    public final Loop loop() {
        return loop;
    }

    /**
     * Returns whom it belongs to. Any thread.
     *
     * @return the group, or null
     */
    public @Nullable Group group() {
        return null;
    }

    /**
     * Returns the green thread that this is or, if it is a greenlet, belongs to. Any thread.
     *
     * @return who is a member where it has spawned, and whom a kill ends
     */
    public Fiber owner() {
        return this;
    }

    /**
     * Tells whether something was thrown into this green thread, or into the one it belongs to, to end it. Any thread.
     *
     * @param e what was caught
     * @return true for the cause of the last kill
     */
    public boolean isKilledBy(Throwable e) {
        return false;
    }

    /**
     * Returns the virtual thread. Any thread.
     *
     * @return the thread, or null before it is started
     */
    public final @Nullable Thread threadOrNull() {
        return thread;
    }

    /**
     * Tells what it waits for. Any thread.
     *
     * @return what was given to {@link #await}, or null if it is in no wait of Verdant's
     */
    public final @Nullable Object waitsFor() {
        return waitingFor;
    }

    /** The virtual thread's body. Not for callers. */
    @Override
    public final void run() {
        if (loop.enter(this)) {
            try {
                body();
            } finally {
                finish();
            }
        }
    }

    /**
     * Parks the calling fiber until somebody unparks its thread. May return without cause: callers loop around a condition, see above.
     *
     * @param what what it waits for; its {@code toString} is shown in dumps
     * @throws InterruptedException if a user interrupted the thread
     */
    public final void await(Object what) throws InterruptedException {
        check();
        park(what);
    }

    /**
     * Parks the calling fiber until somebody unparks its thread or a deadline has passed. May return true without cause.
     *
     * @param what what it waits for; its {@code toString} is shown in dumps
     * @param deadline when to give up, from {@link Loop#deadlineAfter}
     * @return false if the deadline has passed; the condition must be looked at once more
     * @throws InterruptedException if a user interrupted the thread
     */
    public final boolean await(Object what, long deadline) throws InterruptedException {
        check();
        expired = false;
        loop.timers.set(this, deadline);
        park(what);
        if (!expired) {
            loop.timers.cancel(this);
        }
        return !expired;
    }

    private void park(Object what) {
        rest(what);
        if (loop.isClosed()) {
            throw loop.closedException();
        }
        if (pinned != null) {
            throwPinned();
        }
    }

    // ---- waiting in a list, which is left before anything is thrown

    /**
     * Tells whether something is to be thrown into the calling fiber: then {@link #leave} throws it.
     *
     * @return true if it must not go on waiting
     */
    final boolean isCalled() {
        if (deliveries != null) {
            dropArrived();
        }
        PinnedWait found = pinned;
        if (found != null && found.number != waits) {
            pinned = null;
        }
        return deliveries != null || pinned != null || loop.isUnwinding() || Thread.currentThread().isInterrupted();
    }

    /** Forgets what has come as an interrupt that a wait in the JDK has thrown since. */
    final void dropArrived() {
        for (Delivery delivery = deliveries; delivery != null && hasArrived(delivery); delivery = deliveries) {
            take(delivery);
        }
    }

    private static boolean hasArrived(Delivery delivery) {
        return delivery.interruptSent && !Thread.currentThread().isInterrupted();
    }

    /** Takes the oldest out. */
    private void take(Delivery delivery) {
        deliveries = delivery.nextDelivery;
        delivery.nextDelivery = null;
        delivery.settle();
    }

    /** Parks the calling fiber once. Throws nothing: see {@link #isCalled}. */
    final void rest(Object what) {
        if (SPURIOUS.strikes()) {
            giveWayQuietly();
            return;
        }
        waits++;
        waitingSince = loop.turnTime();
        waitingFor = what;
        LockSupport.park();
        waitingFor = null;
        if (loop.resume(this) && deliveries != null) {
            // Whether it is thrown soon or, because the condition holds, later: the next wait in the JDK must not outlast it.
            sendInterrupt();
        }
    }

    /** Parks the calling fiber once. Throws nothing: see {@link #isCalled}. Returns false if the deadline has passed. */
    final boolean rest(Object what, long deadline) {
        expired = false;
        loop.timers.set(this, deadline);
        rest(what);
        if (!expired && !loop.isClosed()) {
            loop.timers.cancel(this);
        }
        return !expired;
    }

    /** Lets every other ready green thread run once. Throws nothing: see {@link #isCalled}. */
    final void giveWayQuietly() {
        Thread.yield();
        boolean _ = loop.resume(this);
    }

    /** Throws what the calling fiber is called for: its wait has ended and it is in no list any more. */
    final void leave() throws InterruptedException {
        if (pinned != null) {
            throwPinned();
        }
        check();
    }

    /** Returns a waiter for the calling fiber. */
    final Waiter waiter() {
        Waiter known = waiter;
        if (known == null) {
            known = new Waiter(this);
            waiter = known;
        }
        return known.isListed() ? new Waiter(this) : known;
    }

    /** Fires the deadline of a wait. */
    @Override
    final void fire() {
        expired = true;
        unpark();
    }

    private void unpark() {
        LockSupport.unpark(thread);
    }

    /**
     * Lets every other ready green thread run once. Throws what was delivered, as a wait does.
     *
     * @throws InterruptedException if a user interrupted the thread
     */
    public final void giveWay() throws InterruptedException {
        check();
        Thread.yield();
        if (!loop.resume(this)) {
            throw loop.closedException();
        }
        check();
    }

    /**
     * Throws what has been delivered and has not arrived yet. Every wait begins with this.
     *
     * @throws InterruptedException if a user interrupted the thread
     */
    private void check() throws InterruptedException {
        if (deliveries != null || loop.isUnwinding() || Thread.currentThread().isInterrupted()) {
            throwWhatCame();
        }
    }

    private void throwWhatCame() throws InterruptedException {
        if (loop.isUnwinding()) {
            throw loop.closedException();
        }
        dropArrived();
        Delivery first = deliveries;
        if (first != null) {
            take(first);
            clearInterruptOf(first);
            delivered = first.throwable();
            deliveredBy = first;
            throw Sneaky.thrown(delivered);
        }
        if (Thread.interrupted()) {
            interruptIsOurs = false;
            throw new InterruptedException();
        }
    }

    /**
     * Tells whether a throwable is the last one that was thrown into this fiber in a Verdant wait. By the calling fiber.
     *
     * @param e any
     * @return false for what a call has come to by itself
     */
    public final boolean isDelivered(Throwable e) {
        return e == delivered;
    }

    /**
     * Puts what was thrown into this fiber last on its way once more, as an interrupt: for somebody who throws something else instead, to code that may try again.
     * Withdrawn with the delivery. By the calling fiber.
     *
     * @param e what was caught; nothing is done if it was not delivered
     */
    public final void deliverAgain(Throwable e) {
        Delivery again = deliveredBy;
        if (again == null || e != delivered) {
            return;
        }
        deliveredBy = null;
        again.bearer = this;
        again.nextDelivery = deliveries;
        deliveries = again;
        sendInterrupt();
    }

    /** Puts a delivery on its way. On the loop: its own thread or a green one. */
    final void deliver(Delivery delivery) {
        standIn().receive(delivery);
    }

    private void receive(Delivery delivery) {
        if (hasEnded()) {
            delivery.settle();
            return;
        }
        append(delivery);
        if (baton != null && baton.holder != this) {
            return; // Until it has the baton again.
        }
        if (waitingFor != null) {
            unpark();
        } else if (Thread.currentThread() == loop.thread()) {
            loop.interruptSoon(this);
        } else {
            sendInterrupt();
        }
    }

    /** An adopted thread does not say when it ends. */
    private boolean hasEnded() {
        Thread started = thread;
        return ended || started != null && started.getState() == Thread.State.TERMINATED;
    }

    private void append(Delivery delivery) {
        delivery.bearer = this;
        Delivery last = deliveries;
        if (last == null) {
            deliveries = delivery;
            return;
        }
        while (last.nextDelivery != null) {
            last = last.nextDelivery;
        }
        last.nextDelivery = delivery;
    }

    /** Interrupts the thread for what is on its way to it. On a green thread of the loop, never on the loop's own. */
    final void sendInterrupt() {
        Thread target = thread;
        if (target == null || waitingFor != null || deliveries == null) {
            return;
        }
        if (!target.isInterrupted()) {
            interruptIsOurs = true;
            target.interrupt();
        }
        for (Delivery delivery = deliveries; delivery != null; delivery = delivery.nextDelivery) {
            delivery.interruptSent = true;
            delivery.settle();
        }
    }

    final void withdraw(Delivery delivery, boolean interruptConsumed) {
        unlink(delivery);
        if (interruptConsumed && delivery.interruptSent) {
            interruptIsOurs = false;
        }
        clearInterruptOf(delivery);
    }

    private void clearInterruptOf(Delivery delivery) {
        if (delivery.interruptSent && interruptIsOurs && !anotherSentInterrupt() && Thread.currentThread() == thread) {
            interruptIsOurs = false;
            Thread.interrupted();
        }
        delivery.interruptSent = false;
    }

    private boolean anotherSentInterrupt() {
        for (Delivery other = deliveries; other != null; other = other.nextDelivery) {
            if (other.interruptSent) {
                return true;
            }
        }
        return false;
    }

    private void unlink(Delivery delivery) {
        Delivery previous = null;
        for (Delivery each = deliveries; each != null; previous = each, each = each.nextDelivery) {
            if (each == delivery) {
                if (previous == null) {
                    deliveries = each.nextDelivery;
                } else {
                    previous.nextDelivery = each.nextDelivery;
                }
                each.nextDelivery = null;
                return;
            }
        }
    }

    // ---- taking turns

    /**
     * Returns what this fiber shares with others. On the loop.
     *
     * @return the baton, or null
     */
    public final @Nullable Baton baton() {
        return baton;
    }

    /**
     * Makes this fiber one of those that share a baton. On the loop.
     *
     * @param shared the baton
     * @param upper who gets what this one ends with, or null
     */
    public final void join(Baton shared, @Nullable Fiber upper) {
        this.baton = shared;
        this.above = upper;
    }

    /**
     * Tells whether the caller is this fiber, or runs in its place. Any thread.
     *
     * @return true if what would be thrown into this fiber would be thrown into the caller
     */
    public final boolean isCaller() {
        Thread caller = Thread.currentThread();
        return thread == caller || baton != null && baton.holder.thread == caller && standIn() == baton.holder;
    }

    /** Who gets what is thrown at this fiber: itself, or, while it has handed the baton on, the holder, if that is below it. */
    private Fiber standIn() {
        if (baton != null) {
            Fiber holder = baton.holder;
            for (Fiber each = holder; each != null; each = each.above) {
                if (each == this) {
                    return holder;
                }
            }
        }
        return this;
    }

    /**
     * Throws what has come for the calling fiber, as a wait does at its beginning.
     *
     * @throws InterruptedException if a user interrupted the thread
     */
    public final void checkpoint() throws InterruptedException {
        check();
    }

    /**
     * Hands the baton on: {@link #awaitBaton} follows. By the holder.
     *
     * @param next who gets it; started
     */
    public final void hand(Fiber next) {
        shared().holder = next;
        next.unpark();
    }

    /**
     * Hands the baton on and does not want it back. By the holder, which ends; what has come to it for others goes with it.
     *
     * @param next who gets it; started
     */
    public final void handForGood(Fiber next) {
        for (Delivery delivery = deliveries; delivery != null; delivery = deliveries) {
            boolean arrived = hasArrived(delivery);
            deliveries = delivery.nextDelivery;
            delivery.nextDelivery = null;
            if (arrived || delivery.target == this) {
                delivery.settle();
            } else {
                delivery.interruptSent = false;
                next.append(delivery);
            }
        }
        hand(next);
    }

    /**
     * Parks the calling fiber until it has the baton. What has come for it meanwhile, and was held back, comes at its next wait.
     *
     * @param what what it waits for, shown in dumps
     */
    public final void awaitBaton(Object what) {
        boolean interrupted = false;
        while (shared().holder != this) {
            if (loop.isUnwinding()) {
                throw loop.closedException();
            }
            waits++;
            waitingSince = loop.turnTime();
            waitingFor = what;
            LockSupport.park();
            waitingFor = null;
            if (!loop.resume(this)) {
                throw loop.closedException();
            }
            if (pinned != null) {
                shared().holder = this; // The other cannot have run: this one holds the loop's thread.
                throwPinned();
            }
            interrupted |= Thread.interrupted();
            Fiber runs = standIn();
            if (interrupted && runs != this && runs.thread != null) {
                interrupted = false;
                runs.thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (deliveries != null) {
            sendInterrupt();
        }
    }

    private Baton shared() {
        Baton known = baton;
        if (known == null) {
            throw new AssertionError("a fiber without a baton; please report");
        }
        return known;
    }

    /** Apart from {@link #run}, whose frame is part of every parked green thread: what a compiler makes room for there, each of them pays. */
    private void finish() {
        ended = true;
        for (Delivery each = deliveries; each != null; each = each.nextDelivery) {
            each.settle();
        }
        deliveries = null;
        loop.leave(this);
    }

    /**
     * Throws {@code delivery} into this fiber and returns when it has been resumed with it, or interrupted. Any thread; on the fiber itself, the
     * delivery stays on its way until its next wait.
     *
     * @param delivery addressed to this fiber
     */
    public final void send(Delivery delivery) {
        post(delivery);
        if (thread != Thread.currentThread()) {
            delivery.awaitSettled();
        }
    }

    /**
     * Puts {@code delivery} on its way into this fiber and waits for nothing. Any thread.
     *
     * @param delivery addressed to this fiber
     */
    public final void post(Delivery delivery) {
        if (loop.isHere()) {
            delivery.fire();
        } else {
            loop.tell(delivery::fire, delivery::settle);
        }
    }

    /** The loop has run out of patience: a wait of this fiber ends with the loop's exception. On the loop. */
    final void unwind() {
        if (waitingFor != null) {
            unpark();
        }
    }

    /** A wait that holds the loop's thread cannot end by itself. Called by the watch thread. */
    final void failPinned(int wait, Object what, String obstacle, String why) {
        pinned = new PinnedWait(wait, what, waitingSince, obstacle, why);
        unpark();
    }

    private void throwPinned() {
        PinnedWait found = pinned;
        pinned = null;
        if (found != null && found.number == waits) {
            loop.timers.cancel(this);
            FlightEvents.pinnedWait(this, found.what, found.obstacle, loop.hub().nanoTime() - found.since);
            throw new PinnedWaitException(found.why);
        }
    }

    private record PinnedWait(int number, Object what, long since, String obstacle, String why) {}
}
