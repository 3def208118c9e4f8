package dev.verdant.green.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Waiters, first come, first served. Every method but {@link #unparkAll} is called with the guard of the primitive that owns the list taken.
 */
public final class WaitList {

    private static final Waiter[] NOBODY = {};

    private @Nullable Waiter head;
    private @Nullable Waiter tail;
    private int size;

    /** Creates an empty list. */
    public WaitList() {}

    /**
     * Adds a waiter at the end. On its own thread.
     *
     * @param waiter not in a list
     */
    public void add(Waiter waiter) {
        Waiter last = tail;
        waiter.enlist();
        waiter.previous = last;
        if (last == null) {
            head = waiter;
        } else {
            last.next = waiter;
        }
        tail = waiter;
        size++;
    }

    /**
     * Returns the first waiter and leaves it in.
     *
     * @return who has waited longest, or null
     */
    public @Nullable Waiter first() {
        return head;
    }

    /**
     * Takes the first waiter out: what it waits for is its own now. The caller unparks it when it has given the guard back.
     *
     * @return who has waited longest, or null
     */
    public @Nullable Waiter take() {
        return take(null);
    }

    /**
     * Takes the first waiter out and hands it something. The caller unparks it when it has given the guard back.
     *
     * @param value what it gets
     * @return who has waited longest, or null
     */
    public @Nullable Waiter take(@Nullable Object value) {
        Waiter first = head;
        if (first != null) {
            unlink(first);
            first.grant(value);
        }
        return first;
    }

    /**
     * Takes a waiter out, if it is in: it leaves and gets nothing. On its own thread.
     *
     * @param waiter any
     * @return true if it was in the list
     */
    public boolean remove(Waiter waiter) {
        if (!waiter.isListed()) {
            return false;
        }
        unlink(waiter);
        waiter.unlist();
        return true;
    }

    private void unlink(Waiter waiter) {
        Waiter next = waiter.next;
        Waiter previous = waiter.previous;
        if (previous == null) {
            head = next;
        } else {
            previous.next = next;
        }
        if (next == null) {
            tail = previous;
        } else {
            next.previous = previous;
        }
        waiter.next = null;
        waiter.previous = null;
        size--;
    }

    /**
     * Returns how many wait.
     *
     * @return 0 or more
     */
    public int size() {
        return size;
    }

    /**
     * Takes all out: what they wait for has come.
     *
     * @return the waiters in order, for {@link #unparkAll}
     */
    public Waiter[] takeAll() {
        return takeAll(null);
    }

    /**
     * Takes all out and hands each the same.
     *
     * @param value what they get
     * @return the waiters in order, for {@link #unparkAll}
     */
    public Waiter[] takeAll(@Nullable Object value) {
        if (size == 0) {
            return NOBODY;
        }
        var all = new Waiter[size];
        for (int i = 0; i < all.length; i++) {
            all[i] = Objects.requireNonNull(take(value));
        }
        return all;
    }

    /**
     * Returns no waiters.
     *
     * @return none, for {@link #unparkAll}
     */
    public static Waiter[] nobody() {
        return NOBODY;
    }

    /**
     * Unparks waiters that were taken out. Without the guard.
     *
     * @param waiters from {@link #takeAll}
     */
    public static void unparkAll(Waiter[] waiters) {
        for (Waiter each : waiters) {
            each.unpark();
        }
    }
}
