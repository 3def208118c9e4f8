package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;

/** What is left of a caller's timeout, in the time of a loop's hub. */
final class Countdown {

    private final Loop loop;
    private final boolean endless;
    private final long deadline;

    /** Starts now. Less than 0 nanoseconds are for ever. */
    Countdown(Loop loop, long nanos) {
        this.loop = loop;
        this.endless = nanos < 0;
        this.deadline = endless ? 0 : loop.deadlineAfter(nanos);
    }

    /** Returns what is left in nanoseconds: less than 0 for ever, 0 if it is over. */
    long left() {
        return endless ? -1 : Math.max(0, deadline - loop.hub().nanoTime());
    }

    boolean isOver() {
        return left() == 0;
    }

    /** As {@code Socket.connect} means it: at least a millisecond, and 0 for ever. */
    int leftMillis() {
        return endless ? 0 : Math.clamp(Math.ceilDiv(left(), 1_000_000L), 1, Integer.MAX_VALUE);
    }
}
