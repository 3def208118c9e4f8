package dev.verdant.testkit.sim;

import static dev.verdant.testkit.sim.Room.MILLI;
import static dev.verdant.testkit.sim.Room.SECOND;
import static dev.verdant.testkit.sim.Room.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Hubs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClockTest {

    private final Room room = new Room(1);
    private final World world = room.world;
    private final Hub hub = room.hub;

    @AfterEach
    void close() {
        room.close();
    }

    @Test
    void itBeginsAtZeroAndJumpsToTheDeadlineAtOnce() {
        assertThat(hub.nanoTime()).isZero();
        long start = System.nanoTime();
        assertThat(hub.poll(3600 * SECOND)).isZero();
        assertThat(hub.nanoTime()).isEqualTo(3600 * SECOND);
        assertThat(System.nanoTime() - start).isLessThan(30 * SECOND);
        assertThat(hub.isTimeVirtual()).isTrue();
    }

    @Test
    void aPollThatDoesNotWaitTakesNoTime() {
        for (int i = 0; i < 100; i++) {
            hub.poll(0);
        }
        assertThat(hub.nanoTime()).isZero();
    }

    @Test
    void itStopsAtTheNextEventBeforeTheDeadline() throws Exception {
        world.links().latency(millis(5));
        Room.Pair pair = room.connect();
        int[] news = Room.Pair.countNews(pair.server());
        hub.poll(0);
        long start = hub.nanoTime();
        Room.write(pair.client(), "x");
        assertThat(hub.poll(SECOND)).isEqualTo(1);
        assertThat(hub.nanoTime()).isEqualTo(start + 5 * MILLI);
        assertThat(news[0]).isEqualTo(1);
    }

    @Test
    void itStandsWhileAHoldIsOpenAndThenJumps() throws Exception {
        hub.hold();
        world.hold();
        var polled = new CountDownLatch(1);
        Thread other = Thread.ofPlatform().daemon().start(() -> {
            awaitIdle();
            world.release();
            polled.countDown();
            hub.release();
        });
        hub.poll(SECOND);
        assertThat(polled.getCount()).isZero();
        assertThat(hub.nanoTime()).isEqualTo(SECOND);
        other.join();
        assertThatThrownBy(world::release).isInstanceOf(IllegalStateException.class);
    }

    /** The other thread waits until this one does. */
    private void awaitIdle() {
        while (!((SimHub) hub).idle) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aWakeupEndsAWaitUnderAHoldWithoutTime() throws Exception {
        hub.hold();
        Thread other = Thread.ofPlatform().daemon().start(() -> {
            awaitIdle();
            hub.wakeup();
        });
        assertThat(hub.poll(SECOND)).isZero();
        assertThat(hub.nanoTime()).isZero();
        other.join();
        hub.release();
    }

    @Test
    void anInterruptEndsNoWaitAndIsKept() throws Exception {
        hub.hold();
        Thread me = Thread.currentThread();
        Thread other = Thread.ofPlatform().daemon().start(() -> {
            awaitIdle();
            me.interrupt();
            hub.release();
        });
        assertThat(hub.poll(SECOND)).isZero();
        assertThat(hub.nanoTime()).isEqualTo(SECOND);
        other.join();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void itStandsUntilEveryHubWaits() throws Exception {
        var open = new CountDownLatch(1);
        var poll = new CountDownLatch(1);
        var task = new FutureTask<>(() -> {
            try (Hub other = world.provider().open()) {
                open.countDown();
                poll.await();
                long before = other.nanoTime();
                other.poll(2 * SECOND);
                return before;
            }
        });
        Thread.ofPlatform().daemon().start(task);
        open.await();
        Thread.ofPlatform().daemon().start(() -> {
            awaitIdle();
            poll.countDown();
        });
        hub.poll(SECOND);
        assertThat(hub.nanoTime()).isEqualTo(SECOND);
        assertThat(task.isDone()).isFalse();
        while (!task.isDone()) {
            hub.poll(SECOND / 2);
        }
        assertThat(task.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(hub.nanoTime()).isGreaterThanOrEqualTo(2 * SECOND);
    }

    @Test
    void stillnessIsToldOnceEachTimeAndTheHubSleepsOn() {
        var told = new AtomicInteger();
        world.onStuck(() -> {
            told.incrementAndGet();
            Thread.ofPlatform().daemon().start(() -> {
                awaitIdle();
                hub.wakeup();
            });
        });
        for (int i = 1; i <= 3; i++) {
            assertThat(hub.poll(-1)).isZero();
            assertThat(told).hasValue(i);
        }
        hub.poll(SECOND);
        assertThat(told).hasValue(3);
        assertThat(hub.nanoTime()).isEqualTo(SECOND);
    }

    @Test
    void whoIsToldOfStillnessMayWakeTheHubItself() {
        world.onStuck(hub::wakeup);
        assertThat(hub.poll(-1)).isZero();
    }

    @Test
    void aClockThatStandsMovesByAdvanceAlone() throws Exception {
        world.stopClock();
        assertThatThrownBy(() -> world.advance(millis(-1))).isInstanceOf(IllegalArgumentException.class);
        List<Long> seen = new ArrayList<>();
        Thread other = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 0; i < 3; i++) {
                awaitIdle();
                seen.add(world.nanoTime());
                world.advance(millis(400));
                while (((SimHub) hub).idle && world.nanoTime() < (i + 1L) * 400 * MILLI) {
                    Thread.onSpinWait();
                }
            }
        });
        hub.poll(SECOND);
        other.join();
        assertThat(hub.nanoTime()).isEqualTo(SECOND);
        assertThat(seen).containsExactly(0L, 400 * MILLI, 800 * MILLI);
        world.runClock();
        hub.poll(SECOND);
        assertThat(hub.nanoTime()).isEqualTo(2 * SECOND);
        assertThatThrownBy(() -> world.advance(millis(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theClockOnTheWallMayBeSetAndTimeGoesOn() {
        assertThat(hub.wallClock().instant()).isEqualTo(World.BEGINNING);
        hub.poll(SECOND);
        world.jumpWallClock(Duration.ofDays(-1));
        assertThat(hub.wallClock().instant()).isEqualTo(World.BEGINNING.plusSeconds(1).minusSeconds(86_400));
        assertThat(hub.nanoTime()).isEqualTo(SECOND);
    }

    @Test
    void noServiceLoaderFindsIt() {
        assertThat(Hubs.providers()).noneMatch(provider -> provider.name().equals("sim"));
    }

    @Test
    void hubsOfTwoWorldsDoNotMix() throws Exception {
        try (var elsewhere = new Room(2)) {
            Room.Pair pair = room.connect();
            assertThatThrownBy(() -> pair.client().moveTo(elsewhere.hub)).isInstanceOf(IllegalArgumentException.class);
            elsewhere.hub.poll(SECOND);
            assertThat(hub.nanoTime()).isZero();
        }
    }
}
