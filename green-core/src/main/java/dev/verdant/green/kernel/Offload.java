package dev.verdant.green.kernel;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A few native threads for what blocks in the operating system and would hold a loop: name look-ups, files. Each kind of work has its own, so that a
 * slow name server does not hold files. Any thread may use it.
 *
 * <p>The threads are daemons, and end when they have been idle for some seconds. A few are made as work comes; more only when no work has ended for a
 * while, because then those that there are wait for something, and more of them would only compete with the loops for the processors. Work is
 * begun in the order in which it was asked for.
 */
public final class Offload {

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Made as work comes. */
    private static final int FEW = 4;

    /** When none has ended for so long, there may be more. */
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final List<Offload> ALL = new CopyOnWriteArrayList<>();

    private final String name;
    private final int most;

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

    /**
     * Creates one without a thread. For a process, not for a use: it is in every dump from then on.
     *
     * @param name what the threads are for, part of their names
     * @param most how many threads at the most, at least 1
     */
    public Offload(String name, int most) {
        this.name = name;
        this.most = most;
        ALL.add(this);
    }

    /**
     * Describes work. It is put into the queue when somebody first waits for it.
     *
     * @param <T> what it returns
     * @param what what the waiting is for, shown in dumps
     * @param body what may block
     * @return the work
     */
    public <T> Work<T> work(String what, Callable<T> body) {
        return new Work<>(this, what, body);
    }

    /**
     * Something to be done once, that any number of threads may wait for.
     *
     * @param <T> what it returns
     */
    public static final class Work<T> {

        /*
         * ASIDE  -> QUEUED     somebody waits for it
         * QUEUED -> ASIDE      everybody who waited has left: it need not be done
         * QUEUED -> RUNNING    a thread has taken it
         * RUNNING -> DONE      it has a result or a failure; what nobody waits for any more is thrown away with it
         */
        private enum State {
            ASIDE, QUEUED, RUNNING, DONE
        }

        private final Offload offload;
        private final String what;
        private final Callable<T> body;

        // Guarded by the offload's lock.
        private State state = State.ASIDE;
        private final WaitList waiters = new WaitList();
        private @Nullable Thread runner;
        private long since;

        /** Written before the state becomes DONE. */
        private @Nullable T value;
        private @Nullable Throwable failure;

        private Work(Offload offload, String what, Callable<T> body) {
            this.offload = offload;
            this.what = what;
            this.body = body;
        }

        /**
         * Waits until it is done. A wait that ends early leaves the others who wait undisturbed; when the last one leaves, work that has not been
         * begun is dropped, and work that has been begun ends by itself.
         *
         * @param nanos for how long at the most; less than 0 is for ever
         * @return true if it is done, false if the time has passed first
         * @throws InterruptedException if a user interrupted the thread before it was done
         */
        public boolean await(long nanos) throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            if (!offload.enlist(this, waiter)) {
                return true;
            }
            try {
                return awaitDone(waiter, nanos);
            } finally {
                if (!waiter.isWoken()) {
                    offload.leave(this, waiter);
                }
            }
        }

        /** Looks now and then whether the threads that there are get on; the less often the longer it takes. */
        private boolean awaitDone(Waiter waiter, long nanos) throws InterruptedException {
            long left = nanos < 0 ? Long.MAX_VALUE : nanos;
            for (long patience = STALL_NANOS; patience < left; patience *= 2) {
                if (waiter.await(what, patience)) {
                    return true;
                }
                left -= patience;
                offload.growIfStalled(this);
            }
            return waiter.await(what, left);
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
            offload.lock.lock();
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

    /** Returns false if it is done. */
    private boolean enlist(Work<?> work, Waiter waiter) {
        boolean grow = false;
        lock.lock();
        try {
            if (work.state == Work.State.DONE) {
                return false;
            }
            work.waiters.add(waiter);
            if (work.state == Work.State.ASIDE) {
                work.state = Work.State.QUEUED;
                queue.add(work);
                grow = wakeOne();
            }
        } finally {
            lock.unlock();
        }
        if (grow) {
            startThread();
        }
        return true;
    }

    private void leave(Work<?> work, Waiter waiter) {
        lock.lock();
        try {
            work.waiters.remove(waiter);
            if (work.state == Work.State.QUEUED && work.waiters.size() == 0) {
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
        } else if (threads < Math.min(FEW, most)) {
            threads++;
            return true;
        }
        return false;
    }

    private void growIfStalled(Work<?> work) {
        lock.lock();
        try {
            boolean stalled = work.state == Work.State.QUEUED && idle == 0
                    && System.nanoTime() - lastEnd >= STALL_NANOS;
            if (!stalled || threads >= most) {
                return;
            }
            threads++;
        } finally {
            lock.unlock();
        }
        startThread();
    }

    private void startThread() {
        boolean started = false;
        try {
            Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("verdant-" + name + "-" + number())
                    .start(this::work);
            started = true;
        } catch (OutOfMemoryError e) {
            // No native thread can be had. Those that there are will do.
            if (lastOneGone()) {
                throw e;
            }
            started = true;
        } finally {
            if (!started) {
                boolean _ = lastOneGone();
            }
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

    /** Takes one off the count. Returns true if none is left. */
    private boolean lastOneGone() {
        lock.lock();
        try {
            threads--;
            return threads == 0;
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        for (Work<?> work = next(); work != null; work = next()) {
            work.run();
            boolean _ = Thread.interrupted(); // What the body left is nobody else's.
        }
    }

    /** Waits for the next one; null when the thread is to end. */
    private @Nullable Work<?> next() {
        Work<?> work;
        boolean grow;
        lock.lock();
        try {
            if (!awaitWork()) {
                threads--;
                return null;
            }
            work = queue.removeFirst();
            running.add(work);
            work.state = Work.State.RUNNING;
            work.runner = Thread.currentThread();
            work.since = System.nanoTime();
            // Each sees to the next, so that whoever brings much at a time makes one thread and not all.
            grow = !queue.isEmpty() && wakeOne();
        } finally {
            lock.unlock();
        }
        if (grow) {
            startThread();
        }
        return work;
    }

    /** With the lock. Returns false if none has come for long enough. */
    private boolean awaitWork() {
        idle++;
        try {
            for (long left = IDLE_NANOS; queue.isEmpty();) {
                if (left <= 0) {
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
     * Describes all that have a thread or work: what runs, since when, and how much waits. Any thread.
     *
     * @return lines of text, or nothing
     */
    public static String dump() {
        var text = new StringBuilder();
        for (Offload each : ALL) {
            for (String line : each.describe()) {
                text.append(line).append('\n');
            }
        }
        return text.toString();
    }

    private List<String> describe() {
        var lines = new ArrayList<String>();
        lock.lock();
        try {
            if (threads == 0 && queue.isEmpty()) {
                return lines;
            }
            lines.add("Native threads for " + name + ": " + threads + " of " + most + ", " + idle + " idle, "
                    + queue.size() + " queued");
            long now = System.nanoTime();
            for (Work<?> work : running) {
                Thread runner = work.runner;
                lines.add("  '" + (runner == null ? "?" : runner.getName()) + "' gets " + work.what + " since "
                        + TimeUnit.NANOSECONDS.toMillis(now - work.since) + " ms");
            }
        } finally {
            lock.unlock();
        }
        return lines;
    }
}
