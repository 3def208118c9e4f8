package dev.verdant.green.queue;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A queue's items, who waits on either side of them, and how much of what came in is not done yet. Any thread. */
final class Buffer<E> extends Guard {

    /*
     * What holds whenever the guard is free:
     *
     *     somebody waits to get   =>  there is no item, and nobody waits to put
     *     somebody waits to put   =>  there is no room, or somebody is in admitAll(); and nobody waits to get
     *
     * So whoever comes finds what it needs, or somebody who waits on the other side, or waits. An item belongs to exactly one at any time: to who waits to put it,
     * to the store, or to who has been given it. A waiter that leaves early takes itself out first, so it never leaves with anything.
     *
     * At capacity 0, who gives an item to somebody who waits for one goes on when the other has gone on with it.
     */

    /** OPEN -> DRAINING: nothing comes in. OPEN, DRAINING -> DISCARDED: what was in is gone, and nobody is waited for. */
    private enum Phase {
        OPEN, DRAINING, DISCARDED
    }

    /** What a waiter gets instead of what it waits for: the exception of the item's order, or null if the queue was shut down. */
    private record Refusal(@Nullable Throwable failure) {}

    private static final Refusal SHUT_DOWN = new Refusal(null);

    private final String name;

    // All guarded.
    private final Store<E> store;
    private final WaitList getters = new WaitList();
    private final WaitList putters = new WaitList();
    private final WaitList joiners = new WaitList();
    private int capacity;
    private int unfinished;
    private Phase phase = Phase.OPEN;

    Buffer(String name, Store<E> store, int capacity) {
        this.name = name;
        this.store = store;
        this.capacity = checkCapacity(capacity);
    }

    private static int checkCapacity(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("maxSize: " + capacity + " (expected: >= 0)");
        }
        return capacity;
    }

    // ---- putting

    /** Puts an item in, and waits for room; returns false if the time has passed first. */
    boolean put(E item, long nanos) throws InterruptedException {
        Objects.requireNonNull(item, "item");
        Waiter self = null;
        Waiter getter = null;
        int receipts = 0;
        boolean meet = false;
        lock();
        try {
            if (phase != Phase.OPEN) {
                throw shutDown();
            }
            getter = getters.first();
            if (getter != null) {
                receipts = getter.receipts();
                meet = capacity == 0 && nanos != 0;
                unfinished++;
                getters.take(item);
            } else if (store.size() < capacity && putters.size() == 0) {
                store.add(item);
                unfinished++;
            } else if (nanos == 0) {
                return false;
            } else {
                self = Waiter.ofCaller();
                self.value(item);
                putters.add(self);
            }
        } finally {
            unlock();
        }
        if (getter != null) {
            getter.unpark();
            if (meet) {
                Waiter.awaitReceipt(getter, receipts, this, nanos);
            }
        }
        return self == null || awaitRoom(self, nanos);
    }

    private boolean awaitRoom(Waiter self, long nanos) throws InterruptedException {
        boolean put = false;
        Object answer;
        try {
            put = await(putters, self, this, nanos);
        } finally {
            answer = self.receive();
        }
        if (put) {
            checkNotRefused(answer);
        }
        return put;
    }

    /** Takes in what somebody waits to put. With the guard; returns who is to be unparked. */
    private @Nullable Waiter admit() {
        Waiter putter = store.size() < capacity ? putters.first() : null;
        return putter == null ? null : putters.take(admitted(putter));
    }

    /** An item that its order refuses is its putter's problem. */
    @SuppressWarnings("unchecked") // a putter brings an E
    private @Nullable Refusal admitted(Waiter putter) {
        try {
            store.add((E) Objects.requireNonNull(putter.value()));
            unfinished++;
            return null;
        } catch (RuntimeException | Error e) {
            return new Refusal(e);
        }
    }

    /** Those who were admitted were refused. With the guard. */
    private boolean isRoomForMore() {
        return putters.size() > 0 && store.size() < capacity;
    }

    private void checkNotRefused(@Nullable Object answer) {
        if (answer instanceof Refusal(Throwable failure)) {
            throw failure == null ? shutDown() : refused(failure);
        }
    }

    private static RuntimeException refused(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return (RuntimeException) failure;
    }

    // ---- taking

    /** Takes an item out, and waits for it; returns null if the time has passed first. */
    @Nullable E take(long nanos) throws InterruptedException {
        Waiter self = null;
        Waiter putter = null;
        boolean roomLeft = false;
        E item;
        lock();
        try {
            item = store.poll();
            if (item != null) {
                putter = admit();
                roomLeft = isRoomForMore();
            } else {
                putter = putters.first();
                item = takeFrom(putter);
            }
            if (item == null && nanos != 0) {
                if (phase != Phase.OPEN) {
                    throw shutDown();
                }
                self = Waiter.ofCaller();
                getters.add(self);
            }
        } finally {
            unlock();
        }
        if (putter != null) {
            putter.unpark();
        }
        if (roomLeft) {
            admitAll();
        }
        return self == null ? item : awaitItem(self, nanos);
    }

    /** With the guard. */
    @SuppressWarnings("unchecked") // a putter brings an E
    private @Nullable E takeFrom(@Nullable Waiter putter) {
        if (putter == null) {
            return null;
        }
        E item = (E) putter.value();
        unfinished++;
        putters.take();
        return item;
    }

    @SuppressWarnings("unchecked") // a getter is given an E
    private @Nullable E awaitItem(Waiter self, long nanos) throws InterruptedException {
        if (!await(getters, self, this, nanos)) {
            return null;
        }
        Object answer = self.receive();
        checkNotRefused(answer);
        return (E) answer;
    }

    // ---- looking

    @Nullable E peek() {
        lock();
        try {
            return store.peek();
        } finally {
            unlock();
        }
    }

    int size() {
        lock();
        int size = store.size();
        unlock();
        return size;
    }

    int room() {
        lock();
        int room = Math.max(0, capacity - store.size());
        unlock();
        return room;
    }

    int getting() {
        lock();
        int getting = getters.size();
        unlock();
        return getting;
    }

    int putting() {
        lock();
        int putting = putters.size();
        unlock();
        return putting;
    }

    List<E> items() {
        lock();
        try {
            return store.items();
        } finally {
            unlock();
        }
    }

    List<Store.Entry<E>> entries() {
        lock();
        try {
            return store.entries();
        } finally {
            unlock();
        }
    }

    // ---- changing

    /** Lets those in for whom there is room. */
    void resize(int newCapacity) {
        checkCapacity(newCapacity);
        lock();
        capacity = newCapacity;
        unlock();
        admitAll();
    }

    /** Bit by bit, so that the guard is free again soon; nobody goes before those who wait meanwhile. Without the guard. */
    private void admitAll() {
        Waiter admitted;
        do {
            lock();
            admitted = admit();
            unlock();
            if (admitted != null) {
                admitted.unpark();
            }
        } while (admitted != null);
    }

    /** Throws the item of a number away; returns false if it is not in. */
    boolean remove(long number) {
        boolean removed;
        Waiter putter = null;
        boolean roomLeft = false;
        Waiter[] idle = WaitList.nobody();
        lock();
        try {
            removed = store.remove(number);
            if (removed) {
                idle = finish(1);
                putter = admit();
                roomLeft = isRoomForMore();
            }
        } finally {
            unlock();
        }
        WaitList.unparkAll(idle);
        if (putter != null) {
            putter.unpark();
        }
        if (roomLeft) {
            admitAll();
        }
        return removed;
    }

    /** Throws all items away. */
    void clear() {
        lock();
        Waiter[] idle = finish(store.size());
        store.clear();
        unlock();
        WaitList.unparkAll(idle);
        admitAll();
    }

    // ---- joining

    /** So many are done, or will never be. With the guard; returns who is to be unparked. */
    private Waiter[] finish(int done) {
        unfinished = Math.max(0, unfinished - done); // Who says that an item is done, and removes it then, says it twice.
        return unfinished == 0 ? joiners.takeAll() : WaitList.nobody();
    }

    void taskDone() {
        lock();
        boolean tooMany = unfinished == 0 && phase != Phase.DISCARDED;
        Waiter[] idle = unfinished > 0 ? finish(1) : WaitList.nobody();
        unlock();
        WaitList.unparkAll(idle);
        if (tooMany) {
            throw new IllegalStateException(
                    "taskDone() was called more often than items were put into " + this + ". Call it once for each.");
        }
    }

    int unfinished() {
        lock();
        int left = unfinished;
        unlock();
        return left;
    }

    /** Waits until all is done; returns false if the time has passed first. */
    boolean join(long nanos) throws InterruptedException {
        Waiter self;
        lock();
        try {
            if (unfinished == 0) {
                return true;
            }
            if (nanos == 0) {
                return false;
            }
            self = Waiter.ofCaller();
            joiners.add(self);
        } finally {
            unlock();
        }
        return await(joiners, self, this, nanos);
    }

    // ---- shutting down

    boolean isShutDown() {
        lock();
        boolean shut = phase != Phase.OPEN;
        unlock();
        return shut;
    }

    /** Lets nothing more in. */
    void shutDownGently() {
        lock();
        if (phase == Phase.OPEN) {
            phase = Phase.DRAINING;
        }
        refuseAll();
    }

    /** Nobody waits any more but to join. With the guard, which it gives back. */
    private void refuseAll() {
        Waiter[] refusedPutters = putters.takeAll(SHUT_DOWN);
        Waiter[] refusedGetters = getters.takeAll(SHUT_DOWN);
        unlock();
        WaitList.unparkAll(refusedPutters);
        WaitList.unparkAll(refusedGetters);
    }

    /** Lets nothing more in or out; returns what was in. */
    List<E> shutDownNow() {
        lock();
        phase = Phase.DISCARDED;
        List<E> discarded = store.items();
        store.clear();
        Waiter[] idle = finish(unfinished);
        refuseAll();
        WaitList.unparkAll(idle);
        return discarded;
    }

    private QueueShutDownException shutDown() {
        return new QueueShutDownException("The " + name + " was shut down.");
    }

    /** Shown in dumps. Without the guard, so the numbers may be of different moments. */
    @Override
    public String toString() {
        return "a " + name + " (" + store.size() + " of " + (capacity == Integer.MAX_VALUE ? "any number" : capacity)
                + " items, " + getters.size() + " get, " + putters.size() + " put)";
    }
}
