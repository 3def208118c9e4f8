package dev.verdant.green.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Waiters, first come, first served. Every method but {@link #wakeAll} is called with the guard of the primitive that owns the list taken.
 */
public final class WaitList {

    private @Nullable Waiter head;
    private @Nullable Waiter tail;
    private int size;

    /** Creates an empty list. */
    public WaitList() {}

    /**
     * Adds a waiter at the end.
     *
     * @param waiter not in a list
     */
    public void add(Waiter waiter) {
        Waiter last = tail;
        waiter.previous = last;
        waiter.listed = true;
        if (last == null) {
            head = waiter;
        } else {
            last.next = waiter;
        }
        tail = waiter;
        size++;
    }

    /**
     * Takes the first waiter out.
     *
     * @return who has waited longest, or null
     */
    public @Nullable Waiter take() {
        Waiter first = head;
        if (first != null) {
            remove(first);
        }
        return first;
    }

    /**
     * Takes a waiter out, if it is in.
     *
     * @param waiter any
     * @return true if it was in the list
     */
    public boolean remove(Waiter waiter) {
        if (!waiter.listed) {
            return false;
        }
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
        waiter.listed = false;
        size--;
        return true;
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
     * Empties the list.
     *
     * @return the first of a chain for {@link #wakeAll}, or null
     */
    public @Nullable Waiter takeAll() {
        Waiter first = head;
        for (Waiter each = first; each != null; each = each.next) {
            each.listed = false;
        }
        head = null;
        tail = null;
        size = 0;
        return first;
    }

    /**
     * Wakes a chain, in order. Without the guard.
     *
     * @param first from {@link #takeAll}
     */
    public static void wakeAll(@Nullable Waiter first) {
        for (Waiter each = first; each != null;) {
            Waiter next = each.next;
            each.wake();
            each = next;
        }
    }
}
