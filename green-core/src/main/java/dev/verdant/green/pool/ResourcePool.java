package dev.verdant.green.pool;

import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.spi.Lending;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Things that are dear to make, lent to one user at a time: connections, buffers, browsers.
 *
 * <pre>{@code
 * var pool = new ResourcePool<>(0, 10, () -> new Connection(server));
 * try (var lease = pool.lease()) {
 *     lease.get().ask("how are you?");
 * }
 * }</pre>
 *
 * <p>They are made as they are asked for, by whoever asks, up to a number. After that, whoever asks waits, and is served first come, first served. What ends a
 * wait early, or a {@code create} that runs, takes nothing: to set a limit to either, write {@code Timeout.call(limit, pool::get)}. A {@code create} that
 * throws throws at its caller, and the next who waits tries in turn. What is not needed any more (after {@link #resize}, {@link #discard} or
 * {@link #close}) is destroyed: unless the pool was told how, by closing it if it is {@link AutoCloseable}. A pool that lends permission and no thing is a
 * semaphore. Any thread may call, on a loop or not.
 *
 * @param <T> what is lent. Each is known by its identity: {@code equals} does not matter.
 */
public final class ResourcePool<T> implements AutoCloseable {

    /** Which of several free resources is lent next. */
    public enum Order {

        /** The one that has been free longest: all get used in turn. */
        FIFO,

        /** The one that was put back last: few get used, and stay warm. */
        LIFO
    }

    private final int min;
    private final Order order;
    private final Callable<? extends T> create;
    private final Consumer<? super T> destroy;
    private final Stock stock;

    /**
     * Creates a pool that lends first what has been free longest, and closes what it does not need any more if that is {@link AutoCloseable}. Creates no
     * resource.
     *
     * @param min how many are created before the first is lent, 0 to {@code max}
     * @param max how many there are at the most, at least 0; if it is 0, whoever asks waits until the pool is resized
     * @param create makes one; may wait; called by several at a time
     */
    public ResourcePool(int min, int max, Callable<? extends T> create) {
        this(min, max, Order.FIFO, create, ResourcePool::closeIt);
    }

    /**
     * Creates a pool. Creates no resource.
     *
     * @param min how many are created before the first is lent, 0 to {@code max}
     * @param max how many there are at the most, at least 0; if it is 0, whoever asks waits until the pool is resized
     * @param order which of several free ones is lent next
     * @param create makes one; may wait; called by several at a time
     * @param destroy ends one that is not needed any more; may wait; what it throws is reported to the loop's handler
     */
    public ResourcePool(int min, int max, Order order, Callable<? extends T> create, Consumer<? super T> destroy) {
        checkMax(max);
        if (min < 0 || min > max) {
            throw new IllegalArgumentException("min: " + min + " (expected: 0 to max, which is " + max + ")");
        }
        this.min = min;
        this.order = Objects.requireNonNull(order, "order");
        this.create = Objects.requireNonNull(create, "create");
        this.destroy = Objects.requireNonNull(destroy, "destroy");
        this.stock = new Stock(max);
    }

    private static void checkMax(int max) {
        if (max < 0) {
            throw new IllegalArgumentException("max: " + max + " (expected: >= 0)");
        }
    }

    // ---- lending

    /**
     * Borrows a resource: a free one, else a new one if there may be more, else one that somebody puts back. Put it back in a {@code finally} block;
     * {@link #lease()} is the shorter way.
     *
     * @return a resource
     * @throws InterruptedException if a user interrupted the wait
     * @throws IllegalStateException if the pool is closed
     * @throws Exception what {@code create} throws, the very object
     */
    public T get() throws Exception {
        while (stock.claimPlaceBelow(min)) {
            shelve(make());
        }
        T lent = stock.take();
        if (lent == null) {
            lent = makeAndLend();
        }
        Lending.lent(this, lent);
        return lent;
    }

    private T makeAndLend() throws Exception {
        T made = make();
        if (!stock.lend(made)) {
            destroy(made);
            throw closed();
        }
        return made;
    }

    private static IllegalStateException closed() {
        return new IllegalStateException(
                "the pool is closed and lends nothing any more. Close it when its users have ended.");
    }

    /** Makes one for a place that is held for it. If that fails, the place is the next one's. */
    private T make() throws Exception {
        boolean made = false;
        try {
            T resource = Objects.requireNonNull(create.call(), "create has returned null");
            made = true;
            return resource;
        } finally {
            if (!made) {
                stock.giveUpPlace();
            }
        }
    }

    /**
     * Borrows a resource for a {@code try}-with-resources statement.
     *
     * @return a lease that puts it back when it is closed
     * @throws InterruptedException if a user interrupted the wait
     * @throws IllegalStateException if the pool is closed
     * @throws Exception what {@code create} throws, the very object
     */
    public Lease<T> lease() throws Exception {
        return new Loan(get());
    }

    /**
     * Puts a resource back that was borrowed by {@link #get()}. If somebody waits, it is his. If there are more than there may be, it is destroyed. Does not
     * wait, but for that.
     *
     * @param resource the very object that was borrowed
     * @throws IllegalArgumentException if it is not on loan from this pool: it never was, or was put back already
     */
    public void put(T resource) {
        stock.takeBack(resource);
        shelve(resource);
    }

    private void shelve(T resource) {
        if (!stock.shelve(resource)) {
            destroy(resource);
        }
    }

    /**
     * Takes a resource that was borrowed out of the pool, because it is broken, and destroys it. Whoever waits may make another.
     *
     * @param resource the very object that was borrowed
     * @throws IllegalArgumentException if it is not on loan from this pool
     */
    public void discard(T resource) {
        stock.takeBack(resource);
        try {
            destroy(resource);
        } finally {
            stock.giveUpPlace();
        }
    }

    /** A timeout or kill of the caller that arrives meanwhile is the caller's; other failures are nobody's. */
    private void destroy(T resource) {
        try {
            destroy.accept(resource);
        } catch (Timeout | GreenExit e) {
            throw e;
        } catch (Throwable e) {
            if (isKill(e)) {
                throw Sneaky.thrown(e);
            }
            report(e);
        }
    }

    /** Somebody has killed the caller with it. */
    private static boolean isKill(Throwable e) {
        Fiber caller = Loop.currentFiber();
        return caller != null && caller.isKilledBy(e);
    }

    private void report(Throwable failure) {
        Loop loop = Loop.current();
        if (loop != null) {
            loop.host().report(toString(), failure);
        } else {
            System.getLogger("dev.verdant.green").log(Level.ERROR, "Uncaught in " + this, failure);
        }
    }

    private static void closeIt(Object resource) {
        if (resource instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw isKill(e) ? Sneaky.thrown(e) : new TaskFailedException(e);
            }
        }
    }

    // ---- the pool as such

    /**
     * Changes how many there may be. Growing serves those who wait. Shrinking destroys what is free now, and the rest as it is put back;
     * {@link #free()} may be negative meanwhile.
     *
     * @param max how many there are at the most, at least 0
     */
    public void resize(int max) {
        checkMax(max);
        stock.resize(max);
        destroyExcess();
    }

    /** One at a time: what ends a {@code destroy} early must not lose the others. */
    private void destroyExcess() {
        for (T excess = stock.takeExcess(); excess != null; excess = stock.takeExcess()) {
            destroy(excess);
        }
    }

    /**
     * Ends the pool: destroys what is free, and the rest as it is put back. Whoever waits or asks later gets an {@link IllegalStateException}. Twice does
     * nothing more.
     */
    @Override
    public void close() {
        stock.close();
        destroyExcess();
    }

    /**
     * Returns how many could be borrowed without waiting for somebody.
     *
     * @return those that are free, and those that may still be made; negative if there are more than there may be
     */
    public int free() {
        return stock.free();
    }

    /**
     * Returns how many wait.
     *
     * @return at least 0
     */
    public int waiting() {
        return stock.waiting();
    }

    @Override
    public String toString() {
        return stock.describe();
    }

    /** What is lent, until it is closed. */
    private final class Loan implements Lease<T> {

        private final T resource;
        private final AtomicBoolean closed = new AtomicBoolean();
        private volatile boolean broken;

        Loan(T resource) {
            this.resource = resource;
        }

        @Override
        public T get() {
            if (closed.get()) {
                throw new IllegalStateException("the lease is closed: what it lent may be somebody else's now");
            }
            return resource;
        }

        @Override
        public void discard() {
            broken = true;
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            if (broken) {
                ResourcePool.this.discard(resource);
            } else {
                put(resource);
            }
        }
    }

    /** What there is, who has it, and who waits. */
    private final class Stock extends Guard {

        /*
         * A place is a resource or the right to make one; there are `max`. Who waits is handed a resource, or a place for which to make one (null). Neither is
         * free any more from that moment, and who comes later stands behind those who wait, so nobody can come in between.
         */

        /** Handed to those who wait when the pool is closed. */
        private static final Object NOTHING = new Object();

        // All guarded.
        private int max;

        /** Places where a resource is, or is being made. */
        private int used;

        private final ArrayDeque<T> free = new ArrayDeque<>();

        /** How often each is on loan: once, unless {@code create} returned one object several times. */
        private final IdentityHashMap<T, Integer> onLoan = new IdentityHashMap<>();

        private final WaitList waiters = new WaitList();
        private boolean closed;

        Stock(int max) {
            this.max = max;
        }

        /** Claims a place to make a resource for, if there are fewer than so many. */
        boolean claimPlaceBelow(int number) {
            lock();
            try {
                if (used >= Math.min(number, max) || waiters.size() > 0 || closed) {
                    return false;
                }
                used++;
                return true;
            } finally {
                unlock();
            }
        }

        /** Takes a resource, waiting for it; or returns null if the caller is to make one, for which a place is his. */
        @Nullable T take() throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            lock();
            try {
                if (closed) {
                    throw closed();
                }
                if (waiters.size() == 0) {
                    T next = free.pollFirst();
                    if (next != null) {
                        onLoan.merge(next, 1, Integer::sum);
                        return next;
                    }
                    if (used < max) {
                        used++;
                        return null;
                    }
                }
                waiters.add(waiter);
            } finally {
                unlock();
            }
            boolean _ = await(waiters, waiter, ResourcePool.this, -1);
            return handedTo(waiter);
        }

        @SuppressWarnings("unchecked") // a T or null, but for NOTHING
        private @Nullable T handedTo(Waiter waiter) {
            Object handed = waiter.value();
            waiter.value(null);
            if (handed == NOTHING) {
                throw closed();
            }
            return (T) handed;
        }

        /** Lends what was made. Returns false if the pool was closed meanwhile. */
        boolean lend(T made) {
            lock();
            try {
                if (closed) {
                    used--;
                    return false;
                }
                onLoan.merge(made, 1, Integer::sum);
                return true;
            } finally {
                unlock();
            }
        }

        /** It is not on loan any more. Its place is still used. */
        void takeBack(T resource) {
            boolean ours;
            lock();
            ours = onLoan.containsKey(resource);
            if (ours) {
                onLoan.computeIfPresent(resource, (_, times) -> times == 1 ? null : times - 1);
            }
            unlock();
            if (!ours) {
                throw new IllegalArgumentException("resource: " + resource.getClass().getName() + "@"
                        + Integer.toHexString(System.identityHashCode(resource))
                        + " (expected: one that is on loan from this pool; it never was, or was put back already)");
            }
            Lending.givenBack(ResourcePool.this, resource);
        }

        /** Hands what is in a place and not on loan to who waits, or keeps it. Returns false if there are too many: it has no place any more. */
        boolean shelve(T resource) {
            Waiter next;
            lock();
            try {
                if (used > max || closed) {
                    used--;
                    return false;
                }
                next = waiters.take(resource);
                if (next != null) {
                    onLoan.merge(resource, 1, Integer::sum);
                } else if (order == Order.FIFO) {
                    free.addLast(resource);
                } else {
                    free.addFirst(resource);
                }
            } finally {
                unlock();
            }
            if (next != null) {
                next.unpark();
            }
            return true;
        }

        /** There is nothing in a place any more: it is for who waits, to make something for. */
        void giveUpPlace() {
            lock();
            used--;
            unlock();
            boolean _ = handOnePlace();
        }

        private boolean handOnePlace() {
            lock();
            Waiter next = used < max ? waiters.take() : null;
            if (next != null) {
                used++;
            }
            unlock();
            if (next != null) {
                next.unpark();
            }
            return next != null;
        }

        void resize(int newMax) {
            lock();
            max = newMax;
            unlock();
            while (handOnePlace()) {
                // Until none is left or nobody waits.
            }
        }

        /** Takes the one that has been free longest, if there are too many. */
        @Nullable T takeExcess() {
            lock();
            try {
                if (used <= max && !closed) {
                    return null;
                }
                T excess = order == Order.FIFO ? free.pollFirst() : free.pollLast();
                if (excess != null) {
                    used--;
                }
                return excess;
            } finally {
                unlock();
            }
        }

        void close() {
            lock();
            closed = true;
            unlock();
            while (sendOneAway()) {
                // Until nobody waits.
            }
        }

        private boolean sendOneAway() {
            lock();
            Waiter next = waiters.take(NOTHING);
            unlock();
            if (next != null) {
                next.unpark();
            }
            return next != null;
        }

        int free() {
            lock();
            try {
                return closed ? 0 : free.size() + max - used;
            } finally {
                unlock();
            }
        }

        int waiting() {
            lock();
            try {
                return waiters.size();
            } finally {
                unlock();
            }
        }

        String describe() {
            lock();
            try {
                return "ResourcePool[" + (used - free.size()) + " of " + max + " lent, " + waiters.size() + " wait]";
            } finally {
                unlock();
            }
        }
    }
}
