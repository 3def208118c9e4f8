package dev.verdant.green.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * The fibers of a loop with virtual time that wait in the JDK, where Verdant does not know for what. Confined to the loop.
 */
final class Strangers {

    /*
     * A thread that is woken in the JDK by another of its loop is queued at once: in unpark(), by the waker. With one exception: who has waited for a monitor is
     * brought by a thread of the JDK's, "VirtualThread-unblocker", some microseconds after the monitor was released. Until then its state is BLOCKED, as that
     * of one whose monitor is still held. That thread works off lists, one after the other; so when it has brought somebody who was put on a list now, and once
     * more, it has brought everybody who was on one before. Whoever is BLOCKED then, is so because somebody holds his monitor.
     */

    private static final int SPINS = 100;

    private final List<Fiber> waiting = new ArrayList<>();
    private boolean wereBlocked;

    /** A continuation of this fiber has run, or one of a thread that the kernel does not know. */
    void note(Fiber last) {
        Thread thread = last.thread;
        if (last.waitingFor == null && thread != null && !last.isStranger && isWaiting(thread.getState())) {
            last.isStranger = true;
            waiting.add(last);
        }
    }

    /** Tells whether some wait for a monitor, or did when this was last asked. */
    boolean areOrWereBlocked() {
        boolean blocked = wereBlocked;
        wereBlocked = false;
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Fiber each = waiting.get(i);
            Thread thread = each.thread;
            Thread.State state = thread == null ? Thread.State.TERMINATED : thread.getState();
            if (each.waitingFor != null || state == Thread.State.TERMINATED) {
                each.isStranger = false;
                waiting.remove(i);
            } else if (state == Thread.State.BLOCKED) {
                wereBlocked = true;
            }
        }
        return blocked || wereBlocked;
    }

    /** Waits for who is about to be brought. Returns false if somebody may still be on his way to the loop's inbox. */
    boolean settle() {
        if (waiting.isEmpty()) {
            return true;
        }
        if (areOrWereBlocked()) {
            awaitHandOver();
        }
        for (Fiber each : waiting) {
            Thread thread = each.thread;
            if (thread != null && thread.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
                return false;
            }
        }
        return true;
    }

    private static boolean isWaiting(Thread.State state) {
        return state != Thread.State.TERMINATED && state != Thread.State.RUNNABLE;
    }

    /** Returns when everybody has been brought whose monitor was released before. On the loop's own thread. */
    static void awaitHandOver() {
        for (int round = 0; round < 2; round++) {
            var monitor = new Object();
            Thread probe;
            synchronized (monitor) {
                probe = Thread.ofVirtual().name("verdant-probe").start(() -> {
                    synchronized (monitor) {
                        // It was brought.
                    }
                });
                awaitState(probe, Thread.State.BLOCKED);
            }
            awaitState(probe, Thread.State.TERMINATED);
        }
    }

    /** Whoever brings it there may need this thread's processor. */
    private static void awaitState(Thread probe, Thread.State state) {
        for (int spins = 0; probe.getState() != state; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }
}
