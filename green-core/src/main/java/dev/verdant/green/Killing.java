package dev.verdant.green;

import dev.verdant.green.kernel.Durations;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The killing of several green threads at once. */
final class Killing {

    private static final int NAMED = 5;

    private final List<GreenFiber<?>> ours = new ArrayList<>();
    private final List<GreenThread<?>> others = new ArrayList<>();
    private final Throwable cause;
    private @Nullable Throwable failure;

    Killing(Collection<? extends GreenThread<?>> threads, Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        for (var thread : new LinkedHashSet<GreenThread<?>>(threads)) {
            if (Objects.requireNonNull(thread, "thread") instanceof GreenFiber<?> fiber) {
                ours.add(fiber);
            } else {
                others.add(thread);
            }
        }
        this.cause = cause;
    }

    /** Those that have not begun first, so that none of them is begun by the end of another. */
    void send() {
        ours.removeIf(fiber -> fiber.stop(cause));
        ours.forEach(fiber -> fiber.doom(cause));
        for (var other : others) {
            try {
                other.kill(cause);
            } catch (Throwable e) { // the others must not be spared for it
                failure = failure == null ? e : failure;
            }
        }
    }

    /** Waits until they have ended; the caller need not wait for itself. */
    void await(Fiber caller, long nanos, @Nullable Duration timeout) throws InterruptedException, TimeoutException {
        ours.remove(caller);
        others.remove(caller);
        Loop clock = caller.loop();
        long deadline = nanos < 0 ? 0 : clock.deadlineAfter(nanos);
        try (var ends = new FinishOrder<GreenFiber<?>>(clock, ours, ours.size(), nanos)) {
            while (ends.awaitNext() != null) {
                // Until all have ended or the time has passed.
            }
        }
        for (var other : others) {
            await(caller, other, nanos < 0 ? Long.MAX_VALUE : Math.max(0, deadline - clock.hub().nanoTime()));
        }
        if (failure != null) {
            throw Sneaky.thrown(failure);
        }
        checkEnded(timeout);
    }

    private static void await(Fiber caller, GreenThread<?> thread, long nanos) throws InterruptedException {
        try {
            var _ = thread.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | CancellationException | TimeoutException e) {
            if (caller.isKilledBy(e)) {
                throw Sneaky.thrown(e);
            }
            // How it has ended is of no interest, and whether it has is looked at later.
        }
    }

    private void checkEnded(@Nullable Duration timeout) throws TimeoutException {
        var alive = new ArrayList<GreenThread<?>>(ours);
        alive.addAll(others);
        alive.removeIf(GreenThread::isDone);
        if (!alive.isEmpty()) {
            String names = alive.stream().limit(NAMED).map(thread -> "'" + thread.name() + "'")
                    .collect(Collectors.joining(", "));
            throw new TimeoutException(alive.size() + " killed green threads have not ended within "
                    + Durations.describe(timeout) + ": " + names + (alive.size() > NAMED ? ", ..." : ""));
        }
    }
}
