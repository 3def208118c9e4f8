package dev.verdant.green.ssl;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts who is inside a thing that has an end, so that what it holds is given back when it has ended and the last one has left, and not before. Any
 * thread.
 */
final class Uses {

    private static final int ENDED = 1 << 31;

    private final AtomicInteger state = new AtomicInteger();
    private final Runnable last;

    /** {@code last} is run once, by whoever leaves last, or by the end if nobody is inside. */
    Uses(Runnable last) {
        this.last = last;
    }

    /** Returns false if it has ended; otherwise {@link #leave} follows. */
    boolean enter() {
        int seen = state.get();
        while (seen >= 0) {
            if (state.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = state.get();
        }
        return false;
    }

    void leave() {
        if (state.decrementAndGet() == ENDED) {
            last.run();
        }
    }

    /** Lets nobody in any more. Twice does nothing more. */
    void end() {
        int seen = state.get();
        while (seen >= 0) {
            if (state.compareAndSet(seen, seen | ENDED)) {
                if (seen == 0) {
                    last.run();
                }
                return;
            }
            seen = state.get();
        }
    }

    boolean isUsed() {
        return (state.get() & ~ENDED) != 0;
    }

    boolean hasEnded() {
        return state.get() < 0;
    }
}
