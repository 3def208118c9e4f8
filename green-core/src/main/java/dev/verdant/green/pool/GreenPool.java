package dev.verdant.green.pool;

import dev.verdant.green.GreenBiFunction;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenFunction;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Group;
import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Green threads up to a number: a spawn into a full pool waits for room.
 *
 * <p>Whoever waits is served first come, first served. A member of a full pool that spawns into it runs the body itself, so a pool that feeds
 * itself cannot deadlock. Any thread may ask and resize; spawning needs a loop, on which the new thread runs.
 */
public final class GreenPool {

    private static final int DEFAULT_SIZE = 1000;

    private final Places places;

    /** Creates a pool of 1000. */
    public GreenPool() {
        this(DEFAULT_SIZE);
    }

    /**
     * Creates a pool.
     *
     * @param size how many run at a time; 0 lets nobody run until it is resized
     */
    public GreenPool(int size) {
        this.places = new Places(checkSize(size));
    }

    private static int checkSize(int size) {
        if (size < 0) {
            throw new IllegalArgumentException("size: " + size + " (expected: >= 0)");
        }
        return size;
    }

    /**
     * Starts a green thread in the pool, and waits for room before if it is full. A member of a full pool runs the body itself.
     *
     * @param <T> what the body returns
     * @param body the body
     * @return its handle
     * @throws InterruptedException if a user interrupted the wait
     */
    @SuppressWarnings("unchecked") // the fiber of a body that returns T is a handle of T
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<T> body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        return (GreenThread<T>) start("GreenPool.spawn", body, false, places);
    }

    /**
     * Starts a green thread in the pool, and waits for room before if it is full. A member of a full pool runs the body itself.
     *
     * @param body the body
     * @return its handle
     * @throws InterruptedException if a user interrupted the wait
     */
    public GreenThread<@Nullable Void> spawn(GreenTask body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        return this.<@Nullable Void>spawn(body.toCallable());
    }

    /**
     * Starts a green thread without a handle; what it throws is reported.
     *
     * @param body the body
     * @throws InterruptedException if a user interrupted the wait
     */
    public void spawnN(GreenTask body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        Fiber _ = start("GreenPool.spawnN", body.toCallable(), true, places);
    }

    /** Starts a member of one of this pool's groups, waiting for its place. */
    Fiber start(String call, Callable<?> body, boolean detached, Membership group) throws InterruptedException {
        Fiber caller = Loop.requireFiber(call);
        return places.take(this)
                ? startPlaced(caller.loop(), body, detached, group)
                : runInCaller(caller, body, detached, group);
    }

    /** Takes a place if one is free. */
    boolean tryTakePlace() {
        return places.tryTake();
    }

    /** Starts a member for which a place was taken. */
    Fiber startPlaced(Loop loop, Callable<?> body, boolean detached, Membership group) {
        boolean started = false;
        try {
            Fiber member = loop.host().prepare(loop, body, detached, group);
            loop.start(member, null);
            started = true;
            return member;
        } finally {
            if (!started) {
                places.giveBack();
            }
        }
    }

    /** What is thrown into the caller is the caller's, whosever body it runs. */
    private static Fiber runInCaller(Fiber caller, Callable<?> body, boolean detached, Membership group) {
        var thrownIntoCaller = new Throwable[1];
        Loop loop = caller.loop();
        Fiber inline = loop.host().prepare(loop, () -> {
            try {
                return body.call();
            } catch (Throwable e) {
                if (e instanceof Timeout || e instanceof GreenExit || caller.isKilledBy(e)) {
                    thrownIntoCaller[0] = e;
                    if (detached) {
                        throw new GreenExit("what ended its caller has ended it"); // Nobody needs to be told of it twice.
                    }
                }
                throw e;
            }
        }, detached, group::endedInline);
        inline.runHere();
        if (thrownIntoCaller[0] != null) {
            var _ = ((GreenThread<?>) inline).state(); // Asked for: the caller gets to see it.
            throw Sneaky.thrown(thrownIntoCaller[0]);
        }
        return inline;
    }

    /**
     * Applies a function to each item, up to the pool's size at a time and within the pool's limit, and gives the results in the order of the
     * items. Items are taken as results are: an input without end is fine, and an iterator that is abandoned holds nothing but what runs.
     *
     * @param <A> what the function takes
     * @param <R> what it returns
     * @param function what is applied, each time in a green thread of its own
     * @param items the input; what it throws is thrown at its place
     * @return an iterator over the results
     */
    public <A extends @Nullable Object, R extends @Nullable Object> GreenPile<R> imap(
            GreenFunction<? super A, ? extends R> function,
            Iterable<? extends A> items) {
        return map(function, items, false);
    }

    /**
     * Applies a function to each item as {@link #imap} does, and gives the results in the order in which they come.
     *
     * @param <A> what the function takes
     * @param <R> what it returns
     * @param function what is applied, each time in a green thread of its own
     * @param items the input; what it throws is thrown when it is met
     * @return an iterator over the results
     */
    public <A extends @Nullable Object, R extends @Nullable Object> GreenPile<R> imapUnordered(
            GreenFunction<? super A, ? extends R> function,
            Iterable<? extends A> items) {
        return map(function, items, true);
    }

    /**
     * Applies a function of two arguments to each pair, as {@link #imap} does to each item.
     *
     * @param <A> what the function takes first
     * @param <B> what it takes second
     * @param <R> what it returns
     * @param function what is applied, each time in a green thread of its own
     * @param pairs the input; what it throws is thrown at its place
     * @return an iterator over the results, in the order of the pairs
     */
    public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> GreenPile<R> starmap(
            GreenBiFunction<? super A, ? super B, ? extends R> function, Iterable<Map.Entry<A, B>> pairs) {
        Objects.requireNonNull(function, "function");
        return map(pair -> function.apply(pair.getKey(), pair.getValue()), pairs, false);
    }

    private <A extends @Nullable Object, R extends @Nullable Object> GreenPile<R> map(
            GreenFunction<? super A, ? extends R> function, Iterable<? extends A> items, boolean asTheyEnd) {
        Objects.requireNonNull(function, "function");
        Objects.requireNonNull(items, "items");
        Loop.requireFiber("GreenPool.imap");
        var source = items.iterator();
        return GreenPile.over(this, new GreenPile.Source<R>() {
            @Override
            public boolean hasNext() {
                return source.hasNext();
            }

            @Override
            public Callable<R> next() {
                A item = source.next();
                return () -> function.apply(item);
            }
        }, asTheyEnd);
    }

    /**
     * Waits until no member runs and no spawn waits.
     *
     * @throws InterruptedException if a user interrupted the wait
     * @throws IllegalStateException if a member calls it: it would wait for itself
     */
    public void waitAll() throws InterruptedException {
        places.awaitIdle(this);
    }

    /**
     * Changes the size. Growing lets those in who wait; shrinking lets members finish, and {@link #free()} may be negative meanwhile.
     *
     * @param size how many run at a time, at least 0
     */
    public void resize(int size) {
        places.resize(checkSize(size));
    }

    /**
     * Returns how many more could run.
     *
     * @return the size less {@link #running()}
     */
    public int free() {
        return places.free();
    }

    /**
     * Returns how many members run, or are about to.
     *
     * @return at least 0
     */
    public int running() {
        return places.running();
    }

    /**
     * Returns how many spawns wait for room.
     *
     * @return at least 0
     */
    public int waiting() {
        return places.waiting();
    }

    int size() {
        return places.size();
    }

    @Override
    public String toString() {
        return "GreenPool[" + running() + " of " + size() + " run, " + waiting() + " wait]";
    }

    Places places() {
        return places;
    }

    /** What a member's green thread belongs to: the pool's places, which it gives its place back to. */
    interface Membership extends Group {

        Places places();

        /** A body has ended that had no place of its own, because a member has run it. */
        void endedInline(Fiber inline);
    }

    /** The places of a pool, and who waits for one. */
    static final class Places extends Guard implements Membership {

        /** Changed under the guard, read without. */
        private volatile int size;

        // All guarded.
        private int taken;
        private final WaitList spawners = new WaitList();
        private final WaitList idlers = new WaitList();

        Places(int size) {
            this.size = size;
        }

        @Override
        public Places places() {
            return this;
        }

        @Override
        public void ended(Fiber member) {
            giveBack();
        }

        @Override
        public void endedInline(Fiber inline) {}

        /** Tells whether the caller has a place here: until its body has ended. */
        private boolean callerIsMember() {
            Fiber caller = Loop.currentFiber();
            Fiber member = caller == null ? null : caller.owner();
            return member != null && member.group() instanceof Membership group && group.places() == this
                    && !((GreenThread<?>) member).isDone();
        }

        boolean tryTake() {
            lock();
            try {
                if (taken < size && spawners.size() == 0) {
                    taken++;
                    return true;
                }
                return false;
            } finally {
                unlock();
            }
        }

        /** Takes a place, waiting for it; returns false if the caller is a member of a pool that is full. */
        boolean take(GreenPool pool) throws InterruptedException {
            if (tryTake()) {
                return true;
            }
            if (callerIsMember()) {
                return false;
            }
            Waiter waiter = Waiter.ofCaller();
            lock();
            try {
                if (taken < size && spawners.size() == 0) {
                    taken++;
                    return true;
                }
                spawners.add(waiter);
            } finally {
                unlock();
            }
            boolean took = false;
            try {
                took = await(spawners, waiter, pool, -1);
                return true;
            } finally {
                if (!took) {
                    wakeIdlers();
                }
            }
        }

        /** Somebody who waited for a place has left: that may have been the last that others wait for. */
        private void wakeIdlers() {
            lock();
            Waiter[] idle = takeIdlers();
            unlock();
            WaitList.unparkAll(idle);
        }

        private Waiter[] takeIdlers() {
            return taken == 0 && spawners.size() == 0 ? idlers.takeAll() : WaitList.nobody();
        }

        void giveBack() {
            lock();
            Waiter next = taken <= size ? spawners.take() : null;
            if (next == null) {
                taken--;
            }
            Waiter[] idle = takeIdlers();
            unlock();
            if (next != null) {
                next.unpark();
            }
            WaitList.unparkAll(idle);
        }

        void resize(int newSize) {
            lock();
            size = newSize;
            unlock();
            while (letOneIn()) {
                // Until it is full again or nobody waits.
            }
        }

        private boolean letOneIn() {
            lock();
            Waiter next = taken < size ? spawners.take() : null;
            if (next != null) {
                taken++;
            }
            unlock();
            if (next != null) {
                next.unpark();
            }
            return next != null;
        }

        void awaitIdle(GreenPool pool) throws InterruptedException {
            if (callerIsMember()) {
                throw new IllegalStateException("waitAll was called by a member of a pool of " + size
                        + ", which would wait for itself. Call it from outside the pool.");
            }
            Waiter waiter = Waiter.ofCaller();
            lock();
            try {
                if (taken == 0 && spawners.size() == 0) {
                    return;
                }
                idlers.add(waiter);
            } finally {
                unlock();
            }
            boolean _ = await(idlers, waiter, pool, -1);
        }

        int free() {
            lock();
            try {
                return size - taken;
            } finally {
                unlock();
            }
        }

        int running() {
            lock();
            try {
                return taken;
            } finally {
                unlock();
            }
        }

        int waiting() {
            lock();
            try {
                return spawners.size();
            } finally {
                unlock();
            }
        }

        int size() {
            return size;
        }
    }
}
