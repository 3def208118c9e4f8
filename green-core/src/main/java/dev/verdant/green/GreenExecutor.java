package dev.verdant.green;

import dev.verdant.green.Members.Member;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** An executor that runs each task in a green thread of its own. Its futures are the threads' handles. Any thread. */
final class GreenExecutor implements ExecutorService {

    /*
     * Not an AbstractExecutorService: that would wrap the handles where it waits for several, interrupt where we kill, and measure its deadlines by
     * another clock than the loop's.
     */

    private final EventLoop loop;
    private final Members members = new Members();

    GreenExecutor(EventLoop loop) {
        this.loop = loop;
    }

    /** A task, and what was given to run: that is what {@link #shutdownNow} hands back. */
    private static class Task<T extends @Nullable Object> extends Member<T> {

        private final Runnable given;

        Task(GreenExecutor executor, Runnable given, Callable<? extends T> body) {
            super(executor.loop, executor.members, null, body);
            this.given = given;
        }
    }

    /** A task whose future nobody has. */
    private static final class Command extends Task<@Nullable Void> {

        Command(GreenExecutor executor, Runnable given) {
            super(executor, given, ((GreenTask) given::run).toCallable());
        }

        @Override
        void unseen(Throwable failure) {
            eventLoop().uncaught(Thread.currentThread(), name(), failure);
        }
    }

    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "command");
        start(new Command(this, command));
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task) {
        return begin(task);
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Runnable task, T result) {
        Objects.requireNonNull(task, "task");
        var begun = new Task<T>(this, task, () -> {
            task.run();
            return result;
        });
        start(begun);
        return begun;
    }

    @Override
    public Future<?> submit(Runnable task) {
        return this.<@Nullable Void>submit(task, null);
    }

    private <T extends @Nullable Object> GreenFiber<T> begin(Callable<T> task) {
        Objects.requireNonNull(task, "task");
        var begun = new Task<T>(this, () -> run(task), task);
        start(begun);
        return begun;
    }

    private static void run(Callable<?> task) {
        try {
            var _ = task.call();
        } catch (Exception e) {
            throw Sneaky.thrown(e);
        }
    }

    private void start(Task<?> task) {
        String refusal = members.add(task);
        if (refusal != null) {
            throw new RejectedExecutionException(refusal);
        }
        try {
            task.startOrRemove();
        } catch (LoopClosedException e) {
            throw new RejectedExecutionException(e.getMessage(), e);
        }
    }

    // ---- several at a time

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks)
            throws InterruptedException {
        return invokeAll(tasks, -1);
    }

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long timeout,
            TimeUnit unit) throws InterruptedException {
        return invokeAll(tasks, Math.max(0, unit.toNanos(timeout)));
    }

    private <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long nanos)
            throws InterruptedException {
        var begun = new ArrayList<GreenFiber<T>>(tasks.size());
        try {
            tasks.forEach(task -> begun.add(begin(task)));
            try (var ends = new FinishOrder<>(clock(), begun, begun.size(), nanos)) {
                while (ends.awaitNext() != null) {
                    // Until all have ended or the time has passed.
                }
            }
            return List.copyOf(begun);
        } finally {
            begun.forEach(task -> task.doom(new GreenExit("who waited for it has given up")));
        }
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try {
            return invokeAny(tasks, -1);
        } catch (TimeoutException e) {
            throw new AssertionError("a wait for ever has timed out; please report", e);
        }
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout,
            TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return invokeAny(tasks, Math.max(0, unit.toNanos(timeout)));
    }

    private <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("tasks: none (expected: at least one)");
        }
        var begun = new ArrayList<GreenFiber<T>>(tasks.size());
        try {
            tasks.forEach(task -> begun.add(begin(task)));
            try (var ends = new FinishOrder<>(clock(), begun, begun.size(), nanos)) {
                return firstResult(ends, begun.size());
            }
        } finally {
            for (var task : begun) {
                task.observe(); // Nobody holds it, and the failures of those that come too late are of no interest.
                task.doom(new GreenExit("another task was first"));
            }
        }
    }

    private static <T extends @Nullable Object> T firstResult(FinishOrder<GreenFiber<T>> ends, int count)
            throws InterruptedException, ExecutionException, TimeoutException {
        ExecutionException last = null;
        for (int i = 0; i < count; i++) {
            var ended = ends.awaitNext();
            if (ended == null) {
                throw new TimeoutException("none of " + count + " tasks has succeeded in time");
            }
            try {
                return ended.get();
            } catch (ExecutionException e) {
                last = e;
            } catch (CancellationException e) {
                last = new ExecutionException(e);
            }
        }
        throw Objects.requireNonNull(last);
    }

    private Loop clock() {
        return loop.kernel();
    }

    // ---- the end

    @Override
    public void shutdown() {
        members.refuse("The executor has been shut down and takes no more tasks.");
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        var neverBegan = new ArrayList<Runnable>();
        var exit = "its executor was shut down";
        for (var member : members.list()) {
            if (member.stop(new GreenExit(exit))) {
                neverBegan.add(((Task<?>) member).given);
            } else {
                member.doom(new GreenExit(exit));
            }
        }
        return neverBegan;
    }

    @Override
    public boolean isShutdown() {
        return members.refuses();
    }

    @Override
    public boolean isTerminated() {
        return members.haveEnded();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return members.awaitEnd(this, Math.max(0, unit.toNanos(timeout)));
    }

    /** Shuts down and waits for the tasks. If the wait ends early, by an interrupt, a timeout or a kill, they are killed and waited for first. */
    @Override
    public void close() {
        Fiber caller = Loop.currentFiber();
        if (caller != null && caller.owner() instanceof Member<?> member && member.isOf(members)) {
            throw new IllegalStateException("close was called by a task of " + this
                    + ", which would wait for itself. Call it from outside, or shutdown() from here.");
        }
        shutdown();
        Throwable came = null;
        try {
            boolean _ = members.awaitEnd(this, -1);
        } catch (Throwable e) { // whatever the caller was killed with
            came = e;
        }
        if (came != null) {
            finish(came);
        }
    }

    private void finish(Throwable came) {
        boolean interrupted = came instanceof InterruptedException;
        Throwable first = interrupted ? null : came;
        try {
            members.killAndAwaitEnd(this, "its executor was closed");
        } catch (Throwable e) { // the first is the one to throw
            if (first == null) {
                first = e;
            } else if (e != first) {
                first.addSuppressed(e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (first != null) {
            throw Sneaky.thrown(first);
        }
    }

    @Override
    public String toString() {
        return "an executor on " + loop + " with " + members.size() + " tasks";
    }
}
