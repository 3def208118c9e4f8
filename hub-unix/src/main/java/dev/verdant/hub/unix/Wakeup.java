package dev.verdant.hub.unix;

import io.netty.channel.IoHandler;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether the hub's thread sleeps in its poller, and whether somebody has woken it.
 *
 * <p>{@link #wake} may be called from any thread; the rest is the hub's thread's alone.
 */
final class Wakeup {

    /*
     * Netty's IoHandler.wakeup() does nothing while the handler is awake, so it forgets a wake-up that comes between
     * two polls. This word remembers it:
     *
     *   AWAKE  -> ASLEEP    fallAsleep(): a poll that may wait begins
     *   AWAKE  -> WOKEN     wake(): no system call, the next poll will not wait
     *   ASLEEP -> WOKEN     wake(): the one waker that makes this step interrupts the poller
     *   ASLEEP, WOKEN -> AWAKE   rise(): the poll is over
     *   any    -> CLOSED    close(): for good
     *
     * No wake-up is lost. Netty publishes that it is about to sleep and then asks canBlock(), which reads this word;
     * a waker writes this word and then looks at what Netty published. Both are sequentially consistent, so at least
     * one of the two sees the other.
     *
     * What the waker wrote before wake() is seen by the hub's thread after rise(). That needs the fence: a queue's
     * last store may be a release store (JCTools' is), which the read of WOKEN could overtake; the hub's thread would
     * then clear WOKEN and miss the element.
     *
     * A waker that was slow between its CAS and the poller's wakeup() may disturb a later sleep: a poll that returns
     * early, nothing worse. What it must not do is to write to a descriptor that close() has given back. So wakers
     * are counted, and close() waits for them.
     */
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int WOKEN = 2;
    private static final int CLOSED = 3;

    private final AtomicInteger state = new AtomicInteger(AWAKE);
    private final AtomicInteger wakers = new AtomicInteger();

    /** Makes the current poll return or the next one not wait. Any thread. */
    void wake(IoHandler poller) {
        VarHandle.fullFence();
        int seen = state.get();
        while (seen < WOKEN) {
            if (state.compareAndSet(seen, WOKEN)) {
                if (seen == ASLEEP) {
                    interrupt(poller);
                }
                return;
            }
            seen = state.get();
        }
    }

    private void interrupt(IoHandler poller) {
        wakers.incrementAndGet();
        try {
            if (state.get() != CLOSED) {
                poller.wakeup();
            }
        } finally {
            wakers.decrementAndGet();
        }
    }

    /** Announces a poll that may wait. Returns false if it must not, because somebody has woken the hub already. */
    boolean fallAsleep() {
        return state.compareAndSet(AWAKE, ASLEEP);
    }

    /** Tells whether the poll that was announced may still wait. */
    boolean asleep() {
        return state.get() == ASLEEP;
    }

    /** Ends a poll, and uses up the wake-ups that came before. */
    void rise() {
        int seen = state.get();
        if (seen == ASLEEP || seen == WOKEN) {
            state.set(AWAKE);
        }
    }

    /** From here on nobody touches the poller. Waits for wakers that are just doing it: one system call at the most. */
    void close() {
        state.set(CLOSED);
        while (wakers.get() != 0) {
            Thread.onSpinWait();
        }
    }
}
