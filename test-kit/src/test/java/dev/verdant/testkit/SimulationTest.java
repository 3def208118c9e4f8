package dev.verdant.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.NativePool;
import dev.verdant.green.queue.LightQueue;
import dev.verdant.green.spi.FaultPoint;
import dev.verdant.green.sync.Event;
import dev.verdant.green.sync.GreenSemaphore;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SimulationTest {

    private static final Duration YEAR = Duration.ofDays(365);

    // ---- time

    @Test
    void aSleepOfAYearIsOverAtOnceAndAYearLater() throws Exception {
        long before = System.nanoTime();
        Simulation.seed(1).run(() -> {
            long begin = Green.nanoTime();
            Green.sleep(YEAR);
            assertThat(Green.nanoTime() - begin).isEqualTo(YEAR.toNanos());
        });
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void timeStandsWhileAGreenThreadCanRun() throws Exception {
        Simulation.seed(1).run(() -> {
            var late = new ArrayList<String>();
            Green.spawn(() -> {
                Green.sleep(Duration.ofNanos(1));
                late.add("late");
            });
            for (int i = 0; i < 1000; i++) {
                Green.sleep();
            }
            assertThat(late).isEmpty();
            Green.sleep(Duration.ofNanos(2));
            assertThat(late).containsExactly("late");
        });
    }

    @Test
    void timeStandsWhileANativeThreadWorks() throws Exception {
        Simulation.seed(1).run(() -> {
            long begin = Green.nanoTime();
            var sleeper = Green.spawn(() -> Green.sleep(YEAR));
            int answer = NativePool.execute(() -> {
                long sum = 0;
                for (int i = 0; i < 10_000_000; i++) {
                    sum += i;
                }
                return sum > 0 ? 42 : 0;
            });
            assertThat(answer).isEqualTo(42);
            assertThat(Green.nanoTime()).isEqualTo(begin);
            sleeper.kill();
        });
    }

    @Test
    void timeStandsWhileSomebodyHoldsIt() throws Exception {
        Simulation.seed(1).run(() -> {
            var arrived = new Event<String>();
            var hold = Simulation.current().hold();
            Thread.ofPlatform().start(() -> {
                arrived.send("from outside");
                hold.close();
            });
            assertThat(arrived.await(YEAR)).isEqualTo("from outside");
            assertThat(Simulation.current().disturbances()).isEmpty();
        });
    }

    @Test
    void whoReachesInWithoutAHoldIsReported() throws Exception {
        var simulation = Simulation.seed(1);
        simulation.run(() -> {
            var loop = Objects.requireNonNull(EventLoop.current());
            var arrived = new ArrayList<String>();
            Thread.ofPlatform().name("stranger").start(() -> loop.spawn(() -> arrived.add("hello")));
            while (arrived.isEmpty()) {
                Green.sleep();
            }
        });
        assertThat(simulation.disturbances()).isNotEmpty()
                .allSatisfy(each -> assertThat(each)
                        .hasMessageContaining("'stranger' reached into the simulation without a hold"));
    }

    @Test
    void aManualClockStandsUntilItIsMovedOn() throws Exception {
        Simulation.seed(1).clock(Clock.MANUAL).run(() -> {
            var order = new ArrayList<String>();
            Green.spawn(() -> {
                Green.sleep(Duration.ofSeconds(2));
                order.add("two");
                Green.sleep(Duration.ofSeconds(2));
                order.add("four");
            });
            Simulation.current().advance(Duration.ofSeconds(3));
            assertThat(order).containsExactly("two");
            Simulation.current().advance(Duration.ofSeconds(3));
            assertThat(order).containsExactly("two", "four");
        });
    }

    @Test
    void whoSleepsByAManualClockThatNobodyMovesIsTold() {
        assertThatThrownBy(() -> Simulation.seed(1).clock(Clock.MANUAL).run(() -> Green.sleep(Duration.ofSeconds(1))))
                .isInstanceOf(SimulationError.class).hasMessageContaining("the clock is MANUAL")
                .hasMessageContaining("'main'");
    }

    @Test
    void theWallClockGoesWithTimeAndCanBeSet() throws Exception {
        var instants = new ArrayList<java.time.Instant>();
        var simulation = Simulation.seed(1);
        simulation.run(() -> {
            instants.add(simulation.wallClock().instant());
            Green.sleep(Duration.ofHours(1));
            instants.add(simulation.wallClock().instant());
            simulation.jumpWallClock(Duration.ofHours(-3));
            instants.add(simulation.wallClock().instant());
        });
        assertThat(Duration.between(instants.get(0), instants.get(1))).isEqualTo(Duration.ofHours(1));
        assertThat(Duration.between(instants.get(0), instants.get(2))).isEqualTo(Duration.ofHours(-2));
    }

    // ---- who waits for ever

    @Test
    void aDeadlockIsReportedWithWhoWaitsForWhatAndWhere() {
        assertThatThrownBy(() -> Simulation.seed(1).run(() -> {
            var one = new GreenSemaphore(1);
            var other = new GreenSemaphore(1);
            var first = Green.spawn("first", () -> {
                one.acquire();
                Green.sleep(Duration.ofSeconds(1));
                other.acquire();
            });
            Green.spawn("second", () -> {
                other.acquire();
                Green.sleep(Duration.ofSeconds(1));
                one.acquire();
            });
            first.await();
        })).isInstanceOf(SimulationError.class).hasMessageContaining("Deadlock").hasMessageContaining("'first'")
                .hasMessageContaining("'second'").hasMessageContaining("GreenSemaphore")
                .hasMessageContaining("take a hold")
                .hasMessageContaining("SimulationTest");
    }

    @Test
    void aDeadlockOfMonitorsIsReported() {
        assertThatThrownBy(() -> Simulation.seed(1).run(() -> {
            var one = new Object();
            var other = new Object();
            var first = Green.spawn("first", () -> lockBoth(one, other));
            Green.spawn("second", () -> lockBoth(other, one));
            first.await();
        })).isInstanceOf(SimulationError.class).hasMessageContaining("Deadlock").hasMessageContaining("lockBoth");
    }

    private static void lockBoth(Object one, Object other) {
        synchronized (one) {
            Green.sleep(Duration.ofSeconds(1));
            synchronized (other) {
                assertThat(one).isNotSameAs(other);
            }
        }
    }

    @Test
    void whoWaitsForAMonitorOrALockOfTheJdkIsWaitedFor() throws Exception {
        for (int seed = 0; seed < 50; seed++) {
            Simulation.seed(seed).schedule(Schedule.RANDOM).run(() -> {
                var monitor = new Object();
                var lock = new ReentrantLock();
                var threads = new ArrayList<GreenThread<@Nullable Void>>();
                for (int i = 0; i < 10; i++) {
                    threads.add(Green.spawn(() -> {
                        synchronized (monitor) {
                            Green.sleep(Duration.ofSeconds(1));
                        }
                        lock.lock();
                        try {
                            Green.sleep(Duration.ofSeconds(1));
                        } finally {
                            lock.unlock();
                        }
                    }));
                }
                long begin = Green.nanoTime();
                for (var each : threads) {
                    each.await();
                }
                assertThat(Duration.ofNanos(Green.nanoTime() - begin)).isEqualTo(Duration.ofSeconds(11));
            });
        }
    }

    @Test
    void monitorsAreHandedOnInTheSameOrderEachTime() throws Exception {
        long first = 0;
        for (int run = 0; run < 20; run++) {
            var simulation = Simulation.seed(5).schedule(Schedule.RANDOM);
            simulation.run(() -> {
                var monitor = new Object();
                var threads = new ArrayList<GreenThread<@Nullable Void>>();
                for (int i = 0; i < 5; i++) {
                    threads.add(Green.spawn(() -> {
                        for (int turn = 0; turn < 3; turn++) {
                            synchronized (monitor) {
                                Green.sleep();
                            }
                            Green.sleep();
                        }
                    }));
                }
                for (var each : threads) {
                    each.await();
                }
            });
            first = run == 0 ? simulation.trace().hash() : first;
            assertThat(simulation.trace().hash()).as("run %s", run).isEqualTo(first);
        }
    }

    @Test
    void whoTurnsForEverWithoutTimeGoingOnIsReported() {
        assertThatThrownBy(() -> Simulation.seed(1).deadline(Duration.ofSeconds(50)).run(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                Green.sleep();
            }
        })).isInstanceOf(SimulationError.class).hasMessageContaining("Livelock");
    }

    @Test
    void aRunThatTakesTooLongIsEnded() {
        var release = new CountDownLatch(1);
        assertThatThrownBy(
                () -> Simulation.seed(1).deadline(Duration.ofMillis(200)).run(() -> NativePool.execute(() -> {
                    release.await();
                    return null;
                }))).isInstanceOf(SimulationError.class).hasMessageContaining("not over within 200 ms of real time")
                .hasMessageContaining("'main'");
        release.countDown();
    }

    // ---- the JDK's timed waits

    @Test
    void aTimedWaitOfTheJdkFailsTheRunWithItsStack() {
        assertThatThrownBy(() -> Simulation.seed(1).run(SimulationTest::sleepInTheJdk))
                .isInstanceOf(SimulationError.class)
                .hasMessageContaining("went past Verdant").cause().satisfies(cause -> assertThat(cause.getStackTrace())
                        .extracting(StackTraceElement::getMethodName).contains("sleepInTheJdk"));
    }

    private static void sleepInTheJdk() throws InterruptedException {
        new java.util.concurrent.Semaphore(0).tryAcquire(20, java.util.concurrent.TimeUnit.SECONDS);
    }

    @Test
    void aTimedWaitOfTheJdkTakesItsTimeByTheRealClockWhileVirtualTimeStands() throws Exception {
        Simulation.seed(1).jdkWaits(JdkWaits.REAL).run(() -> {
            long begin = Green.nanoTime();
            long real = System.nanoTime();
            Green.spawn(() -> Green.sleep(YEAR));
            boolean acquired = new java.util.concurrent.Semaphore(0).tryAcquire(20,
                    java.util.concurrent.TimeUnit.MILLISECONDS);
            assertThat(acquired).isFalse();
            assertThat(System.nanoTime() - real).isGreaterThanOrEqualTo(20_000_000L);
            assertThat(Green.nanoTime()).isEqualTo(begin);
        });
    }

    // ---- hosts and names

    @Test
    void hostsFindEachOtherByTheirNames() throws Exception {
        Simulation.seed(1).run(() -> {
            var simulation = Simulation.current();
            var server = simulation.host("server");
            server.start(
                    () -> Net.serve(Net.listen(new InetSocketAddress(7)), socket -> socket.sendAll(socket.recv(100))));
            assertThat(InetAddress.getByName("server")).isEqualTo(server.address());
            assertThat(Net.resolve("server")).containsExactly(server.address());
            var answer = simulation.host("client").start(() -> {
                try (var socket = Net.connect(new InetSocketAddress("server", 7))) {
                    socket.sendAll("hello".getBytes(StandardCharsets.UTF_8));
                    assertThat(socket.recv(100)).asString(StandardCharsets.UTF_8).isEqualTo("hello");
                    assertThat(socket.getInetAddress().getHostAddress()).isEqualTo(server.address().getHostAddress());
                }
            });
            answer.await();
            assertThatThrownBy(() -> InetAddress.getByName("nobody")).isInstanceOf(UnknownHostException.class);
        });
    }

    @Test
    void aCrashKillsWhatRunsOnTheHostAndARestartBeginsItAgain() throws Exception {
        Simulation.seed(1).run(() -> {
            var simulation = Simulation.current();
            var lives = new ArrayList<String>();
            var server = simulation.host("server");
            server.start(() -> {
                lives.add("begins");
                var child = Green.spawn(() -> {
                    try {
                        Green.sleep(YEAR);
                    } catch (GreenExit e) {
                        lives.add("child dies");
                        throw e;
                    }
                });
                child.await();
            });
            Green.sleep(Duration.ofSeconds(1));
            server.crash();
            Green.sleep(Duration.ofSeconds(1));
            assertThat(lives).containsExactly("begins", "child dies");
            server.restart();
            Green.sleep(Duration.ofSeconds(1));
            assertThat(lives).containsExactly("begins", "child dies", "begins");
        });
    }

    @Test
    void whatWasSpawnedBeforeACrashAndHasNotBegunNeverDoes() throws Exception {
        Simulation.seed(1).run(() -> {
            var server = Simulation.current().host("server");
            var begun = new ArrayList<String>();
            server.start(() -> begun.add("begun"));
            server.crash();
            server.restart();
            Green.sleep(Duration.ofSeconds(1));
            assertThat(begun).containsExactly("begun");
        });
    }

    @Test
    void aHostThatIsDownAnswersNobody() throws Exception {
        Simulation.seed(1).run(() -> {
            var simulation = Simulation.current();
            var server = simulation.host("server");
            server.start(() -> Net.serve(Net.listen(new InetSocketAddress(7)), _ -> {}));
            Green.sleep(Duration.ofSeconds(1));
            server.crash();
            assertThatThrownBy(() -> Net.connect(new InetSocketAddress("server", 7), Duration.ofSeconds(5)))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> server.start(() -> {})).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is down");
        });
    }

    @Test
    void aCutLinkLetsNothingThroughUntilItIsHealed() throws Exception {
        Simulation.seed(1).run(() -> {
            var simulation = Simulation.current();
            simulation.link("client", "server").latency(Duration.ofMillis(10), Duration.ZERO);
            simulation.host("server").start(() -> Net.serve(Net.listen(new InetSocketAddress(7)), socket -> {
                for (byte[] got = socket.recv(100); got.length > 0; got = socket.recv(100)) {
                    socket.sendAll(got);
                }
            }));
            simulation.host("client").start(() -> {
                try (var socket = Net.connect(new InetSocketAddress("server", 7))) {
                    socket.sendAll(new byte[]{1});
                    assertThat(socket.recv(10)).containsExactly(1);
                    simulation.link("client", "server").partition();
                    Green.spawnAfter(Duration.ofSeconds(10), () -> simulation.link("client", "server").heal());
                    long begin = Green.nanoTime();
                    socket.sendAll(new byte[]{2});
                    assertThat(socket.recv(10)).containsExactly(2);
                    assertThat(Duration.ofNanos(Green.nanoTime() - begin))
                            .isGreaterThanOrEqualTo(Duration.ofSeconds(10));
                }
            }).await();
        });
    }

    // ---- failures

    @Test
    void whatTheMainThreadThrowsIsThrown() {
        assertThatThrownBy(() -> Simulation.seed(1).run(() -> {
            throw new IOException("of the program");
        })).isInstanceOf(IOException.class).hasMessage("of the program");
    }

    @Test
    void aFailureThatNobodyLookedAtFailsTheRun() {
        assertThatThrownBy(() -> Simulation.seed(1).run(() -> {
            Green.spawnN(() -> {
                throw new IOException("of a green thread");
            });
            Green.sleep(Duration.ofSeconds(1));
        })).isInstanceOf(IOException.class).hasMessage("of a green thread");
    }

    @Test
    void offASimulationThereIsNone() throws Exception {
        assertThatThrownBy(Simulation::current).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("@GreenTest");
    }

    @Test
    void whatIsToBeSaidBeforeTheRunIsRefusedLater() throws Exception {
        var simulation = Simulation.seed(1);
        simulation.run(() -> assertThatThrownBy(() -> simulation.schedule(Schedule.RANDOM))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("before run"));
        assertThatThrownBy(() -> simulation.run(() -> {})).isInstanceOf(IllegalStateException.class);
    }

    // ---- seeds

    /** Readers and writers on a slow network, with faults. */
    private static Simulation exchange(long seed, AtomicReference<String> outcome) throws Exception {
        var simulation = Simulation.seed(seed).schedule(Schedule.RANDOM);
        simulation.faults().randomly(0.02);
        return exchange(simulation, outcome);
    }

    /** What breaks a connection is what the faults are for. */
    private static void echo(GreenSocket socket) {
        try {
            for (byte[] got = socket.recv(100); got.length > 0; got = socket.recv(100)) {
                socket.sendAll(got);
            }
        } catch (IOException e) {
            Simulation.current().note(e.toString());
        }
    }

    private static Simulation exchange(Simulation simulation, AtomicReference<String> outcome) throws Exception {
        simulation.links().latency(Duration.ofMillis(1), Duration.ofMillis(10));
        simulation.run(() -> {
            var log = new StringBuilder();
            var queue = new LightQueue<Integer>();
            simulation.host("server").start(() -> {
                try {
                    Net.serve(Net.listen(new InetSocketAddress(7)), SimulationTest::echo);
                } catch (IOException e) {
                    log.append("listen: ").append(e.getMessage());
                }
            });
            for (int i = 0; i < 4; i++) {
                int number = i;
                simulation.host("client-" + i).start(() -> {
                    try (var socket = Net.connect(new InetSocketAddress("server", 7), Duration.ofSeconds(5))) {
                        socket.setSoTimeout(5000);
                        socket.sendAll(new byte[simulation.random().nextInt(1, 1000)]);
                        queue.put(number * 100_000 + socket.recv(2000).length);
                    } catch (IOException e) {
                        queue.put(-number);
                    }
                });
            }
            for (int i = 0; i < 4; i++) {
                log.append(queue.take()).append(' ');
            }
            outcome.set(log.toString());
        });
        return simulation;
    }

    @Test
    void theSameSeedDoesTheSameAndAnotherDoesNot() throws Exception {
        int different = 0;
        for (int seed = 0; seed < 20; seed++) {
            var outcome = new AtomicReference<String>();
            var again = new AtomicReference<String>();
            long hash = exchange(seed, outcome).trace().hash();
            assertThat(exchange(seed, again).trace().hash()).as("seed %s", seed).isEqualTo(hash);
            assertThat(again.get()).isEqualTo(outcome.get());
            different += exchange(seed + 1000, again).trace().hash() == hash ? 0 : 1;
        }
        assertThat(different).isEqualTo(20);
    }

    @Test
    void theChoicesOfARunRepeatIt() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            var outcome = new AtomicReference<String>();
            var again = new AtomicReference<String>();
            var drawn = exchange(seed, outcome);
            var replayed = Simulation.seed(seed).replay(drawn.choices());
            replayed.faults().randomly(0.02);
            exchange(replayed, again);
            assertThat(again.get()).isEqualTo(outcome.get());
            assertThat(replayed.trace().hash()).isEqualTo(drawn.trace().hash());
        }
    }

    @Test
    void aFaultThatIsAskedForStrikesAsOftenAsItIsAskedFor() throws Exception {
        var point = FaultPoint.named("test.fault");
        assertThat(point.strikes()).isFalse();
        var simulation = Simulation.seed(1);
        simulation.faults().strike("test.fault", 2);
        simulation.run(() -> assertThat(List.of(point.strikes(), point.strikes(), point.strikes()))
                .containsExactly(true, true, false));
        assertThat(FaultCoverage.points()).anySatisfy(each -> {
            assertThat(each.name()).isEqualTo("test.fault");
            assertThat(each.struck()).isEqualTo(2);
            assertThat(each.reached()).isEqualTo(3);
        });
        assertThat(point.strikes()).isFalse();
    }

    @Test
    void aConnectThatIsToBeRefusedIs() throws Exception {
        var simulation = Simulation.seed(1);
        simulation.faults().strike("net.connect-refused", 1);
        simulation.run(() -> {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
                assertThatThrownBy(() -> Net.connect(listener.getLocalSocketAddress()))
                        .isInstanceOf(ConnectException.class);
                Net.connect(listener.getLocalSocketAddress()).close();
                listener.accept().close();
            }
        });
    }

    // ---- the trace

    @Test
    void aDetailedTraceTellsWhoRanAndWhatTheNetworkDid() throws Exception {
        var simulation = Simulation.seed(1).detailed();
        simulation.run(() -> {
            var main = Net.listen(new InetSocketAddress("127.0.0.1", 0));
            Green.spawn("caller", () -> Net.connect(main.getLocalSocketAddress()).close()).await();
            simulation.note("half of it is done");
            Green.sleep(Duration.ofSeconds(2));
            main.close();
        });
        assertThat(simulation.trace().timeline()).contains("caller").contains("connecting")
                .contains("half of it is done")
                .contains("2000.0");
        var json = new StringBuilder();
        simulation.trace().writeChromeTrace(json);
        assertThat(json).contains("\"traceEvents\"").contains("\"name\":\"caller\"").contains("\"ph\":\"X\"");
        assertThat(Simulation.seed(1).trace().timeline()).isEmpty();
    }
}
