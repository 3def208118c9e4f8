package dev.verdant.green.stream;

import dev.verdant.green.GreenTask;
import dev.verdant.green.kernel.Durations;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is called again and again on the {@link IOLoop}. The calls keep to the schedule that the first one began: one that takes longer than the period
 * makes those be left out that it has missed, and the next comes when it would have come anyhow. Calls never overlap. Confined to its loop.
 */
public final class PeriodicCallback {

    private final IOLoop ioLoop;
    private final Callable<? extends @Nullable CompletionStage<?>> callback;
    private final long period;
    private final double jitter;
    private final DoubleSupplier random;

    /** The moment for which the next call is, or the one that is under way was, set. */
    private long scheduled;

    private @Nullable DelayedCall next;
    private boolean running;

    /** Tells one {@link #start} from the next. */
    private int starts;

    /**
     * Creates one that is not started. On a loop.
     *
     * @param callback what is called; what it throws is reported, and the next call comes
     * @param period from one call to the next
     */
    public PeriodicCallback(GreenTask callback, Duration period) {
        this(callback, period, 0);
    }

    /**
     * Creates one whose calls are spread, so that many of them do not come together.
     *
     * @param callback what is called
     * @param period from one call to the next, on the average
     * @param jitter how much a period may vary, as a share of it: 0.1 lets it vary by five per cent either way
     */
    public PeriodicCallback(GreenTask callback, Duration period, double jitter) {
        this(callback, period, jitter, () -> ThreadLocalRandom.current().nextDouble());
    }

    /**
     * Creates one whose chance the caller brings: for tests.
     *
     * @param callback what is called
     * @param period from one call to the next, on the average
     * @param jitter how much a period may vary, as a share of it
     * @param random numbers from 0 to 1
     */
    public PeriodicCallback(GreenTask callback, Duration period, double jitter, DoubleSupplier random) {
        this(asCallable(callback), period, jitter, random);
    }

    private PeriodicCallback(Callable<? extends @Nullable CompletionStage<?>> callback, Duration period, double jitter,
            DoubleSupplier random) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("period: " + Durations.describe(period) + " (expected: > 0)");
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter: " + jitter + " (expected: 0 to 1)");
        }
        this.ioLoop = IOLoop.current();
        this.callback = callback;
        this.period = period.toNanos();
        this.jitter = jitter;
        this.random = Objects.requireNonNull(random, "random");
    }

    private static Callable<@Nullable CompletionStage<?>> asCallable(GreenTask callback) {
        Objects.requireNonNull(callback, "callback");
        return () -> {
            callback.run();
            return null;
        };
    }

    /**
     * Creates one of something that goes on after its call: the next call comes when its stage is complete.
     *
     * @param callback what is called
     * @param period from one call to the next
     * @return one that is not started
     */
    public static PeriodicCallback ofStages(Callable<? extends CompletionStage<?>> callback, Duration period) {
        return new PeriodicCallback(Objects.requireNonNull(callback, "callback"), period, 0, () -> 0.5);
    }

    /** Starts: the first call comes after a period. When it runs already, this does nothing. */
    public void start() {
        ioLoop.checkHere("PeriodicCallback.start");
        if (!running) {
            running = true;
            starts++;
            scheduled = ioLoop.time();
            schedule();
        }
    }

    /** Stops; a call that is under way goes on to its end. */
    public void stop() {
        ioLoop.checkHere("PeriodicCallback.stop");
        running = false;
        DelayedCall waiting = next;
        if (waiting != null) {
            ioLoop.removeTimeout(waiting);
            next = null;
        }
    }

    /**
     * Tells whether it has been started and not stopped.
     *
     * @return true between the two
     */
    public boolean isRunning() {
        return running;
    }

    private void schedule() {
        double spread = jitter == 0 ? 1 : 1 + jitter * (random.getAsDouble() - 0.5);
        scheduled = following(scheduled, ioLoop.time(), Math.max(1, Math.round(period * spread)));
        next = ioLoop.callAt(scheduled, this::call);
    }

    /** The first moment after now that lies whole periods after a scheduled one. A clock that has gone back changes nothing. */
    static long following(long scheduled, long now, long period) {
        long late = now - scheduled;
        return scheduled + (late < 0 ? 1 : late / period + 1) * period;
    }

    private void call() throws Exception {
        int mine = starts;
        CompletionStage<?> stage = null;
        try {
            stage = callback.call();
        } finally {
            if (stage == null) {
                goOn(mine);
            } else {
                ioLoop.addFuture(stage, (_, failure) -> {
                    goOn(mine);
                    if (failure != null) {
                        throw failure instanceof Exception e ? e : new java.util.concurrent.ExecutionException(failure);
                    }
                });
            }
        }
    }

    private void goOn(int mine) {
        if (running && starts == mine) {
            schedule();
        }
    }
}
