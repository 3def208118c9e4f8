package dev.verdant.green;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Green threads in the order in which they finish, as {@link Green#iwait} gives them. {@link #hasNext} waits for the next; between two the consumer may do
 * what it likes. One thread at a time may use it.
 *
 * <p>Those that have finished before come first, in the order given; each comes once. To be asked here is not to be asked for the outcome: a failure is
 * reported if nobody takes it from the handle. Close one that has not come to its end, so that the green threads forget it.
 *
 * @param <H> the type of the handles
 */
@SuppressWarnings("IterableAndIterator") // one pass, and said so
public final class FinishOrder<H extends GreenThread<?>> implements Iterator<H>, Iterable<H>, AutoCloseable {

    private final Loop clock;
    private final long deadline;
    private final boolean endless;
    private final Arrivals<H> arrivals;
    private int left;
    private @Nullable H next;

    /**
     * Links to all of them.
     *
     * @param clock whose time it is
     * @param count how many to give at the most
     * @param nanos for how long at the most, all in all; less than 0 is for ever
     */
    FinishOrder(Loop clock, Collection<? extends H> threads, int count, long nanos) {
        var each = new LinkedHashSet<H>();
        threads.forEach(thread -> each.add(Objects.requireNonNull(thread, "thread")));
        this.clock = clock;
        this.endless = nanos < 0;
        this.deadline = endless ? 0 : clock.deadlineAfter(nanos);
        this.left = Math.min(count, each.size());
        this.arrivals = new Arrivals<>(each);
        if (left > 0) {
            arrivals.link();
        }
    }

    /** Who has finished and was not given yet. */
    private static final class Arrivals<H extends GreenThread<?>> extends Guard {

        private final Set<H> threads;
        private final Consumer<GreenThread<?>> link = this::arrived;

        // Guarded.
        private final ArrayDeque<GreenThread<?>> finished;
        private final WaitList consumers = new WaitList();

        Arrivals(Set<H> threads) {
            this.threads = threads;
            this.finished = new ArrayDeque<>(threads.size() + 1);
        }

        void link() {
            try {
                for (H thread : threads) {
                    if (thread instanceof GreenFiber<?> ours) {
                        ours.watch(link);
                    } else {
                        thread.link(link);
                    }
                }
            } catch (Throwable e) { // one that cannot be linked: the others must not stay linked
                unlink();
                throw e;
            }
        }

        void unlink() {
            for (H thread : threads) {
                boolean _ = thread.unlink(link);
            }
            threads.clear();
        }

        /** By the thread that ends. */
        private void arrived(GreenThread<?> thread) {
            lock();
            Waiter consumer = consumers.take(thread);
            if (consumer == null) {
                finished.add(thread);
            }
            unlock();
            if (consumer != null) {
                consumer.unpark();
            }
        }

        /** Returns the next, or null if the time has passed. */
        @SuppressWarnings("unchecked") // only threads of the set are linked
        @Nullable H take(Object what, long nanos) throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            lock();
            var first = (H) finished.poll();
            if (first == null) {
                consumers.add(waiter);
            }
            unlock();
            if (first == null && await(consumers, waiter, what, nanos)) {
                first = (H) waiter.value();
                waiter.value(null);
            }
            return first;
        }
    }

    /** The next, or null if there is no more or the time has passed. */
    @Nullable H awaitNext() throws InterruptedException {
        if (left == 0) {
            return null;
        }
        H finished = arrivals.take(this, remaining());
        left = finished == null ? 0 : left - 1;
        if (left == 0) {
            close();
        }
        return finished;
    }

    private long remaining() {
        return endless ? -1 : Math.max(0, deadline - clock.hub().nanoTime());
    }

    /**
     * Waits until the next has finished.
     *
     * @return false if there is no more, or the time has passed
     * @throws GreenInterruptedException if a user interrupted the thread
     */
    @Override
    public boolean hasNext() {
        if (next == null) {
            try {
                next = awaitNext();
            } catch (InterruptedException e) {
                throw new GreenInterruptedException(e);
            }
        }
        return next != null;
    }

    /**
     * Waits until the next has finished, and gives it.
     *
     * @return its handle
     * @throws NoSuchElementException if there is no more, or the time has passed
     * @throws GreenInterruptedException if a user interrupted the thread
     */
    @Override
    public H next() {
        H given = hasNext() ? next : null;
        if (given == null) {
            throw new NoSuchElementException(
                    "no more green threads have finished: all were given, or the time has passed");
        }
        next = null;
        return given;
    }

    /**
     * Returns itself, for a {@code for} loop. Not a fresh iterator: what was given does not come again.
     *
     * @return this
     */
    @Override
    public Iterator<H> iterator() {
        return this;
    }

    /** Forgets those that were not given. Twice does nothing more. */
    @Override
    public void close() {
        left = 0;
        arrivals.unlink();
    }

    @Override
    public String toString() {
        return "the next of " + left + " green threads to finish";
    }
}
