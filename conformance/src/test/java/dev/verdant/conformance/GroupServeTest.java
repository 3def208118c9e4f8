package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.GroupServer;
import dev.verdant.green.net.ListenOptions;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.green.net.StopServe;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

@SuppressWarnings("try") // Closing early, and closing that waits, are what is tested.
class GroupServeTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    /** How the loops come by their connections. */
    private static final List<Consumer<ListenOptions>> BOTH_WAYS = List.of(options -> {},
            options -> options.reusePort(false));

    private static EventLoopGroup group(HubProvider hub, int loops) {
        return EventLoopGroup.start(loops, options -> options.hub(hub));
    }

    private static void echo(GreenSocket socket) throws IOException {
        for (byte[] got = socket.recv(4096); got.length > 0; got = socket.recv(4096)) {
            socket.sendAll(got);
        }
    }

    private static void exchange(GroupServer server, int id) throws IOException {
        try (var client = Net.connect(server.getLocalSocketAddress())) {
            byte[] sent = new byte[1 + id % 5_000];
            new Random(id).nextBytes(sent);
            client.sendAll(sent);
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(sent);
        }
    }

    private static GreenThread<?> serving(GroupServer server, SocketHandler handler) {
        return Green.spawn(() -> Net.serve(server, handler));
    }

    @HubTest(seconds = 60)
    void everyLoopServesItsShareOnOnePort(HubProvider hub) throws Exception {
        int connections = Math.max(200, Counts.of(2_000));
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                Map<EventLoop, AtomicInteger> served = new ConcurrentHashMap<>();
                var serving = serving(server, socket -> {
                    served.computeIfAbsent(Objects.requireNonNull(EventLoop.current()), loop -> new AtomicInteger())
                            .incrementAndGet();
                    echo(socket);
                });
                for (int i = 0; i < connections; i++) {
                    exchange(server, i);
                }
                server.close();
                serving.await();
                assertThat(served.keySet()).containsExactlyInAnyOrderElementsOf(group.loops());
                assertThat(served.values().stream().mapToInt(AtomicInteger::get).sum()).isEqualTo(connections);
                // With 200 connections at random, a tenth on one side has a chance of less than 1e-30.
                assertThat(served.values())
                        .allSatisfy(share -> assertThat(share).hasValueGreaterThan(connections / 10));
                assertNoChannels(group);
            }
        }
    }

    private static void assertNoChannels(EventLoopGroup group) throws Exception {
        for (var loop : group.loops()) {
            loop.spawn(() -> {
                for (int turn = 0; turn < 1000 && loop.snapshot().channels() > 0; turn++) {
                    Green.sleep();
                }
                assertThat(loop.snapshot().channels()).isZero();
            }).await();
        }
    }

    @HubTest
    void oneListenerGivesEachLoopItsTurn(HubProvider hub) throws Exception {
        try (var group = group(hub, 3);
                var server = Net.listen(group, ANY, options -> options.reusePort(false))) {
            var order = new LinkedBlockingQueue<EventLoop>();
            var serving = serving(server, socket -> order.add(Objects.requireNonNull(EventLoop.current())));
            for (int i = 0; i < 9; i++) {
                exchangeNothing(server);
                assertThat(order.take()).isSameAs(group.loops().get(i % 3));
            }
            server.close();
            serving.await();
        }
    }

    private static void exchangeNothing(GroupServer server) throws IOException {
        try (var client = Net.connect(server.getLocalSocketAddress())) {
            assertThat(client.recv(1)).isEmpty();
        }
    }

    @HubTest
    void aPortThatAnotherServerHasIsRefused(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                assertThatThrownBy(() -> Net.listen(group, server.getLocalSocketAddress(), way))
                        .isInstanceOf(BindException.class).hasMessageContaining("Address already in use");
                assertThatThrownBy(() -> Net.serve(group, server.getLocalSocketAddress(), socket -> {}))
                        .isInstanceOf(BindException.class);
            }
        }
    }

    @HubTest
    void thePortIsFreeWhenCloseReturns(HubProvider hub) throws Exception {
        try (var group = group(hub, 2)) {
            var server = Net.listen(group, ANY);
            for (int i = 0; i < 20; i++) {
                server.close();
                assertThat(server.isClosed()).isTrue();
                server.close();
                server = Net.listen(group, server.getLocalSocketAddress());
            }
            server.close();
            assertNoChannels(group);
        }
    }

    @HubTest
    void aHandlersStopServeEndsEveryLoopsServingAndTheServerStaysOpen(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                for (int round = 0; round < 3; round++) {
                    var serving = serving(server, socket -> {
                        throw new StopServe();
                    });
                    exchangeNothing(server);
                    serving.await();
                }
                assertThat(server.isClosed()).isFalse();
            }
        }
    }

    @HubTest
    void serveAtAnAddressListensAndClosesBehindItself(HubProvider hub) throws Exception {
        try (var group = group(hub, 2)) {
            InetSocketAddress free;
            try (var server = Net.listen(group, ANY)) {
                free = (InetSocketAddress) server.getLocalSocketAddress();
            }
            var serving = Green.spawn(() -> Net.serve(group, free, socket -> {
                throw new StopServe();
            }));
            Timeouts.until(() -> {
                try (var client = Net.connect(free)) {
                    return client.recv(1).length == 0;
                } catch (IOException e) {
                    return false;
                }
            });
            serving.await();
            Net.listen(free).close();
        }
    }

    @HubTest
    void serveIsOneAtATime(HubProvider hub) throws Exception {
        try (var group = group(hub, 1); var server = Net.listen(group, ANY)) {
            var first = serving(server, GroupServeTest::echo);
            exchange(server, 10);
            assertThatThrownBy(() -> Net.serve(server, GroupServeTest::echo)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is served already");
            server.close();
            first.await();
            assertThatThrownBy(() -> Net.serve(server, GroupServeTest::echo, 0))
                    .hasMessage("concurrency: 0 (expected: >= 1)");
        }
    }

    @HubTest
    void aKilledCallerLeavesNobodyAccepting(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                var serving = serving(server, GroupServeTest::echo);
                exchange(server, 100);
                serving.kill();
                assertThatThrownBy(serving::await).isInstanceOf(GreenExit.class);
                assertNoThreads(group);
                assertThat(server.isClosed()).isFalse();
                var again = serving(server, GroupServeTest::echo);
                exchange(server, 100);
                server.close();
                again.await();
            }
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.NEVER_IDLE)
    void aLoopThatAHandlerHoldsDoesNotKeepTheOthersFromEnding(HubProvider hub) throws Exception {
        try (var group = group(hub, 2);
                var server = Net.listen(group, ANY, options -> options.reusePort(true))) {
            var held = group.loops().getFirst();
            var holds = new AtomicBoolean();
            var goOn = new AtomicBoolean();
            var serving = serving(server, socket -> {
                if (EventLoop.current() == held) {
                    holds.set(true);
                    while (!goOn.get()) {
                        Thread.onSpinWait();
                    }
                }
            });
            while (!holds.get()) {
                Net.connect(server.getLocalSocketAddress()).close();
                Green.sleep(Duration.ofMillis(1));
            }
            var killer = Green.spawn(() -> serving.kill());
            try {
                Timeouts.until(() -> group.loops().getLast().snapshot().threads().isEmpty());
                assertThat(held.snapshot().threads()).hasSize(2); // The acceptor and the handler.
            } finally {
                goOn.set(true);
            }
            killer.await();
            assertThatThrownBy(serving::await).isInstanceOf(GreenExit.class);
            assertNoThreads(group);
        }
    }

    private static void assertNoThreads(EventLoopGroup group) {
        Timeouts.until(() -> group.loops().stream().allMatch(loop -> loop.snapshot().threads().isEmpty()));
    }

    @HubTest
    void anInterruptedCallerOnNoLoopLeavesNobodyAccepting(HubProvider hub) throws Exception {
        try (var group = group(hub, 2); var server = Net.listen(group, ANY)) {
            var thrown = new AtomicReference<Throwable>();
            var caller = Thread.ofPlatform().start(() -> {
                try {
                    Net.serve(server, GroupServeTest::echo);
                } catch (Throwable e) {
                    thrown.set(e);
                }
            });
            exchange(server, 100);
            caller.interrupt();
            caller.join();
            assertThat(thrown.get()).isInstanceOf(GreenInterruptedException.class);
            assertNoThreads(group);
            assertThat(server.isClosed()).isFalse();
        }
    }

    @HubTest
    void aGroupThatClosesEndsTheServing(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            var group = group(hub, 2);
            var server = Net.listen(group, ANY, way);
            var serving = serving(server, GroupServeTest::echo);
            var client = Net.connect(server.getLocalSocketAddress());
            client.sendAll(new byte[1]);
            assertThat(client.recv(1)).hasSize(1);
            group.close();
            serving.await();
            assertThat(client.recv(1)).isEmpty();
            client.close();
            server.close();
        }
    }

    @HubTest
    void aLoopThatClosesLeavesTheOthersServing(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                var serving = serving(server, GroupServeTest::echo);
                exchange(server, 1);
                group.loops().get(1).close();
                for (int i = 0; i < 20; i++) {
                    exchange(server, i);
                }
                server.close();
                serving.await();
            }
        }
    }

    @HubTest
    void aHandlerThatFailsIsReportedAndTheOthersGoOn(HubProvider hub, Uncaught uncaught) throws Exception {
        try (var group = EventLoopGroup.start(2,
                options -> options.hub(hub).onUncaught((thread, e) -> uncaught.add(e)));
                var server = Net.listen(group, ANY)) {
            var serving = serving(server, socket -> {
                throw new IllegalStateException("mine");
            });
            for (int i = 0; i < 5; i++) {
                exchangeNothing(server);
            }
            Timeouts.until(() -> uncaught.failures().size() == 5);
            assertThat(uncaught.failures()).allSatisfy(e -> assertThat(e).hasMessage("mine"));
            server.close();
            serving.await();
        }
    }

    @HubTest
    void noLoopHandlesMoreThanItsConcurrency(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                Map<EventLoop, AtomicInteger> running = new ConcurrentHashMap<>();
                var most = new AtomicInteger();
                var serving = Green.spawn(() -> Net.serve(server, socket -> {
                    var here = running.computeIfAbsent(Objects.requireNonNull(EventLoop.current()),
                            loop -> new AtomicInteger());
                    most.accumulateAndGet(here.incrementAndGet(), Math::max);
                    echo(socket);
                    here.decrementAndGet();
                }, 2));
                var clients = new java.util.ArrayList<GreenThread<?>>();
                for (int i = 0; i < 40; i++) {
                    int id = i;
                    clients.add(Green.spawn(() -> exchange(server, id)));
                }
                for (var client : clients) {
                    client.await();
                }
                assertThat(most.get()).isBetween(1, 2);
                server.close();
                serving.await();
            }
        }
    }

    @HubTest
    void loopsOfTwoKindsCannotShareOneListener(HubProvider hub) throws Exception {
        var kinds = dev.verdant.hub.Hubs.providers().stream().filter(each -> each.unusable().isEmpty()).toList();
        org.junit.jupiter.api.Assumptions.assumeTrue(kinds.size() > 1, "only one hub runs here");
        var next = new AtomicInteger();
        try (var mixed = EventLoopGroup.start(2, options -> options.hub(kinds.get(next.getAndIncrement())))) {
            assertThatThrownBy(() -> Net.listen(mixed, ANY, options -> options.reusePort(false)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("hubs of one kind");
        }
        assertThat(hub.unusable()).isEmpty();
    }

    // ---- stopping

    @HubTest
    void stopWaitsForTheHandlersOfEveryLoop(HubProvider hub) throws Exception {
        for (var way : BOTH_WAYS) {
            try (var group = group(hub, 2); var server = Net.listen(group, ANY, way)) {
                var begun = new CountDownLatch(6);
                var goOn = new CountDownLatch(1);
                var serving = serving(server, socket -> {
                    begun.countDown();
                    goOn.await();
                    socket.sendAll(new byte[]{7});
                });
                var clients = new java.util.ArrayList<GreenSocket>();
                for (int i = 0; i < 6; i++) {
                    clients.add(Net.connect(server.getLocalSocketAddress()));
                }
                begun.await();
                assertThat(Net.stop(server, Duration.ofMillis(10))).hasSize(6)
                        .allSatisfy(left -> assertThat(left.handler().isAlive()).isTrue());
                var stop = Green.spawn(() -> Net.stop(server, null));
                Turns.untilWaits(stop);
                goOn.countDown();
                assertThat(stop.await()).isEmpty();
                serving.await();
                for (var client : clients) {
                    assertThat(client.recv(2)).containsExactly(7);
                    client.close();
                }
            }
        }
    }
}
