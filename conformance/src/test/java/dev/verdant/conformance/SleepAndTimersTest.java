package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

@AnyOrder
class SleepAndTimersTest {

    @HubTest
    void aSleepLastsAtLeastItsTime() {
        long start = Green.nanoTime();
        Green.sleep(Duration.ofMillis(30));
        assertThat(Green.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(30).toNanos());
    }

    @HubTest
    @AnyOrder(false) // That they run once before the sleeper is the default order's promise.
    void sleepWithoutTimeLetsEveryOtherReadyThreadRunOnce() {
        var events = new ArrayList<String>();
        for (String name : List.of("a", "b", "c")) {
            Green.spawnN(() -> {
                events.add(name);
                Green.sleep();
                events.add(name);
            });
        }
        Green.sleep();
        assertThat(events).containsExactly("a", "b", "c");
        Green.sleep();
        assertThat(events).containsExactly("a", "b", "c", "a", "b", "c");
        Green.sleep(Duration.ofMillis(-1));
    }

    @HubTest
    @AnyOrder(false) // Fired in their order, what they started would run in any.
    void timersFireInTheOrderOfTheirDeadlinesAndOfTheirSetting() throws Exception {
        var order = new ArrayList<Integer>();
        var threads = new ArrayList<GreenThread<?>>();
        threads.add(Green.spawnAfter(Duration.ofMillis(120), () -> order.add(3)));
        threads.add(Green.spawnAfter(Duration.ofMillis(20), () -> order.add(1)));
        threads.add(Green.spawnAfter(Duration.ofMillis(20), () -> order.add(2)));
        for (var thread : threads) {
            thread.await();
        }
        assertThat(order).containsExactly(1, 2, 3);
    }

    @HubTest
    void manySleepersOfRandomLengthWakeInOrder() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var late = new ArrayList<String>();
        var threads = IntStream.range(0, Counts.of(10_000)).mapToObj(i -> {
            var duration = Duration.ofNanos(random.nextInt(50_000_000));
            return Green.spawn(() -> {
                long start = Green.nanoTime();
                Green.sleep(duration);
                if (Green.nanoTime() - start < duration.toNanos()) {
                    late.add("woke too early from " + duration);
                }
            });
        }).toList();
        for (var thread : threads) {
            thread.await();
        }
        assertThat(late).isEmpty();
    }

    @HubTest
    @AnyOrder(false) // Fired in their order, who slept would run in any.
    @NotSimulated(NotSimulated.JDK_TIME)
    void jdkTimedWaitsAreTimersOfTheLoopLikeAnyOther() throws Exception {
        var events = new ArrayList<String>();
        var jdk = Green.spawn(() -> {
            Thread.sleep(100);
            events.add("jdk");
        });
        var verdant = Green.spawn(() -> {
            Green.sleep(Duration.ofMillis(5));
            events.add("verdant");
        });
        jdk.await();
        verdant.await();
        assertThat(events).containsExactly("verdant", "jdk");
    }

    @HubTest
    @NotSimulated(NotSimulated.NEVER_IDLE)
    void aThreadThatNeverStopsYieldingDoesNotKeepTimersFromFiring() throws Exception {
        var done = new boolean[1];
        var busy = Green.spawn(() -> {
            while (!done[0]) {
                Green.sleep();
            }
        });
        Green.sleep(Duration.ofMillis(10));
        done[0] = true;
        busy.await();
    }

    @HubTest
    @NotSimulated(NotSimulated.NEVER_IDLE)
    void longContinuationsDoNotKeepTimersWaitingForAWholeRound() throws Exception {
        var stop = new boolean[1];
        var busy = IntStream.range(0, 100).mapToObj(i -> Green.spawn(() -> {
            while (!stop[0]) {
                long end = System.nanoTime() + 1_000_000;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                Green.sleep();
            }
        })).toList();
        var ticks = new ArrayList<Long>();
        var ticker = Green.spawn(() -> {
            for (int i = 0; i < 5; i++) {
                Green.sleep(Duration.ofMillis(1));
                ticks.add(System.nanoTime());
            }
        });
        ticker.await();
        stop[0] = true;
        for (var thread : busy) {
            thread.await();
        }
        assertThat(ticks).hasSize(5);
    }

    @HubTest
    void anInterruptedSleepThrowsUncheckedAndConsumesTheInterrupt() throws Exception {
        var sleeper = Green.spawn(() -> {
            assertThatThrownBy(() -> Green.sleep(null)).isInstanceOf(GreenInterruptedException.class);
            return Thread.currentThread().isInterrupted();
        });
        Turns.untilWaits(sleeper);
        sleeper.thread().interrupt();
        assertThat(sleeper.await()).isFalse();
    }

    @HubTest
    void anInterruptOfAWaitThatDeclaresItIsTheJdksException() {
        var never = Green.spawn(() -> Green.sleep(null));
        var waiter = Green.spawn(() -> never.await());
        Turns.untilWaits(waiter);
        waiter.thread().interrupt();
        assertThatThrownBy(waiter::await).isInstanceOf(InterruptedException.class);
        never.kill();
    }
}
