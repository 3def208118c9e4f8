package dev.verdant.green.stream;

import dev.verdant.green.GreenTask;
import dev.verdant.green.kernel.Loop;
import org.jspecify.annotations.Nullable;

/** A callback that waits for its time; see {@link IOLoop#callLater}. Confined to its loop. */
public final class DelayedCall implements GreenTask {

    private final GreenTask callback;
    private Loop.@Nullable Alarm alarm;
    private boolean pending = true;

    DelayedCall(GreenTask callback) {
        this.callback = callback;
    }

    void setOn(Loop.Alarm set) {
        alarm = set;
    }

    /**
     * Tells whether the callback is still to be called. On its loop.
     *
     * @return false once it was called, or has been removed
     */
    public boolean isPending() {
        return pending;
    }

    /** Returns false if it was called or cancelled already. */
    boolean cancel() {
        boolean was = pending;
        pending = false;
        Loop.Alarm set = alarm;
        if (was && set != null) {
            set.cancel();
        }
        return was;
    }

    /** Called by the {@link IOLoop}. */
    @Override
    public void run() throws Exception {
        if (pending) {
            pending = false;
            callback.run();
        }
    }
}
