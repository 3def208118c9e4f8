package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.sync.BoundedSemaphore;
import dev.verdant.green.sync.CappedSemaphore;
import dev.verdant.green.sync.GreenSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.function.BooleanSupplier;

@AnyOrder
class SemaphoreTest {

    private static final Duration LONG = Duration.ofSeconds(100);

    // ---- GreenSemaphore

    @HubTest
    void thosePermitsThatThereAreCanBeAcquired() throws Exception {
        var semaphore = new GreenSemaphore(2);
        semaphore.acquire();
        assertThat(semaphore.tryAcquire()).isTrue();
        assertThat(semaphore.tryAcquire()).isFalse();
        assertThat(semaphore.acquire(Duration.ZERO)).isFalse();
        assertThat(semaphore.acquire(Duration.ofMillis(1))).isFalse();
        assertThat(semaphore.locked()).isTrue();
        semaphore.release();
        assertThat(semaphore.acquire(Duration.ZERO)).isTrue();
    }

    @HubTest
    void balanceCountsThoseWhoWait() throws Exception {
        var semaphore = new GreenSemaphore(0);
        var waiter = waiting(semaphore::acquire, () -> semaphore.balance() == -1);
        semaphore.release();
        semaphore.release();
        assertThat(semaphore.balance()).isEqualTo(1);
        waiter.await();
    }

    @HubTest
    void aDumpTellsWhichKindOfSemaphoreSomebodyWaitsFor() throws Exception {
        var semaphore = new BoundedSemaphore(0);
        var capped = new CappedSemaphore(0, 3);
        var waiter = Green.spawn(() -> semaphore.acquire());
        var taker = Green.spawn(() -> capped.acquire());
        Turns.untilWaits(waiter);
        Turns.untilWaits(taker);
        assertThat(Green.dump()).contains("BoundedSemaphore[0 left, 1 wait]", "CappedSemaphore[0 of 3, 1 wait to take");
        waiter.kill();
        taker.kill();
    }

    @HubTest
    void aPermitMayBeReleasedThatNobodyAcquired() throws Exception {
        var semaphore = new GreenSemaphore(0);
        semaphore.release();
        semaphore.acquire();
        assertThat(semaphore.balance()).isZero();
    }

    @HubTest
    void nobodyGoesBeforeThoseWhoWait() throws Exception {
        var semaphore = new GreenSemaphore(0);
        var order = new ArrayList<String>();
        var untimed = waiting(() -> {
            semaphore.acquire();
            order.add("untimed");
            semaphore.release();
        }, () -> semaphore.balance() == -1);
        var timed = waiting(() -> {
            assertThat(semaphore.acquire(LONG)).isTrue();
            order.add("timed");
            semaphore.release();
        }, () -> semaphore.balance() == -2);
        var last = waiting(() -> {
            semaphore.acquire();
            order.add("last");
        }, () -> semaphore.balance() == -3);
        semaphore.release();
        assertThat(semaphore.tryAcquire()).isFalse();
        assertThat(semaphore.acquire(Duration.ZERO)).isFalse();
        untimed.await();
        timed.await();
        last.await();
        assertThat(order).containsExactly("untimed", "timed", "last");
    }

    @HubTest
    void whoReleasesAndAcquiresAgainQueuesBehindThoseWhoWait() throws Exception {
        var semaphore = new GreenSemaphore(1);
        var shares = new int[2];
        var end = new boolean[1];
        var hogs = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 2; i++) {
            int hog = i;
            hogs.add(Green.spawn(() -> {
                while (!end[0]) {
                    semaphore.acquire();
                    shares[hog]++;
                    Green.sleep();
                    semaphore.release();
                }
            }));
        }
        Turns.until(() -> shares[0] + shares[1] >= 200);
        end[0] = true;
        for (var hog : hogs) {
            hog.await();
        }
        assertThat(shares[0]).isBetween(90, 111);
    }

    @HubTest
    void aWaiterThatLeavesTakesNoPermit() throws Exception {
        var semaphore = new GreenSemaphore(0);
        var killed = waiting(semaphore::acquire, () -> semaphore.balance() == -1);
        var interrupted = waiting(semaphore::acquire, () -> semaphore.balance() == -2);
        killed.kill();
        interrupted.thread().interrupt();
        assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
        assertThatThrownBy(interrupted::await).isInstanceOf(InterruptedException.class);
        try (var outer = Timeout.start(Duration.ofMillis(1))) {
            assertThatThrownBy(() -> semaphore.acquire(LONG)).isSameAs(outer);
        }
        assertThat(semaphore.balance()).isZero();
        semaphore.release();
        assertThat(semaphore.tryAcquire()).isTrue();
    }

    @HubTest
    void aWaiterThatIsKilledAfterItWasServedHasThePermit() throws Exception {
        var semaphore = new GreenSemaphore(0);
        var has = new boolean[1];
        var waiter = waiting(() -> {
            semaphore.acquire();
            has[0] = true;
            Green.sleep(null);
        }, () -> semaphore.balance() == -1);
        semaphore.release();
        waiter.kill();
        assertThatThrownBy(waiter::await).isInstanceOf(GreenExit.class);
        assertThat(has[0]).isTrue();
        assertThat(semaphore.balance()).isZero();
    }

    @HubTest
    void permitsGoBetweenThreadsOfAnyKind() throws Exception {
        var semaphore = new GreenSemaphore(1);
        var count = new int[1];
        int times = 2000;
        GreenTask add = () -> {
            for (int i = 0; i < times; i++) {
                semaphore.acquire();
                count[0]++;
                semaphore.release();
            }
        };
        var platform = Thread.ofPlatform().daemon().start(() -> {
            try {
                add.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        try (var other = EventLoop.start()) {
            var there = other.spawn(add);
            var here = Green.spawn(add);
            there.await();
            here.await();
        }
        platform.join();
        assertThat(count[0]).isEqualTo(3 * times);
    }

    @HubTest
    void fewerPermitsThanNoneAreRefused() {
        assertThatThrownBy(() -> new GreenSemaphore(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("permits: -1 (expected: >= 0)");
    }

    // ---- BoundedSemaphore

    @HubTest
    void aBoundedSemaphoreIsNotReleasedMoreOftenThanAcquired() throws Exception {
        var semaphore = new BoundedSemaphore(1);
        assertThatThrownBy(semaphore::release).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released too often");
        semaphore.acquire();
        semaphore.release();
        assertThat(semaphore.balance()).isEqualTo(1);
    }

    // ---- CappedSemaphore

    @HubTest
    void aCappedSemaphoreWaitsForPermitsAndForRoom() throws Exception {
        var semaphore = new CappedSemaphore(2, 3);
        assertThat(semaphore.acquire(LONG)).isTrue();
        assertThat(semaphore.acquire(LONG)).isTrue();
        var releaser = Green.spawn(() -> semaphore.release());
        semaphore.acquire();
        releaser.await();
        assertThat(semaphore.locked()).isTrue();
        assertThat(semaphore.balance()).isEqualTo(-3);
        semaphore.release();
        semaphore.release();
        semaphore.release();
        assertThat(semaphore.bounded()).isTrue();
        assertThat(semaphore.release(Duration.ZERO)).isFalse();
        var acquirer = Green.spawn(() -> semaphore.acquire());
        semaphore.release();
        acquirer.await();
        assertThat(semaphore.balance()).isEqualTo(3);
    }

    @HubTest
    void withALimitOfNoneThoseWhoBringAndThoseWhoTakeMeet() throws Exception {
        var semaphore = new CappedSemaphore(0, 0);
        assertThat(semaphore.acquire(Duration.ofMillis(1))).isFalse();
        assertThat(semaphore.release(Duration.ofMillis(1))).isFalse();
        var taker = Green.spawn(() -> semaphore.acquire());
        semaphore.release();
        taker.await();
        var bringer = Green.spawn(() -> semaphore.release());
        semaphore.acquire();
        bringer.await();
        assertThat(semaphore.balance()).isZero();
    }

    @HubTest
    void theBalanceOfTheHighestLimitIsAsLowAsANumberCanBe() throws Exception {
        var semaphore = new CappedSemaphore(0, Integer.MAX_VALUE);
        var first = waiting(semaphore::acquire, () -> semaphore.balance() == Integer.MIN_VALUE);
        var second = Green.spawn(() -> semaphore.acquire());
        Turns.untilWaits(second);
        assertThat(semaphore.balance()).isEqualTo(Integer.MIN_VALUE);
        semaphore.release();
        semaphore.release();
        first.await();
        second.await();
    }

    @HubTest
    void aKilledBringerBringsNothing() throws Exception {
        var semaphore = new CappedSemaphore(1, 1);
        var bringer = waiting(semaphore::release, () -> semaphore.balance() == 2);
        bringer.kill();
        assertThat(semaphore.balance()).isEqualTo(1);
        semaphore.acquire();
        assertThat(semaphore.acquire(Duration.ZERO)).isFalse();
        assertThatThrownBy(bringer::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void aLimitBelowTheCountIsRefused() {
        assertThatThrownBy(() -> new CappedSemaphore(2, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("limit: 1 (expected: >= count, which is 2)");
        assertThatThrownBy(() -> new CappedSemaphore(-1, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("count: -1 (expected: >= 0)");
    }

    private static GreenThread<?> waiting(GreenTask task, BooleanSupplier waits) {
        var thread = Green.spawn(task);
        Turns.until(waits);
        return thread;
    }
}
