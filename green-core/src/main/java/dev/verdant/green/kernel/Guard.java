package dev.verdant.green.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One word that guards a primitive's state for a bounded number of instructions: never across a park, a wake-up or a callback. Any thread may
 * take it, but for a loop's own.
 *
 * <p>A green thread cannot lose the processor to another of its loop while it holds the word, so within a loop it is never contended; between
 * loops and other threads it is held so briefly that spinning is right, and yielding after that.
 */
public class Guard {

    private static final int SPINS = 100;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Guard.class, "word", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by the handle
    private volatile int word;

    /** Creates one that is free. */
    protected Guard() {}

    /** Takes the word. Not re-entrant. */
    protected final void lock() {
        if (!WORD.compareAndSet(this, 0, 1)) {
            lockContended();
        }
    }

    private void lockContended() {
        for (int spins = 0; !WORD.weakCompareAndSetAcquire(this, 0, 1); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /** Gives the word back. */
    protected final void unlock() {
        WORD.setRelease(this, 0);
    }

    /**
     * Waits in a list that this word guards, without the word, until somebody takes the waiter out. Whatever ends the wait early ends it only if
     * nobody has taken the waiter out meanwhile, so who leaves early has got nothing and need give nothing back; and what was thrown at a waiter that
     * did get something waits for its next wait.
     *
     * @param list where the waiter was added
     * @param waiter the caller's
     * @param what what it waits for, shown in dumps
     * @param nanos for how long at the most; less than 0 is for ever
     * @return true if it was taken out, as always if there is no time; false if it has left because the time has passed, or because of something that was
     *         taken back in that moment
     * @throws InterruptedException if a user interrupted the thread first
     */
    protected final boolean await(WaitList list, Waiter waiter, Object what, long nanos) throws InterruptedException {
        while (!waiter.awaitGrant(what, nanos)) {
            lock(); // Where it is contended, others run, and one of them may take back what had called this thread away.
            boolean goesOn = nanos < 0 && !waiter.isCalled();
            boolean left = !goesOn && list.remove(waiter);
            unlock();
            if (left) {
                waiter.leave();
                return false;
            }
            if (!goesOn) {
                return true;
            }
        }
        return true;
    }
}
