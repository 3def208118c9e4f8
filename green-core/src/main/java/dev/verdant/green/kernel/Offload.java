package dev.verdant.green.kernel;

import dev.verdant.green.spi.FaultPoint;
import dev.verdant.hub.Hub;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A few native threads for what blocks in the operating system and would hold a loop: name look-ups, files, what users give to a {@code NativePool}. Each
 * kind of work has its own, so that a slow name server does not hold files. Any thread may use it.
 *
 * <p>The threads are daemons, and end when they have been idle for some seconds; nothing else holds one that is not used any more. A few are made as work
 * comes; more only when no work has ended for a while, because then those that there are wait for something, and more of them would only compete with the
 * loops for the processors. Work is begun in the order in which it was asked for.
 */
public final class Offload {

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** When none has ended for so long, there may be more. */
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Those that have a thread: in the order in which they got it. */
    private static final CopyOnWriteArrayList<Offload> ALL = new CopyOnWriteArrayList<>();

    private static final FaultPoint SLOW = FaultPoint.named("native.slow");

    private static final long SLOWEST_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** For name look-ups. One that gets no answer holds its thread for 5 to 30 seconds, and must not hold the next one up. */
    public static final Offload NAMES = new Offload("names", 4, 64);

    private final String name;
    private final int few;
    private final int most;
    private final long idleNanos;

    /** Runs from the beginning; done when this is shut and the last thread has ended. */
    private final Work<?> end;

    /** Held for a few instructions, also by green threads: whoever waits for work gives it up. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition workCame = lock.newCondition();

    // Guarded by the lock.
    private final LinkedHashSet<Work<?>> queue = new LinkedHashSet<>();
    private final LinkedHashSet<Work<?>> running = new LinkedHashSet<>();
    private int threads;
    private int idle;
    private long made;
    private long lastEnd = System.nanoTime() - STALL_NANOS;
    private boolean shut;

    /**
     * Creates one without a thread.
     *
     * @param name what the threads are for, part of their names
     * @param few how many threads are made as work comes, at least 1
     * @param most how many threads at the most, at least {@code few}
     */
    public Offload(String name, int few, int most) {
        this(name, few, most, IDLE_NANOS);
    }

    Offload(String name, int few, int most, long idleNanos) {
        this.name = name;
        this.few = few;
        this.most = most;
        this.idleNanos = idleNanos;
        this.end = new Work<>(this, "the end of the native threads for " + name, () -> null);
        this.end.state = Work.State.RUNNING;
    }

    /**
     * Describes work. It is put into the queue when somebody first waits for it, or by {@link Work#submit}.
     *
     * @param <T> what it returns
     * @param what what the waiting is for; its {@code toString} is shown in dumps
     * @param body what may block
     * @return the work
     */
    public <T extends @Nullable Object> Work<T> work(Object what, Callable<T> body) {
        return new Work<>(this, what, body);
    }

    /**
     * Tells whether the caller is one of these threads.
     *
     * @return true inside a body
     */
    public boolean isHere() {
        return Thread.currentThread() instanceof NativeThread ours && ours.offload() == this;
    }

    /** Takes no more work: whoever brings some gets a {@link RejectedExecutionException}. What is queued is done, and then the threads end. */
    public void shut() {
        boolean ended;
        lock.lock();
        try {
            shut = true;
            workCame.signalAll();
            ended = threads == 0;
        } finally {
            lock.unlock();
        }
        if (ended) {
            done(end);
        }
    }

    /** Drops what is queued: whoever waits for it gets a {@link CancellationException}. */
    public void dropQueued() {
        List<Work<?>> dropped;
        lock.lock();
        try {
            dropped = List.copyOf(queue);
            queue.clear();
        } finally {
            lock.unlock();
        }
        for (Work<?> each : dropped) {
            each.failure = new CancellationException(name + " was closed before it began: " + each.what);
            done(each);
        }
    }

    /**
     * Waits until this is shut, all work is done and the threads have ended.
     *
     * @throws InterruptedException if a user interrupted the thread first
     */
    public void awaitEnd() throws InterruptedException {
        boolean _ = end.await(-1);
    }

    /**
     * Something to be done once, that any number of threads may wait for.
     *
     * @param <T> what it returns
     */
    public static final class Work<T extends @Nullable Object> {

        /*
         * ASIDE  -> QUEUED     somebody waits for it, or it was submitted
         * QUEUED -> ASIDE      everybody who waited has left, and it was not submitted: it need not be done
         * QUEUED -> RUNNING    a thread has taken it
         * QUEUED -> DONE       it was dropped with all that was queued
         * RUNNING -> DONE      it has a result or a failure; what nobody waits for any more is thrown away with it
         */
        private enum State {
            ASIDE, QUEUED, RUNNING, DONE
        }

        private final Offload offload;
        private final Object what;
        private final Callable<T> body;

        // Guarded by the offload's lock.
        private State state = State.ASIDE;
        private boolean submitted;
        private final WaitList waiters = new WaitList();
        private @Nullable Thread runner;
        private long since;

        /** Written before the state becomes DONE. */
        private @Nullable T value;
        private @Nullable Throwable failure;

        private Work(Offload offload, Object what, Callable<T> body) {
            this.offload = offload;
            this.what = what;
            this.body = body;
        }

        /**
         * Puts it into the queue, to be done whether anybody waits for it or not. Once, and before anybody waits.
         *
         * @return this
         * @throws RejectedExecutionException if the threads take no more
         */
        public Work<T> submit() {
            Hub held = holdVirtualTime();
            try {
                offload.submit(this);
            } finally {
                if (held != null) {
                    held.release();
                }
            }
            return this;
        }

        /** Also before it is queued: the caller may have to wait for the lock, until one of the threads lets go of it. */
        private static @Nullable Hub holdVirtualTime() {
            Loop loop = Loop.current();
            if (loop == null || !loop.isTimeVirtual()) {
                return null;
            }
            loop.hub().hold();
            return loop.hub();
        }

        /**
         * Waits until it is done. A wait that ends early leaves the others who wait undisturbed; when the last one leaves, work that has not been
         * begun and was not submitted is dropped, and work that has been begun ends by itself.
         *
         * @param nanos for how long at the most; less than 0 is for ever
         * @return true if it is done, false if the time has passed first
         * @throws InterruptedException if a user interrupted the thread before it was done
         */
        public boolean await(long nanos) throws InterruptedException {
            long left = nanos - slowness(nanos);
            Hub held = holdVirtualTime();
            try {
                return awaitInRealTime(left);
            } finally {
                if (held != null) {
                    held.release();
                }
            }
        }

        /** In virtual time it takes none, unless it is to; then this waits, and returns for how long, but no longer than the caller would. */
        private long slowness(long nanos) throws InterruptedException {
            if (!SLOW.strikes()) {
                return 0;
            }
            long delay = SLOW.draw(SLOWEST_NANOS);
            boolean _ = new Waiter().await(what, nanos < 0 ? delay : Math.min(delay, nanos));
            return nanos < 0 ? 0 : Math.min(delay, nanos);
        }

        private boolean awaitInRealTime(long nanos) throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            try {
                return !offload.enlist(this, waiter) || awaitDone(waiter, nanos);
            } finally {
                if (!waiter.isWoken()) {
                    offload.leave(this, waiter);
                }
            }
        }

        /** Looks now and then whether the threads that there are get on; the less often the longer it takes. */
        private boolean awaitDone(Waiter waiter, long nanos) throws InterruptedException {
            long left = nanos < 0 ? Long.MAX_VALUE : nanos;
            for (long patience = STALL_NANOS; patience < left && offload.few < offload.most; patience *= 2) {
                if (waiter.await(what, patience)) {
                    return true;
                }
                left -= patience;
                offload.growIfStalled(this);
            }
            return waiter.await(what, nanos < 0 ? nanos : left);
        }

        /**
         * Returns the result of work that is done.
         *
         * @return what the body returned
         * @throws Exception what the body threw, the same object each time
         */
        @SuppressWarnings("NullAway") // null only if the body returned it
        public T result() throws Exception {
            if (failure != null) {
                throw Sneaky.thrown(failure);
            }
            return value;
        }

        /**
         * Tells whether somebody waits for it or a thread runs it.
         *
         * @return false if it was dropped, is done, or was never asked for
         */
        public boolean isUnderWay() {
            offload.takeLock();
            try {
                return state == State.QUEUED || state == State.RUNNING;
            } finally {
                offload.lock.unlock();
            }
        }

        private void run() {
            try {
                value = body.call();
            } catch (Throwable e) {
                failure = e;
            }
            offload.done(this);
        }
    }

    // ---- the queue

    /** Who waits for a lock in a simulation has one turn more than who does not; and whether it is free just then is chance. */
    private void takeLock() {
        Loop loop = Loop.current();
        if (loop == null || !loop.isTimeVirtual()) {
            lock.lock();
            return;
        }
        while (!lock.tryLock()) {
            Thread.onSpinWait();
        }
    }

    /** Returns false if it is done. */
    private boolean enlist(Work<?> work, Waiter waiter) {
        boolean grow = false;
        takeLock();
        try {
            if (work.state == Work.State.DONE) {
                return false;
            }
            if (work.state == Work.State.ASIDE) {
                grow = put(work);
            }
            work.waiters.add(waiter);
        } finally {
            lock.unlock();
        }
        if (grow) {
            startThread();
        }
        return true;
    }

    private void submit(Work<?> work) {
        boolean grow;
        takeLock();
        try {
            grow = put(work);
            work.submitted = true;
        } finally {
            lock.unlock();
        }
        boolean ready = false;
        try {
            if (grow) {
                startThread();
            }
            ready = true;
        } finally {
            if (!ready) {
                withdraw(work);
            }
        }
    }

    /** With the lock. Returns true if a thread is to be made for it; it has been counted. */
    private boolean put(Work<?> work) {
        if (shut) {
            throw new RejectedExecutionException(name + " is closed and takes no more: " + work.what);
        }
        work.state = Work.State.QUEUED;
        queue.add(work);
        return wakeOne();
    }

    /** There is no thread for it, and none could be made. */
    private void withdraw(Work<?> work) {
        takeLock();
        try {
            if (queue.remove(work)) {
                work.state = Work.State.ASIDE;
            }
        } finally {
            lock.unlock();
        }
    }

    private void leave(Work<?> work, Waiter waiter) {
        takeLock();
        try {
            work.waiters.remove(waiter);
            if (work.state == Work.State.QUEUED && work.waiters.size() == 0 && !work.submitted) {
                queue.remove(work);
                work.state = Work.State.ASIDE;
            }
        } finally {
            lock.unlock();
        }
    }

    private void done(Work<?> work) {
        Waiter[] all;
        lock.lock();
        try {
            running.remove(work);
            lastEnd = System.nanoTime();
            work.runner = null;
            work.state = Work.State.DONE;
            all = work.waiters.takeAll();
        } finally {
            lock.unlock();
        }
        WaitList.unparkAll(all);
    }

    // ---- the threads

    /** With the lock. Returns true if a thread is to be made; it has been counted. */
    private boolean wakeOne() {
        if (idle > 0) {
            workCame.signal();
        } else if (threads < few) {
            countOne();
            return true;
        }
        return false;
    }

    /** With the lock: a thread is to be made. */
    private void countOne() {
        if (threads++ == 0) {
            ALL.add(this);
        }
    }

    private void growIfStalled(Work<?> work) {
        takeLock();
        try {
            boolean stalled = work.state == Work.State.QUEUED && idle == 0
                    && System.nanoTime() - lastEnd >= STALL_NANOS;
            if (!stalled || threads >= most) {
                return;
            }
            countOne();
        } finally {
            lock.unlock();
        }
        startThread();
    }

    private void startThread() {
        boolean started = false;
        try {
            new NativeThread(this, "verdant-" + name + "-" + number()).start();
            started = true;
        } catch (OutOfMemoryError e) {
            // No native thread can be had. Those that there are will do.
            if (uncountUnmade()) {
                throw e;
            }
            started = true;
        } finally {
            if (!started) {
                boolean _ = uncountUnmade();
            }
        }
    }

    private static final class NativeThread extends Thread {

        private final Offload offload;

        NativeThread(Offload offload, String name) {
            super(null, null, name, 0, false);
            this.offload = offload;
            setDaemon(true);
        }

        Offload offload() {
            return offload;
        }

        @Override
        public void run() {
            offload.work();
        }
    }

    private long number() {
        lock.lock();
        try {
            return ++made;
        } finally {
            lock.unlock();
        }
    }

    /** A thread could not be made. Returns true if there is none. */
    private boolean uncountUnmade() {
        boolean none;
        boolean ended;
        lock.lock();
        try {
            ended = uncountOne();
            none = threads == 0;
        } finally {
            lock.unlock();
        }
        if (ended) {
            done(end);
        }
        return none;
    }

    /** With the lock: a thread is no more. Returns true if it was the last there will be. */
    private boolean uncountOne() {
        if (--threads == 0) {
            ALL.remove(this);
        }
        return shut && threads == 0;
    }

    private void work() {
        while (workOnce()) {
            boolean _ = Thread.interrupted(); // What the body left is nobody else's.
        }
    }

    /** In a frame of its own, so that an idle thread holds nothing of what it did. Returns false when the thread is to end. */
    private boolean workOnce() {
        Work<?> work = next();
        if (work == null) {
            return false;
        }
        work.run();
        return true;
    }

    /** Waits for the next one; null when the thread is to end. */
    private @Nullable Work<?> next() {
        Work<?> work = null;
        boolean grow = false;
        boolean ended = false;
        lock.lock();
        try {
            if (awaitWork()) {
                work = queue.removeFirst();
                running.add(work);
                work.state = Work.State.RUNNING;
                work.runner = Thread.currentThread();
                work.since = System.nanoTime();
                // Each sees to the next, so that whoever brings much at a time makes one thread and not all.
                grow = !queue.isEmpty() && wakeOne();
            } else {
                ended = uncountOne();
            }
        } finally {
            lock.unlock();
        }
        if (grow) {
            startThread();
        }
        if (ended) {
            done(end);
        }
        return work;
    }

    /** With the lock. Returns false if none has come for long enough, or none can come. */
    private boolean awaitWork() {
        idle++;
        try {
            for (long left = idleNanos; queue.isEmpty();) {
                if (left <= 0 || shut) {
                    return false;
                }
                left = workCame.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            return !queue.isEmpty(); // Nobody's interrupt: the next work makes a thread anew.
        } finally {
            idle--;
        }
    }

    // ---- for people

    /**
     * Describes all that have a thread: what runs, since when, on which stack, and how much waits. Any thread.
     *
     * @return lines of text, or nothing
     */
    public static String dump() {
        var text = new StringBuilder();
        for (Offload each : ALL) {
            each.describe(text);
        }
        return text.toString();
    }

    private void describe(StringBuilder text) {
        List<Busy> busy = new ArrayList<>();
        lock.lock();
        try {
            text.append("Native threads for ").append(name).append(": ").append(threads).append(" of ").append(most)
                    .append(", ").append(idle).append(" idle, ").append(queue.size()).append(" queued\n");
            long now = System.nanoTime();
            for (Work<?> work : running) {
                Thread runner = work.runner;
                if (runner != null) {
                    busy.add(new Busy(runner, work.what, TimeUnit.NANOSECONDS.toMillis(now - work.since)));
                }
            }
        } finally {
            lock.unlock();
        }
        for (Busy each : busy) {
            text.append("  '").append(each.runner.getName()).append("' works on ").append(each.what).append(" since ")
                    .append(each.millis).append(" ms\n");
            for (StackTraceElement frame : each.runner.getStackTrace()) {
                text.append("      at ").append(frame).append('\n');
            }
        }
    }

    private record Busy(Thread runner, Object what, long millis) {}
}
