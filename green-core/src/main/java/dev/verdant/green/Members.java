package dev.verdant.green;

import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.PinnedWaitException;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The green threads of a scope or an executor: who has not ended, and whether more may come. Any thread. */
final class Members extends Guard {

    // All guarded.
    private @Nullable Member<?> first;
    private int size;
    private @Nullable String refusal;
    private final WaitList forIdle = new WaitList();
    private final WaitList forEnd = new WaitList();

    /** One of them. */
    static class Member<T extends @Nullable Object> extends GreenFiber<T> {

        private final Members members;

        // Guarded by the members.
        private @Nullable Member<?> next;
        private @Nullable Member<?> previous;

        Member(EventLoop loop, Members members, @Nullable String name, Callable<? extends T> body) {
            super(loop, name, body);
            this.members = members;
        }

        @Override
        void ended() {
            members.remove(this);
        }

        /** Starts one that was added. If that fails it is removed, unless who closes them all has stopped it already, and so removed it. */
        final void startOrRemove() {
            boolean started = false;
            try {
                var _ = start();
                started = true;
            } finally {
                if (!started) {
                    boolean _ = stop(new GreenExit("it could not be started"));
                }
            }
        }

        final boolean isOf(Members some) {
            return members == some;
        }
    }

    /** Adds one that is about to be started; returns why not, or null. */
    @Nullable String add(Member<?> member) {
        lock();
        try {
            if (refusal == null) {
                link(member);
            }
            return refusal;
        } finally {
            unlock();
        }
    }

    private void link(Member<?> member) {
        Member<?> second = first;
        member.next = second;
        if (second != null) {
            second.previous = member;
        }
        first = member;
        size++;
    }

    /** One that was added has ended, begun or not. */
    void remove(Member<?> member) {
        lock();
        unlink(member);
        boolean idle = size == 0;
        Waiter[] joiners = idle ? forIdle.takeAll() : WaitList.nobody();
        Waiter[] enders = idle && refusal != null ? forEnd.takeAll() : WaitList.nobody();
        unlock();
        WaitList.unparkAll(joiners);
        WaitList.unparkAll(enders);
    }

    private void unlink(Member<?> member) {
        Member<?> next = member.next;
        Member<?> previous = member.previous;
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else {
            first = next;
        }
        member.next = null;
        member.previous = null;
        size--;
    }

    /** From now on none is added. The first reason is the one that is told. */
    void refuse(String why) {
        lock();
        if (refusal == null) {
            refusal = why;
        }
        Waiter[] enders = size == 0 ? forEnd.takeAll() : WaitList.nobody();
        unlock();
        WaitList.unparkAll(enders);
    }

    boolean refuses() {
        lock();
        try {
            return refusal != null;
        } finally {
            unlock();
        }
    }

    boolean haveEnded() {
        lock();
        try {
            return refusal != null && size == 0;
        } finally {
            unlock();
        }
    }

    int size() {
        lock();
        try {
            return size;
        } finally {
            unlock();
        }
    }

    /** Those who have not ended, the oldest first. */
    List<Member<?>> list() {
        var list = new ArrayList<Member<?>>();
        lock();
        try {
            for (Member<?> member = first; member != null; member = member.next) {
                list.add(member);
            }
        } finally {
            unlock();
        }
        return list.reversed();
    }

    /** Waits until there is none; some may come afterwards. */
    void awaitIdle(Object what) throws InterruptedException {
        while (size() > 0) {
            boolean _ = await(forIdle, what, -1, false);
        }
    }

    /** Waits until there is none and none can come; returns false if the time has passed first. */
    boolean awaitEnd(Object what, long nanos) throws InterruptedException {
        return await(forEnd, what, nanos, true);
    }

    private boolean await(WaitList waiters, Object what, long nanos, boolean forGood) throws InterruptedException {
        Waiter waiter = Waiter.ofCaller();
        lock();
        try {
            if (size == 0 && (!forGood || refusal != null)) {
                return true;
            }
            waiters.add(waiter);
        } finally {
            unlock();
        }
        return await(waiters, waiter, what, nanos);
    }

    /** Kills all and waits until they have ended, whatever is thrown into the caller meanwhile: that comes afterwards. None can be added any more. */
    void killAndAwaitEnd(Object what, String why) {
        list().forEach(member -> member.doom(new GreenExit(why)));
        Throwable came = null;
        boolean interrupted = false;
        for (boolean ended = false; !ended;) {
            try {
                ended = awaitEnd(what, -1);
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (LoopClosedException | PinnedWaitException e) {
                throw e; // It would be thrown again and again.
            } catch (Throwable e) { // a kill or a timeout, with whatever cause
                came = came == null ? e : came;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (came != null) {
            throw Sneaky.thrown(came);
        }
    }
}
