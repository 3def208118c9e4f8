package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.FEW_TURNS;
import static dev.verdant.testkit.contract.HubDriver.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/** Waking a hub. */
public abstract class WakeupChapter extends HubChapter {

    private static final long HAMMERED = 200_000;
    private static final int SPINS = 1000;

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected WakeupChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void aWakeupBeforeThePollIsKept() {
        for (int i = 0; i < 100; i++) {
            hub().wakeup();
            assertThat(driver().poll(-1)).isZero();
        }
    }

    @Test
    void manyWakeupsCountAsOne() {
        for (int i = 0; i < 1000; i++) {
            hub().wakeup();
        }
        driver().poll(-1);
        assertSleepsAgain();
    }

    @Test
    void aPollThatDoesNotWaitUsesTheWakeupUp() {
        hub().wakeup();
        driver().poll(0);
        assertSleepsAgain();
    }

    @Test
    void aWakeupFromAnotherThreadEndsThePollThatIsUnderWay() {
        for (int i = 0; i < 20; i++) {
            long start = hub().nanoTime();
            hub().hold();
            CompletableFuture<Void> waker = CompletableFuture.runAsync(this::wakeAndRelease,
                    HubDriver.after(5 * MILLI));
            driver().poll(-1);
            waker.join();
            assertThat(hub().nanoTime() - start).isLessThan(HubDriver.PATIENCE / 2);
        }
        assertSleepsAgain();
    }

    @Test
    void aWakeupFromInsideAHandlerEndsThisPollOrTheNext() throws Exception {
        var pair = driver().connectUnregistered(driver().listen());
        pair.server.channel.register(_ -> hub().wakeup());
        pair.server.channel.arm(dev.verdant.hub.Readiness.READ);
        pair.client.channel.write(new byte[]{1}, 0, 1);
        driver().poll(-1);
        driver().settle();
        assertSleepsAgain();
    }

    private void wakeAndRelease() {
        hub().wakeup();
        hub().release();
    }

    /** A hub that has to select within {@code close}, as NIO's must, may meet the wake-up there. */
    @Test
    void aWakeupIsNotSwallowedByAChannelThatCloses() throws Exception {
        var pair = driver().connect();
        driver().settle();
        hub().wakeup();
        pair.close();
        assertThat(driver().poll(-1)).isZero();
        assertSleepsAgain();
    }

    @Test
    void aWakeupAfterCloseDoesNothing() throws Exception {
        for (int i = 0; i < 100; i++) {
            Hub shortLived = provider().open();
            var ready = new CountDownLatch(2);
            List<Thread> wakers = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                wakers.add(Thread.ofPlatform().start(() -> {
                    for (int n = 0; n < 1000; n++) {
                        shortLived.wakeup();
                        if (n == 10) {
                            ready.countDown();
                        }
                    }
                }));
            }
            ready.await();
            shortLived.poll(0);
            shortLived.close();
            for (Thread waker : wakers) {
                waker.join();
            }
            shortLived.wakeup();
        }
    }

    /**
     * Two threads count up and wake; the hub must come to see the last count of each without any other help. Now and then a thread waits until the
     * hub has seen its count, so that the hub falls asleep again and again, at every moment of the waking.
     */
    @Test
    void noWakeupIsLostWhenTwoThreadsHammer() throws Exception {
        var sent = new AtomicLongArray(2);
        var seen = new AtomicLongArray(2);
        Thread[] wakers = {hammer(sent, seen, 0), hammer(sent, seen, 1)};
        while (seen.get(0) < HAMMERED || seen.get(1) < HAMMERED) {
            long start = System.nanoTime();
            hub().poll(HubDriver.PATIENCE);
            assertThat(System.nanoTime() - start).as("how long a poll slept").isLessThan(HubDriver.PATIENCE / 2);
            seen.set(0, sent.getAcquire(0));
            seen.set(1, sent.getAcquire(1));
        }
        for (Thread waker : wakers) {
            waker.join();
        }
        assertSleepsAgain();
    }

    private Thread hammer(AtomicLongArray sent, AtomicLongArray seen, int me) {
        Hub hammered = hub();
        hammered.hold();
        return Thread.ofPlatform().daemon().start(() -> {
            for (long i = 1; i <= HAMMERED; i++) {
                sent.setRelease(me, i);
                hammered.wakeup();
                for (int spins = 0; i % (16 + me) == 0 && seen.get(me) < i; spins++) {
                    if (spins < SPINS) {
                        Thread.onSpinWait();
                    } else {
                        Thread.yield(); // The hub's thread may need this one's processor.
                    }
                }
            }
            hammered.release();
        });
    }

    private void assertSleepsAgain() {
        assertThat(driver().turnsFor(30 * MILLI)).as("polls in 30 ms").isLessThanOrEqualTo(FEW_TURNS);
    }
}
