package dev.verdant.green.stream;

import dev.verdant.green.GreenTask;
import dev.verdant.green.kernel.Pollable;

/**
 * A channel whose readiness is acted upon by whoever runs the {@link IOLoop}: the hub's news puts it into the queue of callbacks, once. Confined to its loop.
 */
abstract class Watched implements GreenTask, Pollable.Listener {

    private final IOLoop ioLoop;
    private boolean queued;

    Watched(IOLoop ioLoop) {
        this.ioLoop = ioLoop;
    }

    /** Puts it into the queue, unless it is there. */
    final void enqueue() {
        if (!queued) {
            queued = true;
            ioLoop.enqueue(this);
        }
    }

    @Override
    public final void run() throws Exception {
        queued = false;
        act();
    }

    /** Does what is possible now. On the green thread that runs the loop. */
    abstract void act() throws Exception;
}
