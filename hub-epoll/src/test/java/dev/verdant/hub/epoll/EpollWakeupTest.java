package dev.verdant.hub.epoll;

import static dev.verdant.hub.epoll.Pair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.SocketDomain;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sleeping and waking: no wake-up is lost, none costs more than it must, deadlines hold. */
@Timeout(60)
class EpollWakeupTest {

    private static final int WAKEUPS = 500_000;

    /** Instead of for ever: a wake-up that is lost is a test that fails, not one that hangs. */
    private static final long FAR = 10 * SECOND;

    private final Hub hub = new EpollHubProvider().open();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void aWakeupBeforeThePollIsKept() {
        hub.wakeup();
        hub.wakeup();
        assertThat(hub.poll(-1)).isZero();
        assertTakes(hub, SECOND / 50, SECOND / 50, SECOND);
    }

    @Test
    void everyKindOfPollUsesItUp() {
        hub.wakeup();
        assertThat(hub.poll(0)).isZero();
        assertTakes(hub, SECOND / 50, SECOND / 50, SECOND);
    }

    @Test
    void aWakeupFromAHandlerIsOver() throws Exception {
        Pair pair = Pair.connect(hub);
        pair.client().register(_ -> hub.wakeup());
        Pair.pollUntil(hub, () -> hub.poll(0) == 0);
        assertTakes(hub, SECOND / 50, SECOND / 50, SECOND);
    }

    @Test
    void zeroDoesNotWait() {
        assertTakes(hub, 0, 0, SECOND / 2);
    }

    @Test
    void hugeTimeoutsDoNotOverflow() throws Exception {
        for (long timeout : new long[]{Long.MAX_VALUE, Long.MAX_VALUE - System.nanoTime(), Long.MAX_VALUE / 2,
                Long.MIN_VALUE}) {
            Thread waker = Thread.ofPlatform().start(() -> {
                sleep(20);
                hub.wakeup();
            });
            assertTakes(hub, timeout, SECOND / 100, 10 * SECOND);
            waker.join();
        }
    }

    @Test
    void shortDeadlinesAreKept() {
        for (long timeout = 10_000; timeout < 5_000_000; timeout = timeout * 3 / 2) {
            assertTakes(hub, timeout, timeout, SECOND);
        }
    }

    /**
     * Each of two threads counts up and wakes; the hub must see the last count of each without another wake-up's
     * help.
     */
    @Test
    void noWakeupIsLost() throws Exception {
        var sent = new AtomicLongArray(2);
        var seen = new AtomicLongArray(2);
        Thread[] wakers = {waker(sent, seen, 0), waker(sent, seen, 1)};
        while (seen.get(0) < WAKEUPS || seen.get(1) < WAKEUPS) {
            long start = System.nanoTime();
            hub.poll(FAR);
            assertThat(System.nanoTime() - start).isLessThan(FAR);
            seen.set(0, sent.get(0));
            seen.set(1, sent.get(1));
        }
        for (Thread waker : wakers) {
            waker.join();
        }
    }

    /**
     * Now and then waits until the hub has taken note, so that the hub falls asleep again and again at every moment
     * of the waking.
     */
    private Thread waker(AtomicLongArray sent, AtomicLongArray seen, int me) {
        return Thread.ofPlatform().start(() -> {
            for (long i = 1; i <= WAKEUPS; i++) {
                sent.setRelease(me, i);
                hub.wakeup();
                while (i % (16 + me) == 0 && seen.get(me) < i) {
                    Thread.onSpinWait();
                }
            }
        });
    }

    @Test
    void aWakeupAfterCloseTouchesNothing() throws Exception {
        for (int i = 0; i < 200; i++) {
            Hub shortLived = new EpollHubProvider().open();
            Thread waker = Thread.ofPlatform().start(() -> {
                for (int k = 0; k < 2_000; k++) {
                    shortLived.wakeup();
                }
            });
            shortLived.poll(SECOND / 10_000);
            shortLived.close();
            waker.join();
            shortLived.wakeup();
        }
    }

    @Test
    void aClosedHubDoesNotPoll() {
        hub.close();
        assertThatThrownBy(() -> hub.poll(0)).isInstanceOf(IllegalStateException.class).hasMessage("closed: epoll hub");
        assertThatThrownBy(() -> hub.openStream(SocketDomain.INTERNET)).isInstanceOf(java.net.SocketException.class)
                .hasMessage("closed: epoll hub");
    }

    private static void assertTakes(Hub hub, long timeoutNanos, long atLeast, long atMost) {
        long start = System.nanoTime();
        assertThat(hub.poll(timeoutNanos)).isZero();
        assertThat(System.nanoTime() - start).isBetween(atLeast, atMost);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
