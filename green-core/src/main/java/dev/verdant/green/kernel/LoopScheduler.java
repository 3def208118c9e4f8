package dev.verdant.green.kernel;

import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What a green thread's continuations are given to: its loop, in the shape of a {@link ForkJoinPool} that never starts a thread.
 *
 * <p>JDK 25 sends the timed parks of a virtual thread (JDK-8351927) to {@link #schedule} if its scheduler is a {@code ForkJoinPool}, and to a
 * {@code VirtualThread-unparker} thread otherwise. This way they are timers of the loop like any other.
 *
 * <p>Any thread may call. Nothing here throws or blocks: a continuation that cannot be queued would be lost for good.
 */
final class LoopScheduler extends ForkJoinPool {

    private final Loop loop;

    LoopScheduler(Loop loop) {
        super(1);
        this.loop = loop;
    }

    Loop loop() {
        return loop;
    }

    @Override
    public void execute(Runnable continuation) {
        loop.enqueue(continuation);
    }

    @Override
    public void execute(ForkJoinTask<?> task) {
        loop.enqueue(task::invoke);
    }

    @Override
    public <T> ForkJoinTask<T> lazySubmit(ForkJoinTask<T> task) {
        loop.enqueue(task::invoke);
        return task;
    }

    @Override
    public <T> ForkJoinTask<T> externalSubmit(ForkJoinTask<T> task) {
        loop.enqueue(task::invoke);
        return task;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable wake, long delay, TimeUnit unit) {
        SelfTest.timedPark();
        var task = new TimedPark(loop, wake);
        loop.schedule(task, unit.toNanos(delay));
        return task;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("the JDK schedules only wake-ups here");
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }

    @Override
    public void shutdown() {
        // The loop ends it.
    }

    @Override
    public void close() {
        // The loop ends it.
    }

    /** A timed wait inside the JDK. The JDK cancels it on every early wake-up, from the thread that waited. */
    static final class TimedPark extends Timer implements ScheduledFuture<Object> {

        private final Loop loop;
        private final Runnable wake;
        private volatile boolean cancelled;

        /** If it is timed by the real clock: until it has fired or was cancelled, the hub's stands. */
        private volatile @Nullable Future<?> real;

        private final AtomicBoolean realIsOver = new AtomicBoolean();

        TimedPark(Loop loop, Runnable wake) {
            this.loop = loop;
            this.wake = wake;
        }

        @Override
        void fire() {
            if (!cancelled) {
                wake.run();
            }
        }

        /** It is timed by the real clock, on a loop whose time is virtual. */
        void timedBy(Future<?> timer) {
            real = timer;
        }

        /** The real clock's time has come. A carrier of the JDK's must not fire it: the thread would go on there, and not on its loop. */
        void fireFromOutside() {
            loop.tell(this::fire, () -> Thread.ofPlatform().daemon().name("verdant-late").start(this::fire));
            endReal();
        }

        private void endReal() {
            if (realIsOver.compareAndSet(false, true)) {
                loop.hub().release();
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            cancelled = true;
            Future<?> timer = real;
            if (timer != null) {
                timer.cancel(false);
                endReal();
            } else {
                loop.unschedule(this);
            }
            return true;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public boolean isDone() {
            return cancelled || place == IDLE;
        }

        @Override
        public @Nullable Object get() {
            throw new UnsupportedOperationException("a timed park has no result");
        }

        @Override
        public @Nullable Object get(long timeout, TimeUnit unit) {
            throw new UnsupportedOperationException("a timed park has no result");
        }

        @Override
        public Future.State state() {
            return cancelled ? State.CANCELLED : State.RUNNING;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(loop.untilDeadline(this), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }
}
