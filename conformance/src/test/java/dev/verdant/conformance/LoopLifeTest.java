package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.Trampoline;
import dev.verdant.green.spi.LoopObserver;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

class LoopLifeTest {

    @HubTest
    void whatNobodyAskedForIsReportedOnAThreadOfItsOwnBeforeTheCloseIsOver(HubProvider hub) throws Exception {
        var reporters = new CopyOnWriteArrayList<String>();
        var closing = new AtomicReference<EventLoop>();
        GreenThread<?> failed;
        try (var loop = EventLoop.start(options -> options.hub(hub).onUncaught((_, _) -> {
            closing.get().close(); // Would wait for the loop's own thread.
            reporters.add(Thread.currentThread().getName());
        }))) {
            closing.set(loop);
            Callable<Integer> body = () -> {
                throw new IOException("unseen");
            };
            failed = loop.spawn(body);
            Turns.until(failed::isDone);
        }
        assertThat(reporters).containsExactly("verdant-reporter");
        assertThat(failed.isDone()).isTrue();
    }

    @HubTest
    void callGivesWhatMainReturnsAndThrowsWhatItThrows(HubProvider hub) throws Exception {
        assertThat(Green.call(options -> options.hub(hub), () -> "result")).isEqualTo("result");
        assertThatThrownBy(() -> Green.run(options -> options.hub(hub), () -> {
            throw new IOException("from main");
        })).isInstanceOf(IOException.class).hasMessage("from main");
    }

    @HubTest
    void whenMainReturnsTheOthersAreKilledAndTheirFinallyBlocksRun(HubProvider hub) throws Exception {
        var events = Collections.synchronizedList(new ArrayList<String>());
        Green.run(options -> options.hub(hub), () -> {
            Green.spawn(() -> {
                try {
                    Green.sleep(null);
                } finally {
                    Green.sleep(Duration.ofMillis(1));
                    events.add("in Verdant");
                }
            });
            Green.spawn(() -> {
                try {
                    new CountDownLatch(1).await();
                } finally {
                    events.add("in the JDK");
                }
            });
            Green.sleep();
        });
        assertThat(events).containsExactlyInAnyOrder("in Verdant", "in the JDK");
    }

    @HubTest
    void aLoopClosesWithinABoundEvenIfAThreadSwallowsItsKill(HubProvider hub) throws Exception {
        var loop = EventLoop.start(options -> options.hub(hub));
        var thrown = new AtomicReference<Throwable>();
        var begun = new CountDownLatch(1);
        var stubborn = loop.spawn(() -> {
            begun.countDown();
            while (true) {
                try {
                    Green.sleep(null);
                } catch (GreenExit e) {
                    // Swallowed, again and again.
                } catch (LoopClosedException e) {
                    thrown.set(e);
                    throw e;
                }
            }
        });
        begun.await();
        long start = System.nanoTime();
        loop.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThatThrownBy(stubborn::await).isInstanceOf(Throwable.class);
        assertThat(thrown.get()).isInstanceOf(LoopClosedException.class);
    }

    @HubTest(seconds = 60)
    @NotSimulated("it keeps the loop busy for two seconds of real time")
    void eachOfManyThreadsGetsItsKillHoweverLongItTakesToTellThemAll(HubProvider hub) throws Exception {
        var killed = new AtomicInteger();
        var loop = new AtomicReference<EventLoop>();
        Green.run(options -> options.hub(hub), () -> {
            loop.set(Objects.requireNonNull(EventLoop.current()));
            for (int i = 0; i < 2_000; i++) {
                Green.spawn(() -> {
                    try {
                        Green.sleep(null);
                    } catch (GreenExit e) {
                        killed.incrementAndGet();
                        long end = System.nanoTime() + Duration.ofMillis(1).toNanos();
                        while (System.nanoTime() < end) {
                            Thread.onSpinWait(); // Two seconds in all, twice what a closing loop waits for a single thread.
                        }
                        throw e;
                    }
                });
            }
            Green.sleep();
        });
        Timeouts.until(() -> killed.get() == 2_000); // On a slow machine it takes longer than the caller waits.
        loop.get().close(); // It is closing; this waits until it has.
    }

    @HubTest
    void aClosedLoopTakesNothing(HubProvider hub) {
        var loop = EventLoop.start(options -> options.hub(hub));
        loop.close();
        loop.close();
        assertThatThrownBy(() -> loop.spawn(() -> 1)).isInstanceOf(LoopClosedException.class);
    }

    @HubTest
    void aWaitOnASocketOfAClosedLoopEndsOnWhateverThread(HubProvider hub) throws Exception {
        var loop = EventLoop.start(options -> options.hub(hub));
        var listener = loop.spawn(() -> Net.listen(new InetSocketAddress("127.0.0.1", 0))).await();
        var waiter = Green.spawn(listener::accept);
        Green.sleep(Duration.ofMillis(5));
        loop.close();
        assertThatThrownBy(waiter::await).isInstanceOfAny(IOException.class, LoopClosedException.class);
    }

    @HubTest(seconds = 300)
    void aLoopEndsThoughItsChannelsAreClosedFromElsewhereMeanwhile(HubProvider hub) throws Exception {
        for (int round = 0; round < Counts.of(1_000); round++) {
            var loop = EventLoop.start(options -> options.hub(hub).name("ending"));
            var sockets = loop.spawn(() -> connected(150)).await();
            var begun = new CountDownLatch(1);
            var closer = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < sockets.size(); i++) {
                    if (i == sockets.size() / 10) {
                        begun.countDown();
                    }
                    close(sockets.get(i));
                }
            }, task -> Thread.ofPlatform().name("closer").start(task));
            begun.await();
            loop.close();
            closer.get(); // Throws what the closer has thrown.
            assertThat(threadNames()).as("the loop has ended").doesNotContain("ending");
            assertThat(sockets).allMatch(Socket::isClosed);
        }
    }

    private static List<GreenSocket> connected(int pairs) throws IOException {
        var sockets = new ArrayList<GreenSocket>();
        try (var listener = SocketPair.listener()) {
            for (int i = 0; i < pairs; i++) {
                var pair = SocketPair.open(listener);
                sockets.add(pair.client());
                sockets.add(pair.server());
            }
        }
        return sockets;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }

    @HubTest(seconds = 300)
    @NotSimulated(NotSimulated.NEVER_IDLE)
    void whoLooksAtAChannelOfALoopThatEndsIsTold(HubProvider hub) throws Exception {
        for (int round = 0; round < Counts.of(2_500); round++) {
            var loop = EventLoop.start(options -> options.hub(hub).name("ending"));
            var sockets = loop.spawn(() -> connected(10)).await();
            var last = loop.spawn(() -> {
                try {
                    Green.sleep(null);
                } finally {
                    Green.sleep(Duration.ofMillis(1)); // The loop takes looks while it ends, up to its last turn.
                }
            });
            var looks = new AtomicInteger();
            var lookers = sockets.stream().map(socket -> Green.spawn(() -> lookUntilToldOfTheEnd(socket, looks)))
                    .toList();
            while (looks.get() < 3 * lookers.size()) {
                Green.sleep();
            }
            loop.close();
            for (var looker : lookers) {
                assertThat(looker.await()).isInstanceOfAny(SocketException.class, LoopClosedException.class);
            }
            assertThat(last.isAlive()).isFalse();
        }
    }

    private static Exception lookUntilToldOfTheEnd(GreenSocket socket, AtomicInteger looks) throws Exception {
        while (true) {
            try {
                Trampoline.awaitReadable(socket, Duration.ZERO);
            } catch (SocketTimeoutException e) {
                looks.incrementAndGet();
            } catch (SocketException | LoopClosedException e) {
                return e;
            }
        }
    }

    @HubTest(seconds = 60)
    void whoWaitsForChannelsOfSeveralLoopsIsToldWhenOneEnds(HubProvider hub) throws Exception {
        for (int round = 0; round < Counts.of(2_500); round++) {
            var first = EventLoop.start(options -> options.hub(hub).name("first"));
            var second = EventLoop.start(options -> options.hub(hub).name("second"));
            var ofFirst = first.spawn(() -> connected(1)).await();
            var ofSecond = second.spawn(() -> connected(1)).await();
            var waiter = Green.spawn(() -> Net.select(List.of(ofFirst.get(0), ofSecond.get(0)), List.of(), null));
            for (int turn = 0; turn < round % 8; turn++) {
                Green.sleep();
            }
            second.close();
            assertThatThrownBy(waiter::await).isInstanceOfAny(SocketException.class, LoopClosedException.class);
            first.close();
        }
    }

    @HubTest
    void runsMayBeNested(HubProvider hub) throws Exception {
        var outer = EventLoop.current();
        var inner = Green.call(options -> options.hub(hub), EventLoop::current);
        assertThat(inner).isNotNull().isNotEqualTo(outer);
        assertThat(EventLoop.current()).isEqualTo(outer);
    }

    @HubTest
    void anyThreadMaySpawnOnALoop() throws Exception {
        var loop = loop();
        var results = new LinkedBlockingQueue<String>();
        var outside = Thread.ofPlatform().start(() -> {
            try {
                results.add(loop.spawn(() -> "on " + (EventLoop.current() == loop)).await());
            } catch (Exception e) {
                results.add(e.toString());
            }
        });
        assertThat(results.take()).isEqualTo("on true");
        outside.join();
    }

    private static EventLoop loop() {
        return Objects.requireNonNull(EventLoop.current());
    }

    @HubTest
    void theExecutorAndTheThreadFactoryMakeGreenThreadsOfTheLoop(Uncaught uncaught) throws Exception {
        var loop = loop();
        var where = CompletableFuture.supplyAsync(EventLoop::current, loop.executor());
        assertThat(where.get()).isEqualTo(loop);
        var made = new AtomicReference<@Nullable EventLoop>();
        var thread = loop.threadFactory().newThread(() -> made.set(EventLoop.current()));
        thread.start();
        thread.join();
        assertThat(made.get()).isEqualTo(loop);
        loop.executor().execute(() -> {
            throw new IllegalStateException("reported");
        });
        Turns.until(() -> !uncaught.failures().isEmpty());
        assertThat(uncaught.failures()).extracting(Throwable::getMessage).containsExactly("reported");
    }

    @HubTest
    void aVirtualThreadThatOthersStartInheritsTheLoopAndCanBeKilled() throws Exception {
        var handle = new AtomicReference<GreenThread<?>>();
        var events = new ArrayList<String>();
        var inherited = Thread.startVirtualThread(() -> {
            handle.set(Green.current());
            try {
                Green.sleep(null);
            } catch (GreenExit e) {
                events.add("killed on " + EventLoop.current());
            }
        });
        Turns.until(() -> handle.get() != null);
        Turns.untilWaits(handle.get());
        handle.get().kill();
        inherited.join();
        assertThat(events).containsExactly("killed on " + loop());
    }

    @HubTest
    void executorsOfVirtualThreadsRunOnTheLoop() throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var loops = List.of(executor.submit(EventLoop::current), executor.submit(EventLoop::current));
            for (var each : loops) {
                assertThat(each.get()).isEqualTo(loop());
            }
        }
    }

    @HubTest
    void greenThreadsOfALoopNeverRunInParallel() throws Exception {
        var inside = new int[1];
        var worst = new int[1];
        var queue = new LinkedBlockingQueue<Integer>();
        var threads = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 50; i++) {
            threads.add(Green.spawn(() -> {
                for (int round = 0; round < 200; round++) {
                    inside[0]++;
                    worst[0] = Math.max(worst[0], inside[0]);
                    inside[0]--;
                    queue.add(round);
                    queue.take();
                    Thread.yield();
                }
            }));
        }
        for (var thread : threads) {
            thread.await();
        }
        assertThat(worst[0]).isEqualTo(1);
    }

    @HubTest
    void noThreadIsMadeForAWaitOrATimer() throws Exception {
        var before = Thread.getAllStackTraces().keySet();
        var threads = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 500; i++) {
            threads.add(Green.spawn(() -> Green.sleep(Duration.ofMillis(5))));
            threads.add(Green.spawn(() -> Thread.sleep(5)));
        }
        for (var thread : threads) {
            thread.await();
        }
        assertThat(Thread.getAllStackTraces().keySet()).filteredOn(thread -> !before.contains(thread))
                .extracting(Thread::getName)
                // The JDK's own scheduler may grow by a worker at any time, for its pollers.
                .noneMatch(name -> name.contains("unparker") || name.contains("verdant-loop"));
    }

    @HubTest
    void theDumpTellsWhoWaitsForWhatAndWhere() throws Exception {
        var sleeper = Green.spawn("the sleeper", () -> Green.sleep(null));
        Green.sleep(Duration.ofMillis(1));
        assertThat(Green.dump()).contains("Loop 'test' on " + loop().hubName())
                .contains("'the sleeper' WAITING, waits for the end of a sleep for ever")
                .contains("at dev.verdant.green.Green.sleep");
        var snapshot = loop().snapshot();
        assertThat(snapshot.threads()).extracting(each -> each.name()).contains("main", "the sleeper");
        assertThat(snapshot.turns()).isPositive();
        assertThat(snapshot.switches()).isPositive();
        sleeper.kill();
    }

    @HubTest
    void anOrderChoosesWhoRunsNext(HubProvider hub) throws Exception {
        var order = new ArrayList<Integer>();
        Green.run(options -> options.hub(hub).order(ready -> ready.size() - 1), () -> {
            for (int i = 0; i < 5; i++) {
                int number = i;
                Green.spawnN(() -> order.add(number));
            }
            Green.sleep(Duration.ofMillis(1));
        });
        assertThat(order).containsExactly(4, 3, 2, 1, 0);
    }

    @HubTest
    void anObserverIsToldOfTurnsAndThreads(HubProvider hub) throws Exception {
        var began = new ArrayList<String>();
        var turns = new int[1];
        Green.run(options -> options.hub(hub).observer(new LoopObserver() {
            @Override
            public void turned(int events, int timers, int ran) {
                turns[0]++;
            }

            @Override
            public void began(Thread thread, String name) {
                began.add(name);
            }
        }), () -> Green.spawn("child", () -> 1).await());
        assertThat(began).containsExactly("main", "child");
        assertThat(turns[0]).isPositive();
    }

    @HubTest
    void offEveryLoopCallsSayWhereToGo() throws Exception {
        var thrown = new AtomicReference<Throwable>();
        var outside = Thread.ofPlatform().start(() -> {
            try {
                Green.sleep();
            } catch (IllegalStateException e) {
                thrown.set(e);
            }
        });
        outside.join();
        assertThat(thrown.get()).hasMessageContaining("Green.run").hasMessageContaining("EventLoop.start");
        assertThat(Green.isGreen()).isTrue();
    }
}
