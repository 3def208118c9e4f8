package dev.verdant.green;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Waiter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A green thread that is started by a timer. */
final class DelayedFiber<T extends @Nullable Object> extends GreenFiber<T> {

    private Loop.@Nullable Alarm alarm;

    /**
     * Creates one.
     *
     * @param creator if this thread has ended when the time comes, the body does not run; null if nobody's end matters
     */
    DelayedFiber(EventLoop loop, Callable<? extends T> body, @Nullable Thread creator) {
        super(loop, null, creator == null ? body : () -> {
            if (!creator.isAlive()) {
                throw new GreenExit("its creator has ended");
            }
            return body.call();
        });
    }

    /** On the loop. */
    DelayedFiber<T> startAfter(Duration delay) {
        Objects.requireNonNull(delay, "delay");
        alarm = loop().after(Waiter.nanos(delay), this::due, this::neverRan);
        return this;
    }

    @Override
    void ended() {
        Loop.Alarm pending = alarm;
        if (pending != null && loop().isHere()) {
            boolean _ = pending.cancel();
        }
    }

    /** On the loop's own thread. */
    private void due() {
        if (!isDone()) {
            start();
        }
    }
}
