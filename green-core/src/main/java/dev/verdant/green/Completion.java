package dev.verdant.green;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who wants to know that a green thread has ended. Made when the first asks; any thread. */
final class Completion<H> extends Guard {

    private final WaitList waiters = new WaitList();
    private final ArrayDeque<Consumer<? super H>> links = new ArrayDeque<>(1);
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
            if (!fired) {
                links.add(link);
            }
            return !fired;
        } finally {
            unlock();
        }
    }

    boolean remove(Consumer<? super H> link) {
        lock();
        try {
            return links.remove(link);
        } finally {
            unlock();
        }
    }

    /** Wakes the waiters; no more can be added. */
    void fire() {
        lock();
        fired = true;
        Waiter first = waiters.takeAll();
        unlock();
        WaitList.wakeAll(first);
    }

    /** Takes the next link. One at a time, so that a link can take a later one back. */
    @Nullable Consumer<? super H> takeLink() {
        lock();
        try {
            return links.poll();
        } finally {
            unlock();
        }
    }
}
