package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.GreenPile;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.pool.TaskFailedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

class PoolTest {

    @HubTest
    void noMoreRunThanItsSize() throws Exception {
        var pool = new GreenPool(4);
        var running = new int[1];
        var most = new int[1];
        for (int i = 0; i < 20; i++) {
            pool.spawnN(() -> {
                running[0]++;
                most[0] = Math.max(most[0], running[0]);
                Green.sleep();
                running[0]--;
            });
        }
        pool.waitAll();
        assertThat(most[0]).isEqualTo(4);
        assertThat(pool.running()).isZero();
        assertThat(pool.free()).isEqualTo(4);
    }

    @HubTest
    void waitingSpawnersAreCountedAndServedFirstComeFirstServed() throws Exception {
        var pool = new GreenPool(1);
        var release = new CountDownLatch(1);
        var order = new ArrayList<Integer>();
        pool.spawnN(release::await);
        var spawners = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            spawners.add(Green.spawn(() -> pool.spawn(() -> order.add(number)).await()));
        }
        Green.sleep();
        assertThat(pool.waiting()).isEqualTo(3);
        assertThat(pool.running()).isEqualTo(1);
        release.countDown();
        pool.waitAll();
        for (var spawner : spawners) {
            spawner.await();
        }
        assertThat(order).containsExactly(0, 1, 2);
        assertThat(pool.waiting()).isZero();
    }

    @HubTest
    void aMemberOfAFullPoolRunsWhatItSpawnsItself() throws Exception {
        var pool = new GreenPool(1);
        var outer = pool.spawn(() -> pool.spawn(() -> "inner").await());
        assertThat(outer.await()).isEqualTo("inner");
        var failing = pool.spawn(() -> {
            GreenThread<Object> inner = pool.spawn(() -> {
                throw new IOException("its own");
            });
            assertThatThrownBy(inner::await).isInstanceOf(IOException.class);
            return "went on";
        });
        assertThat(failing.await()).isEqualTo("went on");
    }

    @HubTest
    void aKilledMemberGivesItsPlaceBackEvenIfItNeverBegan() throws Exception {
        var pool = new GreenPool(2);
        var begun = pool.spawn(() -> Green.sleep(null));
        Green.sleep();
        var unstarted = pool.spawn(() -> Green.sleep(null));
        begun.kill();
        unstarted.kill();
        pool.waitAll();
        assertThat(pool.free()).isEqualTo(2);
    }

    @HubTest
    void aSpawnThatTimesOutLosesNoPlace() throws Exception {
        var pool = new GreenPool(1);
        var release = new CountDownLatch(1);
        pool.spawnN(release::await);
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(2), () -> pool.spawn(() -> 1)))
                .isInstanceOf(Timeout.class);
        release.countDown();
        assertThat(pool.spawn(() -> 2).await()).isEqualTo(2);
        pool.waitAll();
        assertThat(pool.free()).isEqualTo(1);
    }

    @HubTest
    void growingLetsThoseInWhoWait() throws Exception {
        var pool = new GreenPool(0);
        var spawner = Green.spawn(() -> pool.spawn(() -> "in").await());
        Green.sleep();
        assertThat(pool.waiting()).isEqualTo(1);
        pool.resize(1);
        assertThat(spawner.await()).isEqualTo("in");
        pool.resize(0);
        assertThat(pool.free()).isZero();
    }

    @HubTest
    void waitAllByAMemberIsAnErrorThatSaysSo() throws Exception {
        var pool = new GreenPool(2);
        GreenThread<Object> member = pool.spawn(() -> {
            pool.waitAll();
            return "not reached";
        });
        assertThatThrownBy(member::await).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("wait for itself");
    }

    @HubTest
    void imapGivesResultsInOrderAndGoesOnAfterAFailure() throws Exception {
        var pool = new GreenPool(4);
        Iterator<Integer> results = pool.<Integer, Integer>imap(i -> {
            Green.sleep(Duration.ofNanos((10 - i) * 100_000L));
            if (i == 1 || i == 7) {
                throw new IOException("r");
            }
            return i;
        }, IntStream.range(0, 10).boxed().toList());
        var seen = new ArrayList<String>();
        while (results.hasNext()) {
            try {
                seen.add("" + results.next());
            } catch (TaskFailedException e) {
                seen.add("" + e.getMessage());
            }
        }
        assertThat(String.join("", seen)).isEqualTo("0java.io.IOException: r23456java.io.IOException: r89");
        assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
        assertThat(pool.running()).isZero();
    }

    @HubTest
    void imapTakesNoMoreFromItsInputThanItRunsAndKeepsToThePoolsLimit() {
        var pool = new GreenPool(3);
        var taken = new int[1];
        Iterable<Integer> endless = () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                return taken[0]++;
            }
        };
        var results = pool.<Integer, Integer>imap(i -> i * i, endless);
        assertThat(pool.running()).isLessThanOrEqualTo(3);
        for (int i = 0; i < 100; i++) {
            assertThat(results.next()).isEqualTo(i * i);
        }
        assertThat(taken[0]).isLessThanOrEqualTo(104);
        results.close();
    }

    @HubTest
    void anInputThatThrowsReachesTheConsumerAtItsPlace() {
        Iterable<Integer> broken = () -> new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < 3;
            }

            @Override
            public Integer next() {
                if (next == 2) {
                    next++;
                    throw new IllegalStateException("broken input");
                }
                return next++;
            }
        };
        var results = new GreenPool(10).<Integer, Integer>imap(i -> i, broken);
        assertThat(results.next()).isZero();
        assertThat(results.next()).isEqualTo(1);
        assertThatThrownBy(results::next).isInstanceOf(IllegalStateException.class).hasMessage("broken input");
        assertThat(results.hasNext()).isFalse();
    }

    @HubTest
    void aPileGivesResultsInTheOrderOfItsSpawnsAndANextThatTimesOutTakesNothing() throws Exception {
        var pile = new GreenPile<Integer>(4);
        for (int i = 0; i < 10; i++) {
            int number = i;
            pile.spawn(() -> {
                Green.sleep(Duration.ofMillis(number == 0 ? 10 : 0));
                return number;
            });
        }
        assertThatThrownBy(() -> Timeout.call(Duration.ZERO, pile::next)).isInstanceOf(Timeout.class);
        var all = new ArrayList<Integer>();
        pile.forEach(all::add);
        assertThat(all).isEqualTo(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
        assertThat(new GreenPile<Integer>().hasNext()).isFalse();
    }

    @HubTest
    void closingAPileKillsWhatStillRuns() throws Exception {
        var pool = new GreenPool(4);
        try (var pile = new GreenPile<Object>(pool)) {
            pile.spawn(() -> {
                Green.sleep(null);
                return 1;
            });
            Green.sleep();
        }
        pool.waitAll();
    }

    @HubTest
    void badSizesAreNamed() {
        assertThatThrownBy(() -> new GreenPool(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size: -1 (expected: >= 0)");
        assertThatThrownBy(() -> new GreenPool(1).resize(-5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size: -5 (expected: >= 0)");
    }
}
