package dev.verdant.green.sync;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Permits that threads take and bring, with a limit: who takes waits for a permit, and who brings waits for room. With a limit of 0 the two meet. Strictly fair on
 * both sides. Any thread.
 */
public final class CappedSemaphore {

    private final Permits permits;

    /**
     * Creates one.
     *
     * @param count how many permits there are at first
     * @param limit how many there can be
     */
    public CappedSemaphore(int count, int limit) {
        if (count < 0) {
            throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
        }
        if (limit < count) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: >= count, which is " + count + ")");
        }
        this.permits = new Permits(count, limit);
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
     * Brings a permit, and waits for room.
     *
     * @throws InterruptedException if a user interrupted the wait
     */
    public void release() throws InterruptedException {
        boolean _ = permits.release(-1);
    }

    /**
     * Brings a permit, and waits for room for a time.
     *
     * @param duration how long at the most; null for ever, zero or less does not wait
     * @return false if the time has passed first: then it still has it
     * @throws InterruptedException if a user interrupted the wait
     */
    public boolean release(@Nullable Duration duration) throws InterruptedException {
        return permits.release(Waiter.nanos(duration));
    }

    /**
     * Tells how far it is from the middle, as eventlet counts: the permits that can be had less the room that is left, where somebody who waits counts as
     * one less.
     *
     * @return negative if it is nearer to empty, positive if it is nearer to full
     */
    public int balance() {
        return permits.balance();
    }

    /**
     * Tells whether {@link #acquire()} would wait.
     *
     * @return true if there is no permit
     */
    public boolean locked() {
        return permits.isEmpty();
    }

    /**
     * Tells whether {@link #release()} would wait.
     *
     * @return true if there is no room
     */
    public boolean bounded() {
        return permits.isFull();
    }

    @Override
    public String toString() {
        return permits.toString();
    }

    /** The permits, and who waits on either side: to take, only if there is none; to bring, only if there is no room. */
    private static final class Permits extends Guard {

        private final int limit;

        // Guarded.
        private int count;
        private final WaitList takers = new WaitList();
        private final WaitList bringers = new WaitList();

        Permits(int count, int limit) {
            this.count = count;
            this.limit = limit;
        }

        boolean acquire(long nanos) throws InterruptedException {
            return move(-1, takers, bringers, nanos);
        }

        boolean release(long nanos) throws InterruptedException {
            return move(+1, bringers, takers, nanos);
        }

        /** Takes or brings one; who waits on the other side makes it possible, and goes on. */
        private boolean move(int one, WaitList own, WaitList others, long nanos) throws InterruptedException {
            if (moveOrList(one, own, others, null)) {
                return true;
            }
            if (nanos == 0) {
                return false;
            }
            Waiter self = Waiter.ofCaller();
            return moveOrList(one, own, others, self) || await(own, self, this, nanos);
        }

        private boolean moveOrList(int one, WaitList own, WaitList others, @Nullable Waiter self) {
            lock();
            Waiter other = others.take();
            boolean possible = other != null || 0 <= count + one && count + one <= limit;
            if (other == null && possible) {
                count += one;
            } else if (!possible && self != null) {
                own.add(self);
            }
            unlock();
            if (other != null) {
                other.unpark();
            }
            return possible;
        }

        int balance() {
            lock();
            long balance = (long) count - takers.size() - ((long) limit - count - bringers.size());
            unlock();
            return Math.clamp(balance, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }

        boolean isEmpty() {
            lock();
            boolean empty = count == 0 && bringers.size() == 0;
            unlock();
            return empty;
        }

        boolean isFull() {
            lock();
            boolean full = count == limit && takers.size() == 0;
            unlock();
            return full;
        }

        /** Shown in dumps. Without the guard. */
        @Override
        public String toString() {
            return "CappedSemaphore[" + count + " of " + limit + ", " + takers.size() + " wait to take, "
                    + bringers.size()
                    + " to bring]";
        }
    }
}
