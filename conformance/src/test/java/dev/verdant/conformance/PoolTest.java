package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenFunction;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Greenlet;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.GreenPile;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.pool.TaskFailedException;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

@AnyOrder
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
                Turns.until(() -> most[0] >= 4);
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
            Turns.until(() -> pool.waiting() == number + 1);
        }
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
        Turns.untilWaits(begun);
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
        Turns.until(() -> pool.waiting() == 1);
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
        var begun = new boolean[1];
        var pool = new GreenPool(4);
        try (var pile = new GreenPile<Object>(pool)) {
            pile.spawn(() -> {
                begun[0] = true;
                Green.sleep(null);
                return 1;
            });
            Turns.until(() -> begun[0]);
        }
        pool.waitAll();
    }

    @HubTest
    void whoIsKilledWhileItWaitsForAResultTakesNoneWhateverTheCauseLooksLike() throws Exception {
        for (Throwable cause : List.of(new CancellationException("a kill"), new ExecutionException("a kill", null))) {
            var pile = new GreenPile<Integer>(2);
            var mayEnd = new CountDownLatch(1);
            pile.spawn(() -> {
                mayEnd.await();
                return 1;
            });
            var reader = Green.spawn(pile::next);
            Turns.untilWaits(reader);
            reader.kill(cause);
            assertThatThrownBy(reader::await).isSameAs(cause);
            mayEnd.countDown();
            assertThat(pile.next()).isEqualTo(1);
        }
    }

    @HubTest
    void badSizesAreNamed() {
        assertThatThrownBy(() -> new GreenPool(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size: -1 (expected: >= 0)");
        assertThatThrownBy(() -> new GreenPool(1).resize(-5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size: -5 (expected: >= 0)");
    }

    // ---- spawning

    @HubTest
    void aMemberOfAFullPoolRunsWhatItSpawnsWithoutAHandleItselfToo() throws Exception {
        var pool = new GreenPool(1);
        var runners = new ArrayList<Thread>();
        pool.spawn(() -> {
            runners.add(Thread.currentThread());
            pool.spawnN(() -> runners.add(Thread.currentThread()));
            assertThat(pool.spawn(() -> "reenter").await()).isEqualTo("reenter");
            return 0;
        }).await();
        assertThat(runners).hasSize(2);
        assertThat(runners.get(0)).isSameAs(runners.get(1));
        pool.waitAll();
        assertThat(pool.free()).isEqualTo(1);
    }

    @HubTest
    void aFailureOfOneThatRanInItsCallerIsReportedWhenTheLoopEnds(HubProvider hub, Uncaught uncaught) throws Exception {
        var ended = new ArrayList<GreenThread<?>>(); // Reachable, so that only the loop's end has it reported.
        Green.run(options -> options.hub(hub).onUncaught((_, e) -> uncaught.add(e)), () -> {
            var pool = new GreenPool(1);
            pool.spawn(() -> {
                ended.add(pool.spawn(() -> {
                    throw new IOException("in its caller");
                }));
                ended.add(pool.spawn(() -> {
                    throw new IOException("so too");
                }));
                return 0;
            }).await();
        });
        assertThat(uncaught.failures()).extracting(Throwable::getMessage).containsExactlyInAnyOrder("in its caller",
                "so too");
        assertThat(ended).hasSize(2);
    }

    @HubTest
    void failuresLoseNoPlaces(Uncaught uncaught) throws Exception {
        var pool = new GreenPool(2);
        for (int i = 0; i < 20; i++) {
            pool.spawnN(() -> {
                throw new IOException("each");
            });
        }
        pool.waitAll();
        assertThat(pool.free()).isEqualTo(2);
        assertThat(uncaught.failures()).hasSize(20);
    }

    @HubTest
    void aMemberOnAnotherLoopSpawnsIntoASharedPool(HubProvider hub) throws Exception {
        var pool = new GreenPool(3);
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var done = new AtomicInteger();
        try (var other = EventLoop.start(options -> options.hub(hub))) {
            GreenTask spawner = () -> {
                for (int i = 0; i < 200; i++) {
                    pool.spawnN(() -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        Green.sleep();
                        running.decrementAndGet();
                        pool.spawnN(done::incrementAndGet);
                    });
                }
            };
            var there = other.spawn(spawner);
            spawner.run();
            there.await();
            pool.waitAll();
        }
        assertThat(done).hasValue(400);
        assertThat(most.get()).isBetween(1, 3);
        assertThat(pool.free()).isEqualTo(3);
    }

    @HubTest
    void whoEndedAsAMemberIsNoneAnyMore() throws Exception {
        var pool = new GreenPool(1);
        var waited = new boolean[1];
        var member = pool.spawn(() -> 1);
        member.link(ended -> {
            try {
                pool.waitAll();
                waited[0] = true;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        member.await();
        Turns.untilEnds(member);
        assertThat(waited[0]).isTrue();
    }

    @HubTest
    void aPileThatIsFullAndTimesOutLosesNoResult() throws Exception {
        var pile = new GreenPile<Integer>(4);
        for (int i = 0; i < 4; i++) {
            int number = i;
            pile.spawn(() -> number);
        }
        assertThatThrownBy(() -> Timeout.call(Duration.ZERO, () -> pile.spawn(() -> 99))).isInstanceOf(Timeout.class);
        for (int i = 4; i < 10; i++) {
            int number = i;
            pile.spawn(() -> number);
        }
        assertThat(drain(pile)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @HubTest
    void aTaskWithoutAResultHasNullInAPile() throws Exception {
        var pile = new GreenPile<String>();
        var ran = new boolean[1];
        pile.spawn(() -> {
            ran[0] = true;
        });
        assertThat(pile.next()).isNull();
        assertThat(ran[0]).isTrue();
    }

    // ---- mapping

    private static <T> List<T> drain(GreenPile<T> pile) {
        var all = new ArrayList<T>();
        pile.forEach(all::add);
        return all;
    }

    /** Both kinds of map; what does not depend on the order must hold for both. */
    private static <A, R> List<GreenPile<R>> maps(GreenPool pool, GreenFunction<A, R> function, Iterable<A> items) {
        return List.of(pool.imap(function, items), pool.imapUnordered(function, items));
    }

    private static List<Integer> range(int size) {
        return IntStream.range(0, size).boxed().toList();
    }

    @HubTest
    void imapUnorderedGivesResultsAsTheyCome() throws Exception {
        var mayEnd = range(3).stream().map(_ -> new CountDownLatch(1)).toList();
        var pile = new GreenPool(3).<Integer, Integer>imapUnordered(i -> {
            mayEnd.get(i).await();
            return i;
        }, range(3));
        for (int i : new int[]{1, 2, 0}) {
            mayEnd.get(i).countDown();
            assertThat(pile.next()).isEqualTo(i);
        }
        GreenFunction<Integer, Integer> sleep = millis -> {
            Green.sleep(Duration.ofMillis(millis));
            return millis;
        };
        assertThat(drain(new GreenPool(1).imapUnordered(sleep, List.of(6, 1, 2)))).containsExactly(6, 1, 2);
    }

    @HubTest
    void aTaskThatFailsIsThrownAtItsPlaceAndTheOthersCome() {
        for (var pile : maps(new GreenPool(1), (Integer x) -> 1 / x, List.of(1, 0, 2))) {
            assertThat(pile.next()).isEqualTo(1);
            assertThatThrownBy(pile::next).isInstanceOf(ArithmeticException.class);
            assertThat(pile.next()).isZero();
            assertThat(pile.hasNext()).isFalse();
            assertThatThrownBy(pile::next).as("it does not hang").isInstanceOf(NoSuchElementException.class);
        }
    }

    @HubTest
    void aTaskThatThrowsNoSuchElementDoesNotEndTheMap() {
        var pile = new GreenPool(2).<Integer, Integer>imap(i -> {
            if (i == 1) {
                throw new NoSuchElementException("its own");
            }
            return i;
        }, range(3));
        assertThat(pile.next()).isZero();
        assertThatThrownBy(pile::next).hasMessage("its own");
        assertThat(pile.hasNext()).isTrue();
        assertThat(pile.next()).isEqualTo(2);
    }

    @HubTest
    void aMapOverNothingIsAtItsEnd() {
        for (var pile : maps(new GreenPool(2), i -> i, List.of())) {
            assertThat(pile.hasNext()).isFalse();
            assertThatThrownBy(pile::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @HubTest
    void anInputThatThrowsReachesTheConsumerOfAnUnorderedMapToo() {
        Iterable<Integer> broken = () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                throw new IllegalStateException("broken input");
            }

            @Override
            public Integer next() {
                return 0;
            }
        };
        for (var pile : maps(new GreenPool(2), (Integer i) -> i, broken)) {
            assertThat(pile.hasNext()).isTrue();
            assertThatThrownBy(pile::next).hasMessage("broken input");
        }
    }

    @HubTest
    void aSlowReaderIsNotRunAwayFrom() {
        for (boolean ordered : new boolean[]{true, false}) {
            var ran = new int[1];
            GreenFunction<Integer, Integer> count = i -> {
                ran[0]++;
                return i;
            };
            var pool = new GreenPool(1);
            var pile = ordered ? pool.imap(count, range(100)) : pool.imapUnordered(count, range(100));
            for (int i = 0; i < 100; i++) {
                assertThat(pile.next()).isEqualTo(i);
                Green.sleep();
                Green.sleep();
                assertThat(ran[0]).isBetween(i + 1, i + 2);
            }
        }
    }

    @HubTest
    void starmapTakesPairs() {
        assertThat(drain(new GreenPool(2).starmap((String a, Integer b) -> a.repeat(b),
                List.of(Map.entry("a", 3), Map.entry("b", 0), Map.entry("c", 1))))).containsExactly("aaa", "", "c");
    }

    @HubTest
    void mapsKeepToTheLimitOfTheirPoolTogetherAndWaitAllCoversWhatTheyHaveStarted() throws Exception {
        var pool = new GreenPool(3);
        var running = new int[2];
        GreenFunction<Integer, Integer> task = i -> {
            running[1] = Math.max(running[1], ++running[0]);
            Green.sleep();
            running[0]--;
            return i;
        };
        var piles = maps(pool, task, range(50));
        pool.spawnN(() -> task.apply(0));
        var drains = piles.stream().map(pile -> Green.spawn(() -> drain(pile))).toList();
        for (var each : drains) {
            assertThat(each.await()).containsExactlyInAnyOrderElementsOf(range(50));
        }
        assertThat(running[1]).isEqualTo(3);

        var letGo = new CountDownLatch(1);
        var started = pool.imap(i -> {
            letGo.await();
            return i;
        }, range(3));
        var waiter = Green.spawn(pool::waitAll);
        Turns.untilWaits(waiter);
        assertThat(waiter.isDone()).isFalse();
        letGo.countDown();
        waiter.await();
        assertThat(drain(started)).containsExactly(0, 1, 2);
    }

    @HubTest
    void anIteratorThatIsAbandonedHoldsNothing() throws Exception {
        var pool = new GreenPool(2);
        for (var pile : maps(pool, (Integer i) -> i, () -> IntStream.iterate(0, i -> i + 1).iterator())) {
            assertThat(pile.next()).isLessThan(2);
            assertThat(pile.next()).isLessThan(3);
        }
        pool.waitAll();
        assertThat(pool.free()).isEqualTo(2);
    }

    @HubTest
    void aMemberOfAFullPoolMapsInItsOwnThread() throws Exception {
        var pool = new GreenPool(1);
        var all = pool.spawn(() -> maps(pool, (Integer i) -> i, range(5)).stream().map(PoolTest::drain).toList())
                .await();
        assertThat(all).allSatisfy(each -> assertThat(each).containsExactly(0, 1, 2, 3, 4));
    }

    @HubTest
    void aConsumerThatTimesOutBeforeAPlaceIsFreeLosesNoItem() throws Exception {
        var pool = new GreenPool(1);
        var letGo = new CountDownLatch(1);
        pool.spawnN(letGo::await);
        Green.sleep();
        var piles = maps(pool, (Integer i) -> i, range(4));
        for (var pile : piles) {
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), pile::next)).isInstanceOf(Timeout.class);
            assertThat(pile.hasNext()).isTrue();
        }
        letGo.countDown();
        for (var pile : piles) {
            assertThat(drain(pile)).containsExactly(0, 1, 2, 3);
        }
    }

    @HubTest
    void aConsumerThatTimesOutInTheInputOrBeforeTheResultLosesNothing() throws Exception {
        for (boolean ordered : new boolean[]{true, false}) {
            var waits = new boolean[]{false};
            Iterable<Integer> slow = () -> {
                var items = range(5).iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        if (waits[0]) {
                            waits[0] = false;
                            try (var _ = Timeout.start(Duration.ofMillis(2))) {
                                Green.sleep(null);
                            }
                        }
                        return items.hasNext();
                    }

                    @Override
                    public Integer next() {
                        return items.next();
                    }
                };
            };
            var pool = new GreenPool(2);
            GreenFunction<Integer, Integer> task = i -> {
                Green.sleep(Duration.ofMillis(1));
                return i;
            };
            var pile = ordered ? pool.imap(task, slow) : pool.imapUnordered(task, slow);
            assertThatThrownBy(() -> Timeout.call(Duration.ZERO, pile::next)).isInstanceOf(Timeout.class);
            waits[0] = true;
            assertThatThrownBy(pile::next).isInstanceOf(Timeout.class);
            var all = drain(pile);
            assertThat(all).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
            if (ordered) {
                assertThat(all).isSorted();
            }
            assertThat(pool.free()).isEqualTo(2);
        }
    }

    @HubTest
    void closingAnUnorderedMapKillsWhatStillRunsAndForgetsWhatCame() throws Exception {
        var pool = new GreenPool(3);
        var pile = pool.imapUnordered(i -> {
            Green.sleep(i == 0 ? Duration.ZERO : null);
            return i;
        }, range(10));
        Green.sleep();
        Green.sleep();
        pile.close();
        pool.waitAll();
        assertThat(pile.hasNext()).isFalse();
        pile.spawn(() -> 42);
        assertThat(drain(pile)).containsExactly(42);
    }

    @HubTest(seconds = 60)
    void aMapOverAMillionHoldsNoMoreThanItsPoolRuns() {
        int items = Counts.of(1_000_000);
        for (boolean ordered : new boolean[]{true, false}) {
            var pool = new GreenPool(100);
            var taken = new int[1];
            Iterable<Integer> counted = () -> IntStream.range(0, items).peek(_ -> taken[0]++).iterator();
            GreenFunction<Integer, Integer> same = i -> i;
            var pile = ordered ? pool.imap(same, counted) : pool.imapUnordered(same, counted);
            long sum = 0;
            int most = 0;
            for (int seen = 0; pile.hasNext(); seen++) {
                sum += pile.next();
                most = Math.max(most, taken[0] - seen);
            }
            assertThat(sum).isEqualTo((long) items * (items - 1) / 2);
            assertThat(most).isLessThanOrEqualTo(102);
        }
    }

    @HubTest
    void aGreenletOfAMemberIsOfThePoolToo() throws Exception {
        var pool = new GreenPool(1);
        var outer = pool.spawn(() -> new Greenlet(ignored -> {
            assertThatThrownBy(pool::waitAll).isInstanceOf(IllegalStateException.class);
            try {
                return pool.spawn(() -> "inner").await();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }).switchTo(null));
        assertThat(outer.await()).isEqualTo("inner");
    }

    @HubTest
    void aMapOverAMapOfTheSamePoolOfOneComesToItsEnd() {
        var pool = new GreenPool(1);
        var results = new ArrayList<Integer>();
        pool.imap(n -> n + 1, pool.imap(n -> n * 2, List.of(1, 2, 3, 4))).forEachRemaining(results::add);
        assertThat(results).containsExactly(3, 5, 7, 9);
        assertThat(pool.free()).isEqualTo(1);
    }

    @HubTest
    void aKillWithACauseOfItsOwnEndsTheMemberWhoseverBodyItRuns() throws Exception {
        var pool = new GreenPool(1);
        var cause = new IllegalStateException("enough");
        var begun = new CountDownLatch(1);
        var wentOn = new boolean[1];
        var member = pool.spawn(() -> {
            pool.spawn(() -> {
                begun.countDown();
                Green.sleep(null);
            });
            wentOn[0] = true;
        });
        begun.await();
        member.kill(cause);
        assertThatThrownBy(member::await).isSameAs(cause);
        assertThat(wentOn[0]).isFalse();
    }
}
