package dev.verdant.green.sync;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Permits that threads take and give back. Strictly fair: who waits is served first come, first served, and nobody goes before those who wait, neither with a
 * deadline nor without waiting. Has no owner: any thread may release. Any thread.
 */
public class GreenSemaphore {

    private final Permits permits;

    /**
     * Creates one.
     *
     * @param permits how many there are at first
     */
    public GreenSemaphore(int permits) {
        this(permits, Integer.MAX_VALUE);
    }

    GreenSemaphore(int permits, int most) {
        if (permits < 0) {
            throw new IllegalArgumentException("permits: " + permits + " (expected: >= 0)");
        }
        this.permits = new Permits(getClass().getSimpleName(), permits, most);
    }

    /**
     * Takes a permit, and waits for it.
     *
     * @throws InterruptedException if a user interrupted the wait
     */
    public void acquire() throws InterruptedException {
        boolean _ = permits.acquire(-1);
    }

    /**
     * Takes a permit, and waits for it for a time.
     *
     * @param duration how long at the most; null for ever, zero or less does not wait
     * @return false if the time has passed first: then it has none
     * @throws InterruptedException if a user interrupted the wait
     */
    public boolean acquire(@Nullable Duration duration) throws InterruptedException {
        return permits.acquire(Waiter.nanos(duration));
    }

    /**
     * Takes a permit if there is one that nobody waits for.
     *
     * @return false if not
     */
    public boolean tryAcquire() {
        return permits.tryAcquire();
    }

    /**
     * Gives a permit back: to who has waited longest, if somebody waits. Never waits.
     *
     * @throws IllegalStateException if there are as many as there can be
     */
    public void release() {
        permits.release();
    }

    /**
     * Returns the permits that are left, less those who wait.
     *
     * @return negative if somebody waits
     */
    public int balance() {
        return permits.balance();
    }

    /**
     * Tells whether {@link #acquire()} would wait.
     *
     * @return true if there is no permit left
     */
    public boolean locked() {
        return permits.balance() <= 0;
    }

    @Override
    public String toString() {
        return permits.toString();
    }

    /** The permits, and who waits for one. If somebody waits, none is left. */
    private static final class Permits extends Guard {

        private final String name;
        private final int most;

        // Guarded.
        private int left;
        private final WaitList waiters = new WaitList();

        Permits(String name, int left, int most) {
            this.name = name;
            this.left = left;
            this.most = most;
        }

        boolean tryAcquire() {
            lock();
            boolean one = left > 0;
            if (one) {
                left--;
            }
            unlock();
            return one;
        }

        boolean acquire(long nanos) throws InterruptedException {
            if (tryAcquire()) {
                return true;
            }
            if (nanos == 0) {
                return false;
            }
            Waiter waiter = Waiter.ofCaller();
            lock();
            if (left > 0) {
                left--;
                unlock();
                return true;
            }
            waiters.add(waiter);
            unlock();
            return await(waiters, waiter, this, nanos);
        }

        void release() {
            lock();
            if (left == most) {
                unlock();
                throw new IllegalStateException("The semaphore was released too often: it has all its " + most
                        + " permits. Release once for each acquire.");
            }
            Waiter next = waiters.take();
            if (next == null) {
                left++;
            }
            unlock();
            if (next != null) {
                next.unpark();
            }
        }

        int balance() {
            lock();
            int balance = left - waiters.size();
            unlock();
            return balance;
        }

        /** Shown in dumps. Without the guard. */
        @Override
        public String toString() {
            return name + "[" + left + " left, " + waiters.size() + " wait]";
        }
    }
}
