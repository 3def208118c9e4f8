package dev.verdant.testkit.sim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The time of a world: its clock, what is still to happen, who waits for it, and the word that guards the world's state.
 */
final class Timeline {

    /*
     * The clock moves only while nothing else can: every hub of the world waits in its poll, nobody has taken a hold. Then it jumps to whatever comes
     * first, an event of the network or a hub's deadline. Whoever makes the last thing fall still makes it jump, in settle(): a poll that finds nothing, a
     * hold that is given back, a hub that closes. A hub that has got something is taken off the idle ones by whoever gave it, under the word, so the clock
     * cannot run on before that hub has looked.
     *
     * A thread that drives several hubs by hand can be in one poll only. Its other hubs count as idle while it waits there.
     *
     * The word is held for a bounded number of instructions, never across a park, a handler or a callback (a listener and a fault point excepted, which
     * promise to be as quick). So spinning for it is right, also for a loop's own thread.
     */

    static final long NEVER = Long.MAX_VALUE;

    private static final int SPINS = 100;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Timeline.class, "word", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by the handle
    private volatile int word;

    /** Changed with the word taken. */
    private volatile long now;

    // Guarded by the word.
    private final EventQueue events = new EventQueue();
    private final List<SimHub> hubs = new ArrayList<>();
    private int idle;
    private int holds;
    private long horizon = NEVER;
    private boolean stillnessTold;
    private boolean stillnessToTell;
    private @Nullable WorldListener listener;

    private volatile @Nullable Runnable onStuck;

    void enter() {
        if (!WORD.compareAndSet(this, 0, 1)) {
            enterContended();
        }
    }

    private void enterContended() {
        for (int spins = 0; !WORD.weakCompareAndSetAcquire(this, 0, 1); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    void leave() {
        WORD.setRelease(this, 0);
    }

    /** Leaves, and tells whoever wants to know that nothing can ever happen again by itself. */
    void leaveAndTell() {
        boolean stuck = stillnessToTell;
        stillnessToTell = false;
        leave();
        Runnable told = onStuck;
        if (stuck && told != null) {
            told.run();
        }
    }

    long now() {
        return now;
    }

    // ---- the rest with the word taken

    void listen(@Nullable WorldListener newListener) {
        listener = newListener;
    }

    void tell(NetEvent what, int channel, int peer, int size) {
        WorldListener told = listener;
        if (told != null) {
            told.happened(what, channel, peer, size);
        }
    }

    void onStuck(Runnable told) {
        onStuck = told;
    }

    void at(long moment, Event event) {
        events.add(event, moment);
    }

    void cancel(Event event) {
        if (event.isQueued()) {
            events.remove(event);
        }
    }

    void deliverDue() {
        long moment = now;
        while (events.next() <= moment) {
            events.take().happen();
        }
    }

    // ---- who waits

    void add(SimHub hub) {
        hubs.add(hub);
    }

    void remove(SimHub hub) {
        awake(hub);
        hubs.remove(hub);
        settle();
    }

    void hold() {
        holds++;
    }

    void release() {
        if (holds == 0) {
            throw new IllegalStateException("release without hold");
        }
        holds--;
        settle();
    }

    boolean isHeld() {
        return holds > 0;
    }

    /** From here on the clock stands at {@code limit}; {@link #NEVER} lets it run. */
    void limit(long limit) {
        horizon = limit;
        settle();
    }

    long limit() {
        return horizon;
    }

    void fallIdle(SimHub hub) {
        hub.idle = true;
        idle++;
        settle();
    }

    /** Has a hub go on that waits. */
    void awake(SimHub hub) {
        if (hub.idle) {
            idle--;
            stillnessTold = false;
            stillnessToTell = false;
            hub.goOn();
        }
    }

    private void settle() {
        while (holds == 0 && everybodyIsIdle()) {
            long next = next();
            if (next == NEVER || next > horizon) {
                jump(horizon);
                stillnessToTell |= !stillnessTold;
                stillnessTold = true;
                return;
            }
            jump(next);
            deliverDue();
            awakeWhoIsDue();
        }
    }

    private boolean everybodyIsIdle() {
        if (idle == hubs.size()) {
            return idle > 0;
        }
        for (SimHub hub : hubs) {
            if (!hub.idle && !isDrivenByOneThatWaits(hub)) {
                return false;
            }
        }
        return idle > 0;
    }

    private boolean isDrivenByOneThatWaits(SimHub hub) {
        for (SimHub other : hubs) {
            if (other.idle && other.driver == hub.driver) {
                return true;
            }
        }
        return false;
    }

    private long next() {
        long next = events.next();
        for (SimHub hub : hubs) {
            if (hub.idle) {
                next = Math.min(next, hub.deadline);
            }
        }
        return next;
    }

    private void awakeWhoIsDue() {
        for (SimHub hub : hubs) {
            if (hub.deadline <= now) {
                awake(hub);
            }
        }
    }

    private void jump(long to) {
        long from = now;
        if (to > from && to != NEVER) {
            now = to;
            WorldListener told = listener;
            if (told != null) {
                told.jumped(from, to);
            }
        }
    }
}
