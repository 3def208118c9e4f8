package dev.verdant.green.pool;

import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Tasks in a pool, and their results in the order of the spawns, or in the order in which they come ({@link GreenPool#imapUnordered}). Spawned and iterated
 * by one green thread.
 *
 * <p>A task's unchecked exception or {@code Error} is thrown as itself at its place, a checked one as the cause of a {@link TaskFailedException}, and the
 * iteration can go on after it. A {@link #next()} that ends early (timeout, kill) takes nothing.
 *
 * @param <T> what the tasks return
 */
@SuppressWarnings("IterableAndIterator") // a pile is iterated once, and next() is used on its own as much as in a for loop
public final class GreenPile<T extends @Nullable Object> implements Iterator<T>, Iterable<T>, AutoCloseable {

    /*
     * A pile over a source keeps to the pool's limit twice: a task needs a place in the pool to run, and no more are under way or waiting to be taken than the
     * pool would run. Who iterates starts the tasks, so there is nobody who could be left behind when he stops. No place is held while the source is asked: it
     * may be a pile of the same pool. If the place has gone meanwhile, what was taken is kept for the next call.
     */

    private final GreenPool pool;
    private final Results<T> results;
    private Source<T> source;

    /** Taken from the source, and not started for want of a place. */
    private @Nullable Callable<T> taken;

    /** What the source threw, to be thrown after the results before it. */
    private @Nullable Throwable sourceFailure;

    /** Where a pile takes tasks of itself. */
    interface Source<T extends @Nullable Object> {

        boolean hasNext();

        Callable<T> next();

        /** Nothing but what is spawned. */
        @SuppressWarnings("unchecked") // it has no task of any type
        static <T extends @Nullable Object> Source<T> empty() {
            return (Source<T>) EMPTY;
        }
    }

    private static final Source<?> EMPTY = new Source<@Nullable Object>() {
        @Override
        public boolean hasNext() {
            return false;
        }

        @Override
        public Callable<@Nullable Object> next() {
            throw new NoSuchElementException();
        }
    };

    /** Creates a pile with a pool of 1000 of its own. */
    public GreenPile() {
        this(new GreenPool());
    }

    /**
     * Creates a pile with a pool of its own.
     *
     * @param size how many run at a time
     */
    public GreenPile(int size) {
        this(new GreenPool(size));
    }

    /**
     * Creates a pile in a pool that others may use too.
     *
     * @param pool the pool
     */
    public GreenPile(GreenPool pool) {
        this(Objects.requireNonNull(pool, "pool"), Source.empty(), new Results.InOrder<>(pool));
    }

    private GreenPile(GreenPool pool, Source<T> source, Results<T> results) {
        this.pool = pool;
        this.source = source;
        this.results = results;
    }

    /** Creates a pile that takes its tasks from a source, and starts the first. */
    static <T extends @Nullable Object> GreenPile<T> over(GreenPool pool, Source<T> source, boolean asTheyEnd) {
        var pile = new GreenPile<T>(pool, source,
                asTheyEnd ? new Results.AsTheyEnd<>(pool) : new Results.InOrder<>(pool));
        pile.fill();
        return pile;
    }

    /**
     * Starts a task, and waits for room in the pool before if it is full.
     *
     * @param body the task
     * @throws InterruptedException if a user interrupted the wait
     */
    public void spawn(Callable<T> body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        results.add(handle(pool.start("GreenPile.spawn", body, false, results)));
    }

    /**
     * Starts a task whose result is null, and waits for room in the pool before if it is full.
     *
     * @param body the task
     * @throws InterruptedException if a user interrupted the wait
     */
    @SuppressWarnings("unchecked") // null, where T may be null
    public void spawn(GreenTask body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        spawn((Callable<T>) body.toCallable());
    }

    @SuppressWarnings("unchecked") // the fiber of a body that returns T is a handle of T
    private GreenThread<T> handle(Fiber task) {
        return (GreenThread<T>) task;
    }

    /** Takes from the source as long as there is room in the pool and not more is under way than the pool would run. */
    private void fill() {
        if (source == EMPTY || sourceFailure != null) {
            return;
        }
        Loop loop = Loop.requireFiber("GreenPile.next").loop();
        while (results.size() < pool.size() && pool.free() > 0) {
            taken = takeTask();
            if (taken == null || !pool.tryTakePlace()) {
                return;
            }
            Callable<T> task = taken;
            taken = null;
            results.add(handle(pool.startPlaced(loop, task, false, results)));
        }
    }

    private @Nullable Callable<T> takeTask() {
        Callable<T> task = taken;
        taken = null;
        if (task != null || sourceFailure != null) {
            return task;
        }
        try {
            if (source.hasNext()) {
                return source.next();
            }
            source = Source.empty();
        } catch (Timeout | GreenExit e) {
            throw e; // The caller's, who has waited in the source.
        } catch (Throwable e) {
            sourceFailure = e;
        }
        return null;
    }

    /**
     * Tells whether there is a result to take. Does not wait for it.
     *
     * @return false if every task's result has been taken and the source, if any, is at its end
     */
    @Override
    public boolean hasNext() {
        fill();
        if (!results.isEmpty() || sourceFailure != null) {
            return true;
        }
        // The pool is full of others: the next task is spawned by next(), which may wait.
        taken = takeTask();
        return taken != null || sourceFailure != null;
    }

    /**
     * Waits for the next result.
     *
     * @return the result
     * @throws NoSuchElementException if there is none
     * @throws TaskFailedException if the task threw a checked exception
     * @throws GreenInterruptedException if a user interrupted the wait
     */
    @Override
    public T next() {
        fill();
        if (results.isEmpty()) {
            startOne();
        }
        GreenThread<T> ended = take();
        boolean filled = false;
        try {
            fill();
            filled = true;
        } finally {
            if (!filled) {
                results.putBack(ended); // The wait in the source has ended early.
            }
        }
        return outcome(ended);
    }

    private GreenThread<T> take() {
        try {
            return results.take();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    private void startOne() {
        taken = takeTask();
        if (taken != null) {
            results.add(handle(startWaiting(taken)));
            taken = null;
            return;
        }
        Throwable failure = sourceFailure;
        if (failure == null) {
            throw new NoSuchElementException();
        }
        sourceFailure = null;
        throw failed(failure);
    }

    private Fiber startWaiting(Callable<T> task) {
        try {
            return pool.start("GreenPile.next", task, false, results);
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    private static <T extends @Nullable Object> T outcome(GreenThread<T> ended) {
        try {
            return ended.await();
        } catch (Exception e) {
            throw failed(e);
        }
    }

    private static RuntimeException failed(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException unchecked ? unchecked : new TaskFailedException(e);
    }

    @Override
    public Iterator<T> iterator() {
        return this;
    }

    /** Kills the tasks that still run and forgets the results. Need not be called: a pile that is dropped lets its tasks end by themselves. */
    @Override
    public void close() {
        source = Source.empty();
        taken = null;
        sourceFailure = null;
        results.close();
    }
}
