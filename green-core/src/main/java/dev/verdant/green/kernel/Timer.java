package dev.verdant.green.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Something that happens at a deadline. Confined to its loop: set, cancelled and fired there. It is its own node in {@link Timers}, so that
 * setting and cancelling allocate nothing.
 */
abstract class Timer {

    /** {@link #place} of a timer that is not pending. */
    static final int IDLE = -1;

    /** The deadline, as {@code Hub.nanoTime()} less {@link Timers}' origin. */
    long deadline;

    /** Tells timers of equal deadlines apart: the earlier set fires first. */
    long sequence;

    /** The slot of the wheel, or {@code Timers.SLOTS} plus the index in the heap, or {@link #IDLE}. */
    int place = IDLE;

    @Nullable Timer next;
    @Nullable Timer previous;

    /** What happens. On the loop's own thread: no lock, no logging, no user code. */
    abstract void fire();
}
