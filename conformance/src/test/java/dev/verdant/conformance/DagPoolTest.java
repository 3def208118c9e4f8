package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.entry;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Greenlet;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.DagPool;
import dev.verdant.green.pool.DagResults;
import dev.verdant.green.pool.KeyFailedException;
import dev.verdant.green.pool.NativePool;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

@AnyOrder
class DagPoolTest {

    /** Joins the key and the values of what it depends on. */
    private static String join(String key, DagResults<String, String> parts) throws InterruptedException {
        return parts.toMap().values().stream().sorted().collect(Collectors.joining(",", key + "(", ")"));
    }

    private static DagPool<String, Integer> preloaded() {
        return new DagPool<>(new LinkedHashMap<>(Map.of("a", 1, "b", 2, "c", 3)));
    }

    // ---- values

    @HubTest
    void aDiamondIsBuiltInWhateverOrderItIsSpawned() throws Exception {
        var pool = new DagPool<String, String>();
        var depends = new LinkedHashMap<String, List<String>>();
        depends.put("top", List.of("left", "right"));
        depends.put("left", List.of("bottom"));
        depends.put("bottom", List.of());
        depends.put("right", List.of("bottom"));
        pool.spawnMany(depends, DagPoolTest::join);
        assertThat(pool.await("top")).isEqualTo("top(left(bottom()),right(bottom()))");
        assertThat(pool.waitAll()).containsOnlyKeys("top", "left", "right", "bottom");
        assertThat(pool.running()).isZero();
    }

    @HubTest
    void readingWhatIsThereNeverSuspends() throws Exception {
        var pool = preloaded();
        pool.post("d", 4);
        var turns = new int[1];
        var counter = Green.spawn(() -> {
            while (true) {
                turns[0]++;
                Green.sleep();
            }
        });
        assertThat(pool.waitAll(List.of("a", "b", "c"))).containsExactly(entry("a", 1), entry("b", 2), entry("c", 3));
        assertThat(pool.await("d")).isEqualTo(4);
        int sum = 0;
        for (var each : pool.waitEach()) {
            sum += each.getValue();
        }
        assertThat(sum).isEqualTo(10);
        assertThat(pool.get("b")).isEqualTo(2);
        assertThat(pool.get("nobody's")).isNull();
        assertThat(pool.getOrDefault("nobody's", 9)).isEqualTo(9);
        assertThat(turns[0]).isZero();
        counter.kill();
    }

    @HubTest
    void valuesComeInTheOrderInWhichTheyBecomeAvailable() throws Exception {
        var pool = preloaded();
        var results = pool.waitEach(List.of("z", "a", "y", "x", "b"));
        var seen = new ArrayList<String>();
        var reader = Green.spawn(() -> results.forEach(each -> seen.add(each.getKey())));
        Turns.until(() -> seen.size() == 2);
        assertThat(seen).containsExactly("a", "b");
        for (String key : List.of("x", "z", "y")) {
            pool.post(key, 0);
            Turns.until(() -> seen.contains(key));
        }
        reader.await();
        assertThat(seen).containsExactly("a", "b", "x", "z", "y");
        assertThat(results.hasNext()).isFalse();
        assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
    }

    @HubTest
    void whatIsKnownWhenTheCallIsMadeIsWhatIsWaitedFor() throws Exception {
        var pool = preloaded();
        var letGo = new CountDownLatch(1);
        pool.spawn("d", List.of(), (_, _) -> {
            letGo.await();
            return 4;
        });
        var all = Green.spawn(() -> pool.waitAll());
        Turns.untilWaits(all);
        pool.spawn("e", List.of("never"), (_, parts) -> parts.toMap().size());
        letGo.countDown();
        assertThat(all.await()).containsOnlyKeys("a", "b", "c", "d");
        assertThat(pool.kill("e")).isTrue();
    }

    @HubTest
    void nullIsAValueToo() throws Exception {
        var pool = new DagPool<String, Object>();
        pool.spawn("nothing", List.of(), (_, _) -> null);
        assertThat(pool.await("nothing")).isNull();
        assertThat(pool.keys()).containsExactly("nothing");
        assertThat(pool.waitAll()).containsExactly(entry("nothing", null));
    }

    // ---- what one can ask

    @HubTest
    void everyStageOfAGraphIsShown() throws Exception {
        var pool = preloaded();
        var events = new HashMap<String, CountDownLatch>();
        for (String key : List.of("d", "e", "f", "g")) {
            var event = new CountDownLatch(1);
            events.put(key, event);
            pool.spawn(key, List.of(), (_, _) -> {
                event.await();
                return 10;
            });
        }
        pool.spawn("h", List.of("b", "c", "d", "e", "f", "g"), (_, parts) -> parts.toMap().size());
        Turns.until(() -> pool.waiting() == 1);
        assertThat(pool.running()).isEqualTo(5);
        assertThat(pool.runningKeys()).containsExactlyInAnyOrder("d", "e", "f", "g", "h");
        assertThat(pool.keys()).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(pool.waiting()).isEqualTo(1);
        assertThat(pool.waitingFor()).containsExactly(entry("h", Set.of("d", "e", "f", "g")));
        assertThat(pool.waitingFor("d")).isEmpty();
        assertThat(pool.waitingFor("a")).isEmpty();
        assertThatThrownBy(() -> pool.waitingFor("j")).isInstanceOf(NoSuchElementException.class)
                .hasMessage("key: 'j' (expected: one that was spawned or posted)");
        finish(pool, events, "f");
        assertThat(pool.waitingFor("h")).containsExactlyInAnyOrder("d", "e", "g");
        assertThat(pool.running()).isEqualTo(4);
        finish(pool, events, "e");
        finish(pool, events, "g");
        assertThat(pool.waitingFor("h")).containsExactly("d");
        assertThat(pool.running()).isEqualTo(2);
        finish(pool, events, "d");
        assertThat(pool.await("h")).isEqualTo(6);
        assertThat(pool.items()).containsOnlyKeys("a", "b", "c", "d", "e", "f", "g", "h").containsEntry("h", 6);
        assertThat(pool.running()).isZero();
        assertThat(pool.waiting()).isZero();
    }

    private static void finish(DagPool<String, Integer> pool, Map<String, CountDownLatch> events, String key)
            throws Exception {
        Objects.requireNonNull(events.get(key)).countDown();
        assertThat(pool.await(key)).isEqualTo(10);
        while (pool.runningKeys().contains(key)) {
            Green.sleep();
        }
    }

    // ---- posting

    @HubTest
    void aKeyIsSpawnedAndPostedOnceAndMoreIsACollision() throws Exception {
        var pool = preloaded();
        assertThatThrownBy(() -> pool.spawn("a", List.of(), (_, _) -> 0)).isInstanceOf(IllegalStateException.class)
                .hasMessage("key: 'a' has a value or has failed already: postOrReplace replaces that");
        assertThatThrownBy(() -> pool.post("a", 7)).isInstanceOf(IllegalStateException.class);
        assertThat(pool.get("a")).isEqualTo(1);
        pool.postOrReplace("a", 7);
        assertThat(pool.get("a")).isEqualTo(7);

        var letGo = new CountDownLatch(1);
        pool.spawn("d", List.of(), (_, _) -> {
            letGo.await();
            return 4;
        });
        for (boolean replace : new boolean[]{false, true}) {
            assertThatThrownBy(() -> {
                if (replace) {
                    pool.postOrReplace("d", 0);
                } else {
                    pool.post("d", 0);
                }
            }).isInstanceOf(IllegalStateException.class)
                    .hasMessage("key: 'd' has a function, which runs: only that may post its value");
        }
        assertThatThrownBy(() -> pool.spawn("d", List.of(), (_, _) -> 0)).isInstanceOf(IllegalStateException.class);
        letGo.countDown();
        assertThat(pool.await("d")).isEqualTo(4);
        assertThatThrownBy(() -> pool.spawn("d", List.of(), (_, _) -> 0)).isInstanceOf(IllegalStateException.class);
    }

    @HubTest
    void aFunctionMayPostItsOwnValueAndWhatItReturnsLaterDoesNotCount() throws Exception {
        var pool = new DagPool<String, Integer>();
        var letGo = new CountDownLatch(1);
        pool.spawn("d", List.of(), (key, _) -> {
            pool.post(key, 1);
            pool.postOrReplace(key, 2);
            assertThatThrownBy(() -> pool.post(key, 3)).isInstanceOf(IllegalStateException.class);
            letGo.await();
            return 4;
        });
        assertThat(pool.await("d")).isEqualTo(2);
        assertThat(pool.runningKeys()).containsExactly("d");
        letGo.countDown();
        while (pool.running() > 0) {
            Green.sleep();
        }
        assertThat(pool.get("d")).isEqualTo(2);
    }

    @HubTest
    void severalAreSpawnedAllOrNone() throws Exception {
        var pool = preloaded();
        var ran = new ArrayList<String>();
        var depends = new LinkedHashMap<String, List<String>>();
        depends.put("x", List.of());
        depends.put("a", List.of());
        assertThatThrownBy(() -> pool.spawnMany(depends, (key, _) -> {
            ran.add(key);
            return 0;
        })).isInstanceOf(IllegalStateException.class);
        Green.sleep();
        assertThat(ran).isEmpty();
        assertThat(pool.running()).isZero();
        pool.post("x", 1);
    }

    // ---- failures

    @HubTest
    void aFailureGoesFromKeyToKeyToWhoeverAsks() throws Exception {
        var pool = new DagPool<String, String>();
        var cause = new IOException("no source");
        pool.spawn("c", List.of("b"), DagPoolTest::join);
        pool.spawn("b", List.of("a"), DagPoolTest::join);
        pool.spawn("a", List.of(), (_, _) -> {
            throw cause;
        });
        assertThatThrownBy(() -> pool.await("c")).isInstanceOfSatisfying(KeyFailedException.class, c -> {
            assertThat(c.key()).isEqualTo("c");
            assertThat(c.getCause()).isInstanceOfSatisfying(KeyFailedException.class, b -> {
                assertThat(b.key()).isEqualTo("b");
                assertThat(b.getCause()).isInstanceOfSatisfying(KeyFailedException.class,
                        a -> assertThat(a.getCause()).isSameAs(cause));
            });
        }).hasMessageStartingWith("the key 'c' failed: ").hasMessageContaining("the key 'a' failed: ")
                .hasMessageEndingWith("java.io.IOException: no source");
        assertThatThrownBy(pool::items).isInstanceOf(KeyFailedException.class);
        assertThatThrownBy(() -> pool.get("a")).isInstanceOf(KeyFailedException.class);
        assertThatThrownBy(() -> pool.waitAll(List.of("a"))).isInstanceOf(KeyFailedException.class);
        assertThat(pool.keys()).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(pool.running()).isZero();
    }

    @HubTest
    void aTimeoutInAFunctionLeavesNobodyHanging() throws Exception {
        var pool = new DagPool<String, String>();
        pool.spawn("slow", List.of(), (_, _) -> {
            try (var _ = Timeout.start(Duration.ofMillis(2))) {
                Green.sleep(null);
            }
            return "";
        });
        pool.spawn("on it", List.of("slow"), DagPoolTest::join);
        assertThatThrownBy(() -> pool.waitAll(List.of("on it"))).isInstanceOf(KeyFailedException.class)
                .rootCause().isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> pool.await("slow")).cause().isInstanceOf(Timeout.class);
    }

    @HubTest
    void aFunctionThatCatchesAFailureGoesOnWithTheRest() throws Exception {
        var pool = preloaded();
        pool.postException("bad", new IOException("posted"));
        pool.spawn("sum", List.of("bad", "a", "b"), (_, parts) -> {
            int sum = 0;
            while (parts.hasNext()) {
                try {
                    sum += parts.next().getValue();
                } catch (KeyFailedException e) {
                    sum += 100;
                }
            }
            return sum;
        });
        assertThat(pool.await("sum")).isEqualTo(103);
    }

    @HubTest
    void successesAndFailuresCanBeAskedForAlone() throws Exception {
        var pool = preloaded();
        var letGo = new CountDownLatch(1);
        pool.postException("x", new IOException("x"));
        pool.spawn("y", List.of(), (_, _) -> {
            letGo.await();
            throw new IOException("y");
        });
        pool.spawn("z", List.of("y"), (_, _) -> {
            letGo.await();
            return 26;
        });
        var keys = List.of("x", "a", "y", "z");
        var good = Green.spawn(() -> {
            var seen = new ArrayList<String>();
            pool.waitEachSuccess(keys).forEach(each -> seen.add(each.getKey() + each.getValue()));
            return seen;
        });
        var bad = Green.spawn(() -> {
            var seen = new ArrayList<String>();
            pool.waitEachException(keys)
                    .forEach(each -> seen.add(each.getKey() + messageOf(each.getValue())));
            return seen;
        });
        Turns.untilWaits(good);
        assertThat(good.isDone()).as("all are waited for").isFalse();
        letGo.countDown();
        assertThat(good.await()).containsExactly("a1", "z26");
        assertThat(bad.await()).containsExactly("xx", "yy");
    }

    private static String messageOf(KeyFailedException failed) {
        return "" + Objects.requireNonNull(failed.getCause()).getMessage();
    }

    @HubTest
    void aFailureThatNobodyAsksForIsReported(Uncaught uncaught, HubProvider hub) throws Exception {
        var unseen = new ArrayList<Throwable>();
        Green.run(options -> options.hub(hub).onUncaught((_, e) -> unseen.add(e)), () -> {
            var pool = new DagPool<String, String>();
            pool.spawn("seen", List.of(), (_, _) -> {
                throw new IOException("seen");
            });
            pool.spawn("unseen", List.of(), (_, _) -> {
                throw new IOException("unseen");
            });
            assertThatThrownBy(() -> pool.await("seen")).isInstanceOf(KeyFailedException.class);
            while (pool.running() > 0) {
                Green.sleep();
            }
        });
        assertThat(unseen).singleElement().satisfies(e -> assertThat(e).hasMessage("unseen"));
        assertThat(uncaught.failures()).isEmpty();
    }

    // ---- ending early

    @HubTest
    void killingAFunctionThatRunsAnswersWhoDependsOnItAndFreesItsKey() throws Exception {
        var pool = new DagPool<String, String>();
        var begun = new boolean[1];
        var died = new boolean[1];
        pool.spawn("victim", List.of("never"), (key, parts) -> {
            begun[0] = true;
            try {
                return join(key, parts);
            } finally {
                died[0] = true;
            }
        });
        pool.spawn("on it", List.of("victim"), DagPoolTest::join);
        Turns.until(() -> begun[0]);
        assertThat(pool.kill("victim")).isTrue();
        assertThat(died[0]).isTrue();
        assertThatThrownBy(() -> pool.await("on it")).isInstanceOf(KeyFailedException.class).rootCause()
                .isInstanceOf(GreenExit.class).hasMessage("the key 'victim' was killed");
        assertThatThrownBy(() -> pool.await("victim")).cause().isInstanceOf(GreenExit.class);
        assertThat(pool.kill("victim")).as("it has ended").isFalse();
        assertThat(pool.kill("unheard of")).isFalse();
        pool.spawn("victim", List.of(), DagPoolTest::join);
        assertThat(pool.await("victim")).isEqualTo("victim()");
    }

    @HubTest
    void killingAFunctionThatHasNotBegunOrDoesNotDieAnswersToo() throws Exception {
        var pool = new DagPool<String, String>();
        var ran = new boolean[1];
        pool.spawn("unborn", List.of(), (_, _) -> {
            ran[0] = true;
            return "";
        });
        assertThat(pool.kill("unborn")).isTrue();
        assertThatThrownBy(() -> pool.await("unborn")).cause().isInstanceOf(GreenExit.class);
        pool.post("unborn", "posted");
        assertThat(pool.await("unborn")).isEqualTo("posted");

        var begun = new boolean[1];
        var returns = new boolean[1];
        var letGo = new CountDownLatch(1);
        pool.spawn("undying", List.of(), (_, _) -> {
            begun[0] = true;
            try {
                Green.sleep(null);
                return "not reached";
            } catch (GreenExit e) {
                letGo.await();
                returns[0] = true;
                return "late";
            }
        });
        Turns.until(() -> begun[0]);
        assertThat(pool.kill("undying")).isTrue();
        assertThatThrownBy(() -> pool.await("undying")).isInstanceOf(KeyFailedException.class);
        pool.post("undying", "anew");
        letGo.countDown();
        Turns.until(() -> returns[0]);
        assertThat(pool.await("undying")).isEqualTo("anew");
        assertThat(ran[0]).isFalse();
    }

    @HubTest
    void aKilledKeyKeepsItsAnswerWhenItIsNotSpawnedAnew() throws Exception {
        var pool = new DagPool<String, String>();
        pool.spawn("victim", List.of("never"), DagPoolTest::join);
        assertThat(pool.kill("victim")).isTrue();
        var depends = new LinkedHashMap<String, List<String>>();
        depends.put("victim", List.of("user"));
        depends.put("user", List.of("victim"));
        assertThatThrownBy(() -> pool.spawnMany(depends, DagPoolTest::join))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("cycle");
        assertThat(pool.keys()).containsExactly("victim");
        assertThatThrownBy(() -> pool.await("victim")).cause().isInstanceOf(GreenExit.class);
    }

    @HubTest
    void aFunctionThatWaitsForItsOwnKeyIsToldSo() throws Exception {
        var pool = new DagPool<String, String>();
        var message = "key: 'own' is waited for by its own function, on which it depends: that would wait for ever. Post the value first, or leave the key out.";
        pool.spawn("own", List.of(), (key, _) -> {
            var inGreenlet = new Greenlet(_ -> catchThrowable(() -> pool.await(key))).switchTo(null);
            assertThat((Throwable) inGreenlet).isInstanceOf(IllegalStateException.class).hasMessage(message);
            assertThatThrownBy(() -> pool.waitAll(List.of(key))).hasMessage(message);
            assertThatThrownBy(() -> pool.waitAll()).hasMessage(message);
            pool.post(key, "posted");
            return pool.await(key) + pool.waitAll();
        });
        var other = Green.spawn(() -> pool.await("own"));
        assertThat(other.await()).isEqualTo("posted");
        Turns.until(() -> pool.running() == 0);
        pool.spawn("careless", List.of(), (key, _) -> pool.await(key));
        assertThatThrownBy(() -> pool.await("careless")).isInstanceOf(KeyFailedException.class).cause()
                .isInstanceOf(IllegalStateException.class).hasMessageStartingWith("key: 'careless' is waited for");
    }

    @HubTest
    void aSelectionOfAnswersThatIsClosedWaitsForNoneAnyMore() throws Exception {
        var pool = new DagPool<String, String>();
        pool.post("here", "a");
        var successes = pool.waitEachSuccess(List.of("here", "never"));
        assertThat(successes.next()).isEqualTo(entry("here", "a"));
        var waiter = Green.spawn(() -> successes.hasNext());
        Turns.untilWaits(waiter);
        successes.close();
        assertThat(waiter.await()).isFalse();
        var failures = pool.waitEachException(List.of("here", "never"));
        failures.close();
        assertThat(failures.hasNext()).isFalse();
        assertThatThrownBy(failures::next).isInstanceOf(NoSuchElementException.class);
    }

    /** Keys that are all in one bin of a hash table, and use the pool to say what they are called. */
    private record Talkative(DagPool<Object, String> pool, String name) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Talkative talkative && talkative.name.equals(name);
        }

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        public String toString() {
            try {
                NativePool.execute(() -> pool.postOrReplace(new Talkative(pool, "said"), "yes"));
                return name;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    @HubTest
    void aKeyMayUseThePoolWhileItIsNamedInAMessage() throws Exception {
        var pool = new DagPool<Object, String>();
        var key = new Talkative(pool, "taken");
        pool.post(key, "a");
        assertThatThrownBy(() -> pool.post(key, "b")).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("key: 'taken' has a value");
        assertThatThrownBy(() -> pool.spawn(key, List.of(), (_, _) -> "")).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("key: 'taken' has a value");
        assertThat(pool.await(new Talkative(pool, "said"))).isEqualTo("yes");
    }

    @HubTest
    void aReaderThatTimesOutTakesNothingAndLeavesNothingBehind() throws Exception {
        var pool = new DagPool<String, Integer>();
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), () -> pool.await("later")))
                .isInstanceOf(Timeout.class);
        var results = pool.waitEach(List.of("later"));
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), results::next)).isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> pool.waitingFor("later")).as("nobody knows it")
                .isInstanceOf(NoSuchElementException.class);
        pool.post("later", 1);
        assertThat(results.next()).isEqualTo(Map.entry("later", 1));
    }

    // ---- cycles

    @HubTest
    void aCycleIsRefusedAndNamed() throws Exception {
        var pool = new DagPool<String, String>();
        pool.spawn("a", List.of("b"), DagPoolTest::join);
        pool.spawn("b", List.of("x", "c"), DagPoolTest::join);
        assertThatThrownBy(() -> pool.spawn("c", List.of("x", "a"), DagPoolTest::join))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("depends: c -> a -> b -> c (expected: no cycle");
        assertThatThrownBy(() -> pool.spawn("self", List.of("self"), DagPoolTest::join))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("depends: self -> self (");
        assertThat(pool.runningKeys()).containsExactlyInAnyOrder("a", "b");
        pool.spawn("c", List.of(), DagPoolTest::join);
        pool.post("x", "x");
        assertThat(pool.await("a")).isEqualTo("a(b(c(),x))");
    }

    @HubTest
    void aCycleAmongSeveralThatAreSpawnedAtATimeIsRefused() throws Exception {
        var pool = new DagPool<String, String>();
        var waiter = Green.spawn(() -> pool.await("p"));
        Turns.untilWaits(waiter);
        assertThatThrownBy(() -> pool.spawnMany(Map.of("p", List.of("q"), "q", List.of("p")), DagPoolTest::join))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(" -> ");
        assertThat(pool.running()).isZero();
        pool.post("p", "who waited still does");
        assertThat(waiter.await()).isEqualTo("who waited still does");
    }

    // ---- any thread

    @HubTest
    void graphsAtRandomAreBuiltFromTwoLoopsAndAThreadOnNone(HubProvider hub) throws Exception {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < Counts.of(500); round++) {
            int keys = 2 + random.nextInt(30);
            var depends = new HashMap<Integer, List<Integer>>();
            for (int key = 0; key < keys; key++) {
                int last = key;
                depends.put(key, random.ints(random.nextInt(4), -1, Math.max(0, last)).boxed().filter(i -> i >= 0)
                        .distinct().toList());
            }
            assertThat(build(depends, hub, random)).as("seed " + seed + ", round " + round)
                    .isEqualTo(expected(depends, keys));
        }
    }

    private static Map<Integer, Long> expected(Map<Integer, List<Integer>> depends, int keys) {
        var values = new HashMap<Integer, Long>();
        for (int key = 0; key < keys; key++) {
            values.put(key, key + 3 * Objects.requireNonNull(depends.get(key)).stream().mapToLong(values::get).sum());
        }
        return values;
    }

    private static Map<Integer, Long> build(Map<Integer, List<Integer>> depends, HubProvider hub, Random random)
            throws Exception {
        var pool = new DagPool<Integer, Long>();
        var order = new ArrayList<>(depends.keySet());
        Collections.shuffle(order, random);
        var offLoop = new FutureTask<>(() -> pool.waitAll(order));
        Thread.ofPlatform().daemon().start(offLoop);
        try (var other = EventLoop.start(options -> options.hub(hub))) {
            var spawners = new ArrayList<GreenThread<?>>();
            for (int key : order) {
                if (random.nextBoolean()) {
                    spawners.add(other.spawn(() -> spawn(pool, key, depends)));
                } else {
                    spawn(pool, key, depends);
                }
            }
            for (var each : spawners) {
                each.await();
            }
            return new HashMap<>(offLoop.get());
        }
    }

    private static void spawn(DagPool<Integer, Long> pool, int key, Map<Integer, List<Integer>> depends) {
        pool.spawn(key, Objects.requireNonNull(depends.get(key)),
                (number, parts) -> number + 3 * parts.toMap().values().stream().mapToLong(Long::longValue).sum());
    }

    @HubTest
    void aGreenletOfAFunctionMayPostItsValue() throws Exception {
        var pool = new DagPool<String, Integer>();
        pool.spawn("a", List.of(), (key, none) -> {
            new Greenlet(ignored -> {
                pool.post(key, 1);
                return null;
            }).switchTo(null);
            return 2;
        });
        assertThat(pool.await("a")).isEqualTo(1);
    }

    @HubTest
    void aClosedIterationGivesWhatHasComeAndWaitsForNoMore() throws Exception {
        var pool = new DagPool<String, Integer>(Map.of("a", 1));
        var results = pool.waitEach(List.of("a", "b", "c"));
        results.close();
        assertThat(results.next()).isEqualTo(Map.entry("a", 1));
        assertThat(results.hasNext()).isFalse();
        assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
        pool.post("b", 2);
        assertThat(results.hasNext()).isFalse();
    }

    @HubTest
    void whoWaitsInAnIterationThatIsClosedIsWoken() throws Exception {
        var pool = new DagPool<String, Integer>();
        var results = pool.waitEach(List.of("a"));
        var reader = Green.spawn(() -> results.next());
        Green.sleep();
        results.close();
        assertThatThrownBy(reader::await).isInstanceOf(NoSuchElementException.class);
    }

    @HubTest
    void whatALongChainOfFailuresSaysDoesNotGrowWithIt() throws Exception {
        var pool = new DagPool<Integer, Integer>();
        int length = 500;
        for (int i = 1; i <= length; i++) {
            pool.spawn(i, List.of(i - 1), (key, before) -> before.next().getValue());
        }
        pool.postException(0, new IOException("no source"));
        for (int i = 1; i <= length; i++) {
            int key = i;
            assertThatThrownBy(() -> pool.await(key)).hasRootCauseMessage("no source")
                    .message().startsWith("the key '" + key + "' failed").endsWith("no source")
                    .hasSizeLessThan(200);
        }
    }

    @HubTest
    void aFailureThatCannotBeDescribedIsAnAnswerToo() {
        var failure = new IllegalStateException() {
            @Override
            public String getMessage() {
                throw new UnsupportedOperationException("no words");
            }
        };
        var pool = new DagPool<String, Integer>();
        pool.spawn("a", List.of(), (key, none) -> {
            throw failure;
        });
        var thrown = catchThrowable(() -> pool.await("a"));
        assertThat(thrown).isInstanceOf(KeyFailedException.class);
        assertThat(thrown.getCause() == failure).isTrue();
    }
}
