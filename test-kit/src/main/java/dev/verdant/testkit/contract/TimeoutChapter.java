package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.FEW_TURNS;
import static dev.verdant.testkit.contract.HubDriver.MILLI;
import static dev.verdant.testkit.contract.HubDriver.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Readiness;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** How long a poll waits. */
public abstract class TimeoutChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected TimeoutChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void zeroDoesNotWait() {
        long start = hub().nanoTime();
        for (int i = 0; i < 1000; i++) {
            assertThat(hub().poll(0)).isZero();
        }
        assertThat(hub().nanoTime() - start).isLessThan(5 * SECOND);
    }

    @Test
    void lessThanZeroWaitsUntilAWakeup() {
        for (long timeout : new long[]{-1, -MILLI, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
            assertWaitsForTheWakeup(timeout);
        }
    }

    @Test
    void anEventEndsAWaitThatHasNoLimit() throws Exception {
        var pair = driver().connect();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
        pair.server.channel.arm(Readiness.READ);
        driver().settle();
        pair.server.told = 0;
        pair.client.writeFully((byte) 1);
        for (int turn = 0; turn < FEW_TURNS && !pair.server.toldOf(Readiness.READ); turn++) {
            driver().poll(-1);
        }
        assertThat(pair.server.toldOf(Readiness.READ)).isTrue();
    }

    @Test
    void hugeTimeoutsDoNotOverflow() {
        for (long timeout : new long[]{Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE - hub().nanoTime(),
                Long.MAX_VALUE / 2,
                Integer.MAX_VALUE * MILLI + 1, (Integer.MAX_VALUE + 1L) * MILLI, (1L << 32) * SECOND}) {
            assertWaitsForTheWakeup(timeout);
        }
    }

    private void assertWaitsForTheWakeup(long timeout) {
        var woken = new AtomicBoolean();
        hub().hold();
        CompletableFuture<Void> waker = CompletableFuture.runAsync(() -> {
            woken.set(true);
            hub().wakeup();
            hub().release();
        }, HubDriver.after(20 * MILLI));
        int turns = 0;
        while (!woken.get()) {
            driver().poll(timeout);
            turns++;
        }
        waker.join();
        driver().poll(0);
        assertThat(turns).as("polls before the wake-up, with a timeout of %d", timeout).isLessThanOrEqualTo(FEW_TURNS);
    }

    @Test
    void aDeadlineTakesNoMoreThanAFewPolls() {
        for (long timeout = 1000; timeout < 100 * MILLI; timeout = timeout * 2) {
            assertThat(driver().turnsFor(timeout)).as("polls within %d ns", timeout).isLessThanOrEqualTo(FEW_TURNS);
        }
    }

    @Test
    void aDeadlineIsNotMissedByMuch() {
        for (long timeout : new long[]{1, 10_000, 200_000, MILLI, 3 * MILLI / 2, 5 * MILLI}) {
            assertThat(medianOfTwenty(timeout)).as("median of the time until a deadline in %d ns", timeout)
                    .isBetween(timeout, timeout + 10 * MILLI);
        }
    }

    private long medianOfTwenty(long timeout) {
        var took = new long[20];
        for (int i = 0; i < took.length; i++) {
            long start = hub().nanoTime();
            driver().turnsFor(timeout);
            took[i] = hub().nanoTime() - start;
        }
        Arrays.sort(took);
        return took[took.length / 2];
    }

    @Test
    void theClockNeverGoesBack() {
        long last = hub().nanoTime();
        for (int i = 0; i < 1000; i++) {
            long now = hub().nanoTime();
            assertThat(now - last).isNotNegative();
            last = now;
        }
        assertThat(hub().wallClock().millis()).isPositive();
    }
}
