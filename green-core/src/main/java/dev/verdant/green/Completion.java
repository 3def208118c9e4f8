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

    /** Waits for the end; returns at once if it is too late to. */
    void await(Object what, long nanos) throws InterruptedException {
        Waiter waiter = Waiter.ofCaller();
        lock();
        if (fired) {
            unlock();
            return;
        }
        waiters.add(waiter);
        unlock();
        boolean _ = await(waiters, waiter, what, nanos);
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

    /** Removes the very object, once: to ask for another that is equal would be to run its code with the guard. */
    boolean remove(Consumer<? super H> link) {
        lock();
        try {
            return links != null && removeFrom(links, link);
        } finally {
            unlock();
        }
    }

    private static boolean removeFrom(ArrayDeque<?> links, Consumer<?> link) {
        for (var each = links.iterator(); each.hasNext();) {
            if (each.next() == link) {
                each.remove();
                return true;
            }
        }
        return false;
    }

    /** Wakes the waiters; no more can be added. Returns whether there are links to be called. */
    boolean fire() {
        lock();
        fired = true;
        Waiter[] all = waiters.takeAll();
        boolean linked = links != null;
        unlock();
        WaitList.unparkAll(all);
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
