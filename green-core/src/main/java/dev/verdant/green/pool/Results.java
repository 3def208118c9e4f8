package dev.verdant.green.pool;

import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The tasks of a pile that were started and not taken yet. Used by one green thread, but for what tasks tell when they end. */
sealed interface Results<T extends @Nullable Object> extends GreenPool.Membership {

    /** Adds a task that was started in this group. */
    void add(GreenThread<T> task);

    /** Waits for the next that has ended, and takes it. Not called without one. A wait that ends early takes nothing. */
    GreenThread<T> take() throws InterruptedException;

    /** Takes a take back. */
    void putBack(GreenThread<T> task);

    int size();

    default boolean isEmpty() {
        return size() == 0;
    }

    /** Kills those that still run and forgets all. */
    void close();

    /** In the order of the spawns. */
    final class InOrder<T extends @Nullable Object> implements Results<T> {

        private final GreenPool.Places places;
        private final ArrayDeque<GreenThread<T>> tasks = new ArrayDeque<>();

        InOrder(GreenPool pool) {
            this.places = pool.places();
        }

        @Override
        public GreenPool.Places places() {
            return places;
        }

        @Override
        public void ended(Fiber member) {
            places.giveBack();
        }

        @Override
        public void endedInline(Fiber inline) {}

        @Override
        public void add(GreenThread<T> task) {
            tasks.add(task);
        }

        @Override
        public GreenThread<T> take() throws InterruptedException {
            awaitEnd(tasks.element());
            return tasks.remove();
        }

        /** Waits without looking at how it ended, so that what ends the wait early is told from what ended the task. */
        private static void awaitEnd(GreenThread<?> task) throws InterruptedException {
            if (task.isDone()) {
                return;
            }
            try {
                task.get();
            } catch (ExecutionException | CancellationException e) {
                if (!task.isDone()) {
                    throw Sneaky.thrown(e); // What the caller is killed with, or its timeout throws.
                }
                // Else it is the task's, and said at its place.
            }
        }

        @Override
        public void putBack(GreenThread<T> task) {
            tasks.addFirst(task);
        }

        @Override
        public int size() {
            return tasks.size();
        }

        @Override
        public void close() {
            for (var task = tasks.poll(); task != null; task = tasks.poll()) {
                task.kill();
            }
        }
    }

    /** In the order in which they end. */
    final class AsTheyEnd<T extends @Nullable Object> extends Guard implements Results<T> {

        private final GreenPool.Places places;

        /** Started and not taken. */
        private final Set<GreenThread<T>> untaken = new HashSet<>();

        // Guarded: those that have ended, and the thread that waits for one.
        private final ArrayDeque<GreenThread<T>> ended = new ArrayDeque<>();
        private final WaitList waiters = new WaitList();

        AsTheyEnd(GreenPool pool) {
            this.places = pool.places();
        }

        @Override
        public GreenPool.Places places() {
            return places;
        }

        @Override
        public void ended(Fiber member) {
            arrive(member);
            places.giveBack();
        }

        @Override
        public void endedInline(Fiber inline) {
            arrive(inline);
        }

        @SuppressWarnings("unchecked") // a task of this group is one of T
        private void arrive(Fiber member) {
            var task = (GreenThread<T>) member;
            lock();
            Waiter waiter = waiters.take(task);
            if (waiter == null) {
                ended.add(task);
            }
            unlock();
            if (waiter != null) {
                waiter.unpark();
            }
        }

        @Override
        public void add(GreenThread<T> task) {
            untaken.add(task);
        }

        @Override
        public GreenThread<T> take() throws InterruptedException {
            GreenThread<T> task = takeEnded();
            while (!untaken.remove(task)) {
                task = takeEnded(); // The other was forgotten.
            }
            return task;
        }

        @SuppressWarnings("unchecked") // handed over by arrive()
        private GreenThread<T> takeEnded() throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            lock();
            try {
                GreenThread<T> first = ended.poll();
                if (first != null) {
                    return first;
                }
                waiters.add(waiter);
            } finally {
                unlock();
            }
            boolean _ = await(waiters, waiter, this, -1);
            var task = (GreenThread<T>) Objects.requireNonNull(waiter.value());
            waiter.value(null);
            return task;
        }

        @Override
        public void putBack(GreenThread<T> task) {
            untaken.add(task);
            lock();
            ended.addFirst(task);
            unlock();
        }

        @Override
        public int size() {
            return untaken.size();
        }

        @Override
        public void close() {
            for (GreenThread<T> task : untaken) {
                task.kill();
            }
            untaken.clear();
            lock();
            ended.clear();
            unlock();
        }

        @Override
        public String toString() {
            return "the next result of a pile in a pool of " + places.size();
        }
    }
}
