package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.LoopClosedException;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

class EventLoopGroupTest {

    private static EventLoopGroup start(HubProvider hub, int loops) {
        return EventLoopGroup.start(loops, options -> options.hub(hub).name("group"));
    }

    @HubTest
    void theLoopsAreNumberedAndAllRun(HubProvider hub) throws Exception {
        try (var group = start(hub, 3)) {
            assertThat(group.loops()).hasSize(3);
            for (int i = 0; i < 3; i++) {
                var loop = group.loops().get(i);
                assertThat(loop.snapshot().name()).isEqualTo("group-" + (i + 1));
                assertThat(loop.hubName()).isEqualTo(hub.name());
                assertThat(loop.spawn(EventLoop::current).await()).isSameAs(loop);
            }
            assertThat(group)
                    .hasToString("EventLoopGroup[EventLoop[group-1 on " + hub.name() + "], EventLoop[group-2 on "
                            + hub.name() + "], EventLoop[group-3 on " + hub.name() + "]]");
            assertThatThrownBy(() -> group.loops().clear()).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @HubTest
    void nextTakesTurnsWhoeverAsks(HubProvider hub) throws Exception {
        try (var group = start(hub, 3)) {
            assertThat(group.next()).isSameAs(group.loops().get(0));
            assertThat(group.next()).isSameAs(group.loops().get(1));
            assertThat(group.next()).isSameAs(group.loops().get(2));
            Map<EventLoop, AtomicInteger> turns = new ConcurrentHashMap<>();
            var askers = new ArrayList<Thread>();
            for (int i = 0; i < 4; i++) {
                askers.add(Thread.ofPlatform().start(() -> {
                    for (int each = 0; each < 3_000; each++) {
                        turns.computeIfAbsent(group.next(), loop -> new AtomicInteger()).incrementAndGet();
                    }
                }));
            }
            for (Thread asker : askers) {
                asker.join();
            }
            assertThat(turns.values()).extracting(AtomicInteger::get).containsExactly(4_000, 4_000, 4_000);
        }
    }

    @HubTest
    void badArgumentsAreRefused() {
        assertThatThrownBy(() -> EventLoopGroup.start(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("loops: 0 (expected: >= 1)");
    }

    /** Gives a few hubs and no more. */
    private record Few(HubProvider hub, int few, AtomicInteger opened) implements HubProvider {

        @Override
        public String name() {
            return hub.name();
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Optional<String> unusable() {
            return Optional.empty();
        }

        @Override
        public Hub open() {
            if (opened.incrementAndGet() > few) {
                throw new IllegalStateException("no more");
            }
            return hub.open();
        }
    }

    @HubTest
    void aLoopThatCannotOpenClosesThoseBeforeIt(HubProvider hub) {
        var few = new Few(hub, 2, new AtomicInteger());
        assertThatThrownBy(() -> EventLoopGroup.start(4, options -> options.hub(few).name("few")))
                .isInstanceOf(IllegalStateException.class).hasMessage("no more");
        assertThat(few.opened()).hasValue(3);
        assertThat(Green.dump()).doesNotContain("'few-");
    }

    @HubTest
    void closeEndsEveryLoopAndTwiceIsOnce(HubProvider hub) throws Exception {
        var group = start(hub, 3);
        var cleaned = new AtomicInteger();
        var waiting = new CountDownLatch(3);
        for (var loop : group.loops()) {
            var _ = loop.spawn(() -> {
                try {
                    waiting.countDown();
                    Green.sleep(null);
                } finally {
                    cleaned.incrementAndGet();
                }
            });
        }
        waiting.await();
        group.close();
        assertThat(cleaned).hasValue(3);
        assertThat(Green.dump()).doesNotContain("'group-");
        group.close();
        assertThatThrownBy(() -> group.next().spawn(() -> 1)).isInstanceOf(LoopClosedException.class);
    }

    @HubTest
    void aLoopMayCloseTheGroupItIsIn(HubProvider hub) throws Exception {
        var group = start(hub, 3);
        var closer = group.loops().get(1).spawn(() -> {
            group.close();
            Green.sleep(null);
        });
        assertThatThrownBy(closer::await).isInstanceOf(GreenExit.class);
        group.close();
        assertThat(Green.dump()).doesNotContain("'group-");
    }

    // ---- calls between loops

    @HubTest(seconds = 60)
    void callsBetweenLoopsAllComeBack(HubProvider hub) throws Exception {
        int calls = Counts.of(100_000);
        try (var group = start(hub, 2)) {
            var left = group.loops().get(0);
            var right = group.loops().get(1);
            var there = left.spawn(() -> sumOf(right, calls));
            var back = right.spawn(() -> sumOf(left, calls));
            long expected = (long) calls * (calls - 1) / 2;
            assertThat(there.await()).isEqualTo(expected);
            assertThat(back.await()).isEqualTo(expected);
        }
    }

    private static long sumOf(EventLoop other, int calls) throws Exception {
        long sum = 0;
        for (int i = 0; i < calls; i++) {
            int each = i;
            sum += other.spawn(() -> {
                assertThat(EventLoop.current()).isSameAs(other);
                return each;
            }).await();
        }
        return sum;
    }

    @HubTest(seconds = 60)
    void aQueueBetweenTwoLoopsLosesNothingAndKeepsItsOrder(HubProvider hub) throws Exception {
        int items = Counts.of(500_000);
        try (var group = start(hub, 2)) {
            var there = new ArrayBlockingQueue<Integer>(16);
            var back = new ArrayBlockingQueue<Integer>(16);
            var producer = group.loops().get(0).spawn(() -> {
                for (int i = 0; i < items; i++) {
                    there.put(i);
                }
            });
            var relay = group.loops().get(1).spawn(() -> {
                for (int i = 0; i < items; i++) {
                    back.put(there.take());
                }
            });
            var consumer = group.loops().get(0).spawn(() -> {
                for (int i = 0; i < items; i++) {
                    assertThat(back.take()).isEqualTo(i);
                }
            });
            consumer.await();
            producer.await();
            relay.await();
            assertThat(there).isEmpty();
            assertThat(back).isEmpty();
        }
    }

    @HubTest(seconds = 60)
    void aLockBetweenTwoLoopsExcludes(HubProvider hub) throws Exception {
        int rounds = Counts.of(200_000);
        var lock = new ReentrantLock();
        int[] plain = new int[1];
        try (var group = start(hub, 2)) {
            var threads = new ArrayList<dev.verdant.green.GreenThread<?>>();
            for (int i = 0; i < 8; i++) {
                threads.add(group.next().spawn(() -> {
                    for (int round = 0; round < rounds / 8; round++) {
                        lock.lock();
                        try {
                            int seen = plain[0];
                            if (round % 16 == 0) {
                                Green.sleep(); // Holds the lock while others of this loop run.
                            }
                            plain[0] = seen + 1;
                        } finally {
                            lock.unlock();
                        }
                    }
                }));
            }
            for (var thread : threads) {
                thread.await();
            }
        }
        assertThat(plain[0]).isEqualTo(rounds / 8 * 8);
    }

    @HubTest(seconds = 60)
    void futuresCompletedOnOneLoopWakeWhoWaitsOnAnother(HubProvider hub) throws Exception {
        int count = Counts.of(50_000);
        List<CompletableFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            futures.add(new CompletableFuture<>());
        }
        try (var group = start(hub, 2)) {
            var waiter = group.loops().get(0).spawn(() -> {
                long sum = 0;
                for (var future : futures) {
                    sum += future.get(10, TimeUnit.SECONDS);
                }
                return sum;
            });
            var completer = group.loops().get(1).spawn(() -> {
                for (int i = 0; i < count; i++) {
                    futures.get(i).complete(i);
                    if (i % 64 == 0) {
                        Green.sleep();
                    }
                }
            });
            completer.await();
            assertThat(waiter.await()).isEqualTo((long) count * (count - 1) / 2);
        }
    }
}
