package dev.verdant.green;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who wants to know that a green thread has ended. Made when the first asks; any thread. */
final class Completion<H> extends Guard {

    // All guarded.
    private final WaitList waiters = new WaitList();
    private @Nullable ArrayDeque<Consumer<? super H>> links;
    private boolean fired;

    /** Adds a waiter; returns false if it is too late. */
    boolean add(Waiter waiter) {
        lock();
        try {
            if (!fired) {
                waiters.add(waiter);
            }
            return !fired;
        } finally {
            unlock();
        }
    }

    void remove(Waiter waiter) {
        lock();
        waiters.remove(waiter);
        unlock();
    }

    /** Adds a link; returns false if it is too late. */
    boolean add(Consumer<? super H> link) {
        lock();
        try {
            if (fired) {
                return false;
            }
            if (links == null) {
                links = new ArrayDeque<>(1);
            }
            links.add(link);
            return true;
        } finally {
            unlock();
        }
    }

    boolean remove(Consumer<? super H> link) {
        lock();
        try {
            return links != null && links.remove(link);
        } finally {
            unlock();
        }
    }

    /** Wakes the waiters; no more can be added. Returns whether there are links to be called. */
    boolean fire() {
        lock();
        fired = true;
        Waiter first = waiters.takeAll();
        boolean linked = links != null;
        unlock();
        WaitList.wakeAll(first);
        return linked;
    }

    /** Takes the next link. One at a time, so that a link can take a later one back. */
    @Nullable Consumer<? super H> takeLink() {
        lock();
        try {
            return links == null ? null : links.poll();
        } finally {
            unlock();
        }
    }
}
