package dev.verdant.green.ssl;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.LoopLocal;
import dev.verdant.green.sync.GreenSemaphore;
import org.jspecify.annotations.Nullable;

/**
 * The handshakes of one loop take turns at computing: a step is about a millisecond of a loop's time, and hundreds of them one behind the other would keep every
 * other green thread waiting as long. Whose turn it is waits for nothing while it has it.
 */
final class HandshakeTurn {

    /*
     * Green threads of a loop never run at the same time, so a right that is taken for a step and given back after it would always be free. Who finds it free
     * therefore takes it and gives way first: whatever is ready runs, and what is ready for a step of its own finds the turn taken and gets in line, outside
     * of the queue of what is ready. Who was in line comes to the end of that queue when the turn is his. Either way everything else that is ready has run
     * between two steps.
     */

    private static final LoopLocal<HandshakeTurn> OF_LOOP = new LoopLocal<>(HandshakeTurn::new);

    private final GreenSemaphore free = new GreenSemaphore(1);

    private HandshakeTurn() {}

    /** Returns the one of the caller's loop; null off every loop, where nobody else is kept waiting. */
    static @Nullable HandshakeTurn ofCaller() {
        EventLoop loop = EventLoop.current();
        return loop == null ? null : OF_LOOP.get(loop);
    }

    /** Tells whether {@link #take} would have to get in line. */
    boolean isTaken() {
        return free.locked();
    }

    /**
     * Waits for the turn, first come, first served; {@link #end} follows.
     *
     * @return false if the time has passed first: then it is somebody else's
     * @throws InterruptedException if a user interrupted the wait: then it is somebody else's
     */
    boolean take(Limit limit) throws InterruptedException {
        if (!free.tryAcquire()) {
            return free.acquire(limit.left());
        }
        boolean back = false;
        try {
            Green.sleep();
            back = true;
        } catch (GreenInterruptedException e) {
            var interrupted = new InterruptedException();
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            if (!back) {
                end();
            }
        }
        return true;
    }

    /** Passes it on. */
    void end() {
        free.release();
    }
}
