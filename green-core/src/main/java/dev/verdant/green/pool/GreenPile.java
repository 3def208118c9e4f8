package dev.verdant.green.pool;

import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenThread;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Tasks in a pool, and their results in the order of the spawns. Spawned and iterated by one green thread.
 *
 * <p>A task's unchecked exception or {@code Error} is thrown as itself at its place, a checked one as the cause of a {@link TaskFailedException}, and the
 * iteration can go on after it. A {@link #next()} that ends early (timeout, kill) takes nothing.
 *
 * @param <T> what the tasks return
 */
@SuppressWarnings("IterableAndIterator") // a pile is iterated once, and next() is used on its own as much as in a for loop
public final class GreenPile<T extends @Nullable Object> implements Iterator<T>, Iterable<T>, AutoCloseable {

    private final GreenPool pool;
    private Source<T> source;
    private final ArrayDeque<GreenThread<? extends T>> results = new ArrayDeque<>();

    /** What the source threw, to be thrown after the results before it. */
    private @Nullable Throwable sourceFailure;

    /** Where a pile takes tasks of itself. */
    interface Source<T extends @Nullable Object> {

        boolean hasNext();

        Callable<T> next();

        /** Nothing but what is spawned. */
        static <T extends @Nullable Object> Source<T> empty() {
            return new Source<>() {
                @Override
                public boolean hasNext() {
                    return false;
                }

                @Override
                public Callable<T> next() {
                    throw new NoSuchElementException();
                }
            };
        }
    }

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
        this(Objects.requireNonNull(pool, "pool"), Source.empty());
    }

    private GreenPile(GreenPool pool, Source<T> source) {
        this.pool = pool;
        this.source = source;
    }

    /** Creates a pile that takes its tasks from a source, and starts the first. */
    static <T extends @Nullable Object> GreenPile<T> over(GreenPool pool, Source<T> source) {
        var pile = new GreenPile<T>(pool, source);
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
        results.add(pool.spawn(body));
    }

    /** Takes from the source as long as there is room in the pool and not more is under way than the pool would run. */
    @SuppressWarnings("unchecked") // the task is a Callable<T>
    private void fill() {
        while (results.size() < pool.size() && pool.free() > 0 && pool.waiting() == 0) {
            Callable<T> task = takeTask();
            if (task == null) {
                return;
            }
            var started = (GreenThread<? extends T>) pool.trySpawn(task);
            results.add(started != null ? started : spawnWaiting(task));
        }
    }

    private @Nullable Callable<T> takeTask() {
        if (sourceFailure != null) {
            return null;
        }
        try {
            return source.hasNext() ? source.next() : null;
        } catch (Throwable e) {
            sourceFailure = e;
            return null;
        }
    }

    private GreenThread<T> spawnWaiting(Callable<T> task) {
        try {
            return pool.spawn(task);
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
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
        try {
            return source.hasNext();
        } catch (Throwable e) {
            sourceFailure = e;
            return true;
        }
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
        GreenThread<? extends T> first = results.element();
        awaitEnd(first);
        results.remove();
        fill();
        return outcome(first);
    }

    private void startOne() {
        Callable<T> task = takeTask();
        if (task != null) {
            results.add(spawnWaiting(task));
            return;
        }
        Throwable failure = sourceFailure;
        if (failure == null) {
            throw new NoSuchElementException();
        }
        sourceFailure = null;
        throw failed(failure);
    }

    /** Waits without looking at how it ended, so that what ends the wait early is told from what ended the task. */
    private static void awaitEnd(GreenThread<?> task) {
        if (task.isDone()) {
            return;
        }
        try {
            task.get();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        } catch (ExecutionException | CancellationException e) {
            // Said at its place.
        }
    }

    private static <T extends @Nullable Object> T outcome(GreenThread<? extends T> ended) {
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
        for (var task = results.poll(); task != null; task = results.poll()) {
            task.kill();
        }
        source = Source.empty();
        sourceFailure = null;
    }
}
