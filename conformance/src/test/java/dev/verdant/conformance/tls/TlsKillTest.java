package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSSLSocketFactory;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/** Kills and timeouts, in the middle of anything. */
class TlsKillTest {

    private static final Duration SHORT = Duration.ofMillis(20);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // ---- at any point

    @HubTest(seconds = 120)
    void whoIsKilledAtAnyPointLeavesNothing(Engine engine) throws Exception {
        killAtAnyPoint(engine, true);
        killAtAnyPoint(engine, false);
    }

    private static void killAtAnyPoint(Engine engine, boolean client) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        SslOptions clients = TlsPair.clientOptions(engine).build();
        SslOptions servers = TlsPair.serverOptions(engine).build();
        int turns = talkAndKill(clients, servers, client, Integer.MAX_VALUE);
        for (int i = 0; i < Counts.of(1_000); i++) {
            int turn = random.nextInt(turns);
            talkAndKill(clients, servers, client, turn);
            Turns.until(() -> OpenEngines.of(clients) == 0 && OpenEngines.of(servers) == 0);
        }
    }

    /** A conversation with everything in it, of which one side is killed at a turn; returns how many it took. */
    private static int talkAndKill(SslOptions clients, SslOptions servers, boolean client, int at) throws Exception {
        var pair = TlsPair.fresh(clients, servers);
        var begun = new AtomicInteger(); // Who is killed before it has begun has nothing to close.
        var near = Green.spawn("client", () -> {
            begun.incrementAndGet();
            try (var _ = pair.client()) {
                pair.client().sendAll(new byte[300_000]);
                assertThat(pair.client().getInputStream().readNBytes(300_000)).hasSize(300_000);
                pair.client().shutdownOutput();
            }
        });
        var far = Green.spawn("server", () -> {
            begun.incrementAndGet();
            try (var _ = pair.server()) {
                assertThat(pair.server().getInputStream().readNBytes(300_000)).hasSize(300_000);
                pair.server().sendAll(new byte[300_000]);
                assertThat(pair.server().recv(1)).isEmpty();
            }
        });
        GreenThread<?> victim = client ? near : far;
        GreenThread<?> other = client ? far : near;
        int turn = 0;
        while (begun.get() < 2 || turn < at && !(near.isDone() && far.isDone())) {
            Green.sleep();
            turn++;
        }
        victim.kill();
        try {
            victim.await();
        } catch (GreenExit e) {
            assertThat(at).isLessThan(Integer.MAX_VALUE);
        }
        try {
            other.await();
        } catch (IOException | AssertionError e) {
            if (at == Integer.MAX_VALUE) {
                throw e;
            }
            // It has met the end of its peer, as it should.
        }
        assertThat(pair.client().isClosed()).isTrue();
        assertThat(pair.server().isClosed()).isTrue();
        return turn;
    }

    @HubTest
    void anEngineIsReleasedByACloseAndOnce(Engine engine) throws Exception {
        SslOptions clients = TlsPair.clientOptions(engine).build();
        SslOptions servers = TlsPair.serverOptions(engine).build();
        var fresh = TlsPair.fresh(clients, servers);
        if (engine == Engine.BORINGSSL) {
            assertThat(OpenEngines.of(clients)).isEqualTo(1);
        }
        fresh.close();
        fresh.close();
        assertThat(OpenEngines.of(clients)).as("clients at once").isZero();
        assertThat(OpenEngines.of(servers)).as("servers at once").isZero();
        try (var pair = TlsPair.open(clients, servers)) {
            var reading = Green.spawn(() -> pair.client().recv(1));
            Turns.untilWaits(reading);
            pair.client().close();
            assertThatThrownBy(reading::await).isInstanceOf(SocketException.class);
        }
        // A task of the handshake's may be leaving still.
        Turns.until(() -> OpenEngines.of(clients) == 0 && OpenEngines.of(servers) == 0);
    }

    @HubTest
    void whatIsSetOnAnUnconnectedSocketLeavesNoEngineBehind(Engine engine) throws Exception {
        SslOptions clients = TlsPair.clientOptions(engine).build();
        var factory = new GreenSSLSocketFactory(clients);
        try (var listener = Net.listen(TlsPair.ANY); var socket = factory.createSocket()) {
            socket.setEnabledProtocols(new String[]{"TLSv1.2"});
            socket.connect(listener.getLocalSocketAddress());
            listener.accept().close();
        }
        factory.createSocket().close();
        int port;
        try (var listener = Net.listen(TlsPair.ANY)) {
            port = listener.getLocalPort();
        }
        assertThatThrownBy(() -> factory.createSocket("127.0.0.1", port)).isInstanceOf(IOException.class);
        try (var refused = factory.createSocket()) {
            assertThatThrownBy(() -> refused.connect(new InetSocketAddress("127.0.0.1", port)))
                    .isInstanceOf(IOException.class);
        }
        Turns.until(() -> OpenEngines.of(clients) == 0);
    }

    // ---- what stays usable, and what does not

    @HubTest
    void aReadThatIsKilledOrTimedOutHasTakenNothingAndTheSocketStaysUsable(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pair.server().recv(10))).isInstanceOf(Timeout.class);
            var killed = Green.spawn(() -> pair.server().recv(10));
            Turns.untilWaits(killed);
            killed.kill();
            assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
            pair.client().sendAll(bytes("all of it"));
            assertThat(pair.server().recv(10)).asString().isEqualTo("all of it");
            pair.server().sendAll(bytes("and back"));
            assertThat(pair.client().recv(10)).asString().isEqualTo("and back");
        }
    }

    @HubTest
    void aHandshakeThatIsKilledOrTimedOutClosesTheConnection(Engine engine) throws Exception {
        SslOptions clients = TlsPair.clientOptions(engine).build();
        SslOptions servers = TlsPair.serverOptions(engine).build();
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var pair = TlsPair.fresh(clients, servers)) {
                GreenSSLSocket ours = weAreClient ? pair.client() : pair.server();
                assertThatThrownBy(() -> Timeout.call(SHORT, () -> ours.startHandshake()))
                        .isInstanceOf(Timeout.class);
                assertThat(ours.isClosed()).isTrue();
                assertThatThrownBy(() -> ours.recv(1)).isInstanceOf(IOException.class);
            }
            try (var pair = TlsPair.fresh(clients, servers)) {
                GreenSSLSocket ours = weAreClient ? pair.client() : pair.server();
                var killed = Green.spawn(() -> ours.startHandshake());
                Turns.untilWaits(killed);
                killed.kill();
                assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
                assertThat(ours.isClosed()).isTrue();
            }
        }
        Turns.until(() -> OpenEngines.of(clients) == 0 && OpenEngines.of(servers) == 0);
    }

    @HubTest
    void aWriteThatIsKilledClosesTheConnectionAndSaysHowMuchWent(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            var killed = Green.spawn(() -> {
                try {
                    pair.client().sendAll(new byte[30_000_000]);
                } catch (GreenExit e) {
                    assertThat(e.getSuppressed()).hasSize(1);
                    assertThat(e.getSuppressed()[0]).isInstanceOf(SocketException.class)
                            .hasMessageStartingWith("A write of 30000000 bytes ended after at most ");
                    return "killed";
                }
                return "not reached";
            });
            Turns.untilWaits(killed);
            killed.kill();
            assertThat(killed.await()).isEqualTo("killed");
            assertThat(pair.client().isClosed()).isTrue();
            assertThatThrownBy(() -> pair.server().getInputStream().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @HubTest
    void anIOExceptionOfATimeoutIsNoBrokenConnection(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            for (IOException mine : List.of(new IOException("mine"), new SocketTimeoutException("mine"),
                    new SSLException("mine"))) {
                try (var _ = Timeout.start(SHORT, mine)) {
                    assertThatThrownBy(() -> pair.server().recv(10)).isSameAs(mine);
                }
                try (var _ = Timeout.start(SHORT, mine)) {
                    assertThatThrownBy(() -> pair.server().awaitReadable(null)).isSameAs(mine);
                }
                pair.client().sendAll(bytes("whole"));
                assertThat(pair.server().recv(10)).asString().isEqualTo("whole");
            }
        }
        for (IOException mine : List.of(new IOException("mine"), new SSLException("mine"))) {
            try (var pair = TlsPair.open(engine)) {
                try (var _ = Timeout.start(SHORT, mine)) {
                    assertThatThrownBy(() -> pair.client().sendAll(new byte[30_000_000])).isSameAs(mine);
                }
                assertThat(mine.getSuppressed()).hasSize(1).extracting(Throwable::getMessage).first().asString()
                        .startsWith("A write of 30000000 bytes ended after at most ");
                assertThat(pair.client().isClosed()).isTrue();
            }
        }
        var mine = new SocketTimeoutException("mine");
        try (var pair = TlsPair.fresh(TlsPair.clientOptions(engine).build(), TlsPair.serverOptions(engine).build())) {
            try (var _ = Timeout.start(SHORT, mine)) {
                assertThatThrownBy(pair.server()::startHandshake).isSameAs(mine);
            }
            assertThat(pair.server().isClosed()).isTrue();
        }
    }

    @HubTest
    void aLibrarysSocketIsClosedByAnIOExceptionOfATimeout(Engine engine) throws Exception {
        var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).build());
        try (var listener = Net.listen(TlsPair.ANY);
                var socket = factory.createSocket("127.0.0.1", listener.getLocalPort());
                var _ = listener.accept();
                var _ = Timeout.start(SHORT, new IOException("mine"))) {
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SocketException.class)
                    .hasMessage("Closed by java.io.IOException: mine");
            assertThat(socket.isClosed()).isTrue();
        }
    }

    @HubTest
    void whoWaitsForSomebodyElsesHandshakeMayBeKilledAlone(Engine engine) throws Exception {
        try (var pair = TlsPair.fresh(TlsPair.clientOptions(engine).build(), TlsPair.serverOptions(engine).build())) {
            var driver = Green.spawn(() -> pair.server().recv(10));
            Turns.untilWaits(driver);
            var second = Green.spawn(() -> pair.server().sendAll(bytes("never sent")));
            Turns.untilWaits(second);
            second.kill();
            assertThatThrownBy(second::await).isInstanceOf(GreenExit.class);
            pair.client().sendAll(bytes("hello"));
            assertThat(driver.await()).asString().isEqualTo("hello");
            pair.server().sendAll(bytes("still here"));
            assertThat(pair.client().recv(20)).asString().isEqualTo("still here");
        }
    }

    @HubTest
    void aFutureOfAKilledReadIsCancelled(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            var killed = Green.spawn(() -> pair.server().recv(10));
            Turns.untilWaits(killed);
            killed.kill();
            assertThatThrownBy(killed::get).isInstanceOf(CancellationException.class);
        }
    }

    // ---- sockets that other people's code holds

    private interface Call {
        void on(GreenSSLSocket socket) throws Exception;
    }

    /** The peer says nothing and takes nothing: every call on it waits. */
    private static void assertGuarded(Engine engine, Call call) throws Exception {
        SslOptions clients = TlsPair.clientOptions(engine).build();
        var factory = new GreenSSLSocketFactory(clients);
        try (var listener = Net.listen(TlsPair.ANY)) {
            GreenSSLSocket timedOut = factory.createSocket("127.0.0.1", listener.getLocalPort());
            try (var _ = listener.accept()) {
                assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
                    call.on(timedOut);
                })).isInstanceOf(Timeout.class).satisfies(e -> assertThat(e.getSuppressed()[0])
                        .isInstanceOf(SocketException.class).hasMessageStartingWith("Closed by "));
                assertThat(timedOut.isClosed()).isTrue();
            }
            GreenSSLSocket killed = factory.createSocket("127.0.0.1", listener.getLocalPort());
            try (var _ = listener.accept()) {
                var victim = Green.spawn(() -> {
                    assertThatThrownBy(() -> call.on(killed)).isInstanceOf(SocketException.class)
                            .hasMessageStartingWith("Closed by ");
                });
                Turns.untilWaits(victim);
                victim.kill();
                Turns.untilEnds(victim);
                assertThat(killed.isClosed()).isTrue();
            }
        }
        Turns.until(() -> OpenEngines.of(clients) == 0);
    }

    @HubTest
    void aLibrarysSocketIsClosedByATimeoutOrKillInAHandshake(Engine engine) throws Exception {
        assertGuarded(engine, socket -> socket.startHandshake());
    }

    @HubTest
    void aLibrarysSocketIsClosedByATimeoutOrKillInARead(Engine engine) throws Exception {
        assertGuarded(engine, socket -> assertThat(socket.getInputStream().read()).isEqualTo(7));
    }

    @HubTest
    void aLibrarysSocketIsClosedByATimeoutOrKillInAWrite(Engine engine) throws Exception {
        assertGuarded(engine, socket -> socket.getOutputStream().write(new byte[10]));
    }

    @HubTest
    void aLibrarysSocketIsClosedByATimeoutBetweenQuestionAndAnswer(Engine engine) throws Exception {
        var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).build());
        SslOptions servers = TlsPair.serverOptions(engine).build();
        try (var listener = Net.listen(TlsPair.ANY)) {
            var server = Green.spawn(() -> {
                try (var accepted = GreenSsl.wrap(listener.accept(), servers)) {
                    assertThat(accepted.recv(100)).asString().isEqualTo("question");
                    return accepted.recv(1).length;
                }
            });
            GreenSSLSocket socket = factory.createSocket("localhost", listener.getLocalPort());
            socket.getOutputStream().write(bytes("question"));
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(100), () -> socket.getInputStream().read()))
                    .isInstanceOf(Timeout.class);
            assertThat(socket.isClosed()).isTrue();
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThatThrownBy(server::await).isInstanceOf(IOException.class);
        }
    }

    /** As libraries do that take a broken connection for a stale one: HttpURLConnection, OkHttp, Apache's client. */
    private static int askTwice(GreenSSLSocketFactory factory, int port) throws IOException {
        for (int attempt = 1;; attempt++) {
            try (var socket = factory.createSocket("127.0.0.1", port)) {
                return socket.getInputStream().read();
            } catch (SocketException e) {
                if (attempt == 2) {
                    throw e;
                }
            }
        }
    }

    @HubTest
    void aLibraryThatTriesAgainIsEndedAgainUntilTheBoundary(Engine engine) throws Exception {
        var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).build());
        try (var listener = Net.listen(TlsPair.ANY)) {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> askTwice(factory, listener.getLocalPort())))
                    .isInstanceOf(Timeout.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            Green.sleep(Duration.ofMillis(1));
            var victim = Green.spawn(() -> askTwice(factory, listener.getLocalPort()));
            Turns.untilWaits(victim);
            victim.kill();
            assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        }
    }
}
