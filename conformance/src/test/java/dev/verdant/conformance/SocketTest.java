package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.green.net.StopServe;
import dev.verdant.green.net.Trampoline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

class SocketTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    // ---- streams

    @HubTest
    void bytesArriveAsTheyWereSentThroughBuffersAndStreams() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            byte[] sent = new byte[1 + random.nextInt(1 << random.nextInt(21))];
            random.nextBytes(sent);
            boolean direct = random.nextBoolean();
            try (var pair = SocketPair.open()) {
                var writer = Green.spawn(() -> {
                    if (direct) {
                        pair.client().writeFully(ByteBuffer.allocateDirect(sent.length).put(sent).flip());
                    } else {
                        pair.client().getOutputStream().write(sent);
                    }
                    pair.client().shutdownOutput();
                });
                byte[] got = direct ? readAll(pair.server(), random) : pair.server().getInputStream().readAllBytes();
                assertThat(got).isEqualTo(sent);
                writer.await();
            }
        }
    }

    private static byte[] readAll(GreenSocket socket, Random random) throws IOException {
        var all = new ByteArrayOutputStream();
        var buffer = ByteBuffer.allocateDirect(1 + random.nextInt(10_000));
        while (socket.read(buffer.clear()) >= 0) {
            byte[] part = new byte[buffer.flip().remaining()];
            buffer.get(part);
            all.write(part);
        }
        return all.toByteArray();
    }

    @HubTest
    void recvGivesAnEmptyArrayAtTheEndAndOnlyThen() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(bytes("xy"));
            pair.client().shutdownOutput();
            assertThat(text(pair.server().recv(1))).isEqualTo("x");
            assertThat(text(pair.server().recv(10))).isEqualTo("y");
            assertThat(pair.server().recv(10)).isEmpty();
            assertThat(pair.server().recv(10)).isEmpty();
            assertThatThrownBy(() -> pair.server().recv(0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("max: 0 (expected: >= 1)");
        }
    }

    @HubTest
    void eachDirectionEndsOnItsOwn() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().shutdownOutput();
            assertThat(pair.server().getInputStream().read()).isEqualTo(-1);
            pair.server().sendAll(bytes("still here"));
            pair.server().close();
            assertThat(text(pair.client().getInputStream().readAllBytes())).isEqualTo("still here");
        }
    }

    @HubTest
    void anEndThatComesWithTheDataIsSeen() throws Exception {
        for (int i = 0; i < Counts.of(1_000); i++) {
            try (var pair = SocketPair.open()) {
                pair.client().sendAll(bytes("data and end"));
                pair.client().close();
                Green.sleep();
                var buffer = ByteBuffer.allocateDirect(4096);
                assertThat(pair.server().read(buffer)).isEqualTo(12);
                assertThat(pair.server().read(buffer)).isEqualTo(-1);
            }
        }
    }

    @HubTest
    void aResetIsNotAnEndHoweverOftenOneReads() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().setSoLinger(true, 0);
            pair.client().close();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> pair.server().getInputStream().read()).isInstanceOf(SocketException.class)
                        .hasMessage("Connection reset");
            }
        }
    }

    @HubTest
    void writingToAPeerThatIsGoneFailsAndTheLoopLives() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.server().close();
            assertThatThrownBy(() -> {
                for (int i = 0; i < 1_000; i++) {
                    pair.client().sendAll(new byte[1_000]);
                    Green.sleep();
                }
            }).isInstanceOf(SocketException.class).hasMessageMatching("Broken pipe|Connection reset");
        }
    }

    // ---- time limits

    @HubTest
    void soTimeoutEndsAReadAndTheSocketStaysUsable() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().setSoTimeout(5);
            assertThatThrownBy(() -> pair.client().recv(10)).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
            assertThatThrownBy(() -> pair.client().getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            pair.server().sendAll(bytes("late"));
            assertThat(text(pair.client().recv(10))).isEqualTo("late");
            assertThatThrownBy(() -> pair.client().setSoTimeout(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @HubTest
    void soTimeoutEndsAnAccept() throws Exception {
        try (var listener = Net.listen(ANY)) {
            listener.setSoTimeout(5);
            assertThatThrownBy(listener::accept).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Accept timed out");
            try (var client = Net.connect(listener.getLocalSocketAddress()); var accepted = listener.accept()) {
                assertThat(accepted.getPort()).isEqualTo(client.getLocalPort());
            }
        }
    }

    @HubTest
    void aReadEndedByATimeoutHasConsumedNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(5), () -> pair.client().recv(10)))
                    .isInstanceOf(Timeout.class);
            pair.server().sendAll(bytes("whole"));
            assertThat(text(pair.client().getInputStream().readNBytes(5))).isEqualTo("whole");
        }
    }

    @HubTest
    void aReadEndedByAKillHasConsumedNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> pair.client().recv(10));
            Turns.untilWaits(reader);
            reader.kill();
            assertThatThrownBy(reader::await).isInstanceOf(GreenExit.class);
            pair.server().sendAll(bytes("whole"));
            assertThat(text(pair.client().getInputStream().readNBytes(5))).isEqualTo("whole");
        }
    }

    @HubTest
    @NotSimulated("it makes the deadline pass by letting real time pass")
    void dataThatHasArrivedWinsOverADeadlineThatPassedInTheSameTurn() throws Exception {
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> Timeout.call(Duration.ofMillis(300), () -> text(pair.client().recv(10))));
            Turns.untilWaits(reader);
            pair.server().sendAll(bytes("data"));
            long end = System.nanoTime() + 350_000_000;
            while (System.nanoTime() < end) {
                Thread.onSpinWait(); // Both the data and the deadline are due when the loop turns next.
            }
            assertThat(reader.await()).isEqualTo("data");
        }
    }

    @HubTest
    void aWriteThatAnIOExceptionOfATimeoutEndsLeavesTheOutputShutToo() throws Exception {
        var mine = new IOException("mine");
        try (var pair = SocketPair.open()) {
            try (var _ = Timeout.start(Duration.ofMillis(20), mine)) {
                assertThatThrownBy(() -> pair.client().sendAll(new byte[32 << 20])).isSameAs(mine);
            }
            assertThat(mine.getSuppressed()).hasSize(1);
            assertThatThrownBy(() -> pair.client().sendAll(bytes("more"))).isInstanceOf(SocketException.class)
                    .hasMessageContaining("the output is shut");
        }
    }

    @HubTest
    void aWriteThatEndsEarlyLeavesTheOutputShutAndSaysHowMuchWent() throws Exception {
        try (var pair = SocketPair.open()) {
            byte[] much = new byte[32 << 20];
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> pair.client().sendAll(much)))
                    .isInstanceOf(Timeout.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).extracting(Throwable::getMessage)
                            .anyMatch(m -> m.matches(
                                    "A write of 33554432 bytes ended after [1-9]\\d*, by Timeout of 20 ms; the output is shut")));
            assertThatThrownBy(() -> pair.client().sendAll(bytes("more"))).isInstanceOf(SocketException.class)
                    .hasMessageContaining("the output is shut");
            long drained = 0;
            for (byte[] part = pair.server().recv(1 << 20); part.length > 0; part = pair.server().recv(1 << 20)) {
                drained += part.length;
            }
            assertThat(drained).isLessThan(much.length);
        }
    }

    @HubTest
    void anInterruptClosesTheSocketAsTheJdkDoes() throws Exception {
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> {
                assertThatThrownBy(() -> pair.client().recv(10)).isInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                return Thread.currentThread().isInterrupted();
            });
            Turns.untilWaits(reader);
            reader.thread().interrupt();
            assertThat(reader.await()).isTrue();
            assertThat(pair.client().isClosed()).isTrue();
            assertThat(pair.server().recv(1)).isEmpty();
        }
    }

    @HubTest
    void servingOutlastsTheListenersTimeLimitAndEndsByAnInterrupt() throws Exception {
        try (var listener = Net.listen(ANY)) {
            listener.setSoTimeout(1);
            var serving = Green.spawn(() -> {
                Net.serve(listener, connection -> connection.sendAll(connection.recv(1)));
                return Thread.interrupted();
            });
            Green.sleep(Duration.ofMillis(20));
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                client.sendAll(new byte[]{7});
                assertThat(client.recv(1)).containsExactly(7);
            }
            serving.thread().interrupt();
            assertThat(serving.await()).isTrue();
            assertThat(listener.isClosed()).isTrue();
        }
    }

    // ---- one reader, one writer

    @HubTest
    void aSecondReaderIsToldWhoReadsAndTheFirstIsUndisturbed() throws Exception {
        try (var pair = SocketPair.open()) {
            var first = Green.spawn("first", () -> text(pair.client().recv(10)));
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pair.client().recv(1)).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("'first' reads GreenSocket[addr=");
            pair.client().sendAll(bytes("both ways"));
            assertThat(text(pair.server().recv(20))).isEqualTo("both ways");
            pair.server().sendAll(bytes("for the first"));
            assertThat(first.await()).isEqualTo("for the fi");
        }
    }

    @HubTest
    void aSecondAcceptorIsToldSo() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var first = Green.spawn("first", listener::accept);
            Turns.untilWaits(first);
            assertThatThrownBy(listener::accept).isInstanceOf(ConcurrentUseException.class)
                    .hasMessage("The thread 'first' accepts on " + listener
                            + " already (expected: one acceptor at a time)");
            assertThatThrownBy(() -> Trampoline.awaitReadable(listener, Duration.ZERO))
                    .isInstanceOf(ConcurrentUseException.class).hasMessageContaining("'first' accepts on ");
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                assertThat(client.isConnected()).isTrue();
                first.await().close();
            }
        }
    }

    // ---- close

    @HubTest
    void closeWakesAReaderAWriterAndAnAcceptor() throws Exception {
        var listener = Net.listen(ANY);
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> pair.client().recv(10));
            var writer = Green.spawn(() -> pair.client().sendAll(new byte[32 << 20]));
            var acceptor = Green.spawn(listener::accept);
            Turns.untilWaits(reader);
            Turns.untilWaits(writer);
            Turns.untilWaits(acceptor);
            pair.client().close();
            listener.close();
            for (var waiter : List.of(reader, writer, acceptor)) {
                assertThatThrownBy(waiter::await).isInstanceOf(SocketException.class).hasMessage("Socket closed");
            }
        }
    }

    @HubTest
    void closeFromAnotherThreadWakesAReaderAndIsOverWhenItReturns() throws Exception {
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> pair.client().recv(10));
            Turns.untilWaits(reader);
            var closer = Thread.ofPlatform().start(() -> {
                try {
                    pair.client().close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThatThrownBy(reader::await).isInstanceOf(SocketException.class).hasMessage("Socket closed");
            closer.join();
        }
    }

    @HubTest
    void closeFromAnotherThreadGivesUpOnALoopThatDoesNotTurnAndShutsTheConnectionDown() throws Exception {
        try (var pair = SocketPair.open()) {
            var closed = new AtomicBoolean();
            var closer = Thread.ofPlatform().start(() -> {
                try {
                    pair.client().close();
                    closed.set(true);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            long patience = System.nanoTime() + Duration.ofSeconds(15).toNanos();
            while (!closed.get() && System.nanoTime() < patience) {
                Thread.onSpinWait(); // Holds the loop.
            }
            assertThat(closed).isTrue();
            assertThat(pair.server().recv(1)).isEmpty();
            closer.join();
        }
    }

    @HubTest
    void aPortCanBeBoundAgainTheMomentCloseReturns() throws Exception {
        var first = Net.listen(ANY);
        int port = first.getLocalPort();
        var pending = Net.connect(first.getLocalSocketAddress());
        for (int i = 0; i < 20; i++) {
            first.close();
            first = Net.listen(new InetSocketAddress("127.0.0.1", port));
        }
        first.close();
        pending.close();
    }

    @HubTest
    void anOldDescriptorsEventsNeverReachANewSocket() throws Exception {
        try (var listener = SocketPair.listener()) {
            for (int i = 0; i < Counts.of(2_000); i++) {
                var old = SocketPair.open(listener);
                var reader = Green.spawn(() -> old.client().recv(10));
                Turns.untilWaits(reader);
                old.server().sendAll(bytes("for the old"));
                old.client().close();
                try (var fresh = SocketPair.open(listener)) {
                    fresh.client().setSoTimeout(1);
                    assertThatThrownBy(() -> fresh.client().recv(10)).isInstanceOf(SocketTimeoutException.class);
                }
                assertThatThrownBy(reader::await).isInstanceOf(SocketException.class);
                old.server().close();
            }
        }
    }

    @HubTest
    void afterCloseEveryCallSaysSo() throws Exception {
        var pair = SocketPair.open();
        pair.close();
        pair.close();
        assertThatThrownBy(() -> pair.client().recv(1)).isInstanceOf(SocketException.class)
                .hasMessageMatching("Socket (is )?closed");
        assertThatThrownBy(() -> pair.client().sendAll(bytes("x"))).isInstanceOf(SocketException.class)
                .hasMessageMatching("Socket (is )?closed");
        assertThatThrownBy(() -> pair.client().getInputStream()).isInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
        assertThat(pair.client().isClosed()).isTrue();
    }

    // ---- connecting and listening

    @HubTest
    void aRefusedConnectNamesTheAddress() throws Exception {
        int port;
        try (var listener = Net.listen(ANY)) {
            port = listener.getLocalPort();
        }
        assertThatThrownBy(() -> Net.connect(new InetSocketAddress("127.0.0.1", port)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("Connection refused").hasMessageContaining("127.0.0.1")
                .hasMessageContaining(":" + port);
    }

    @HubTest
    void aConnectThatTakesTooLongTimesOut() throws Exception {
        try (var listener = Net.listen(ANY, 1)) {
            var waiting = new ArrayList<GreenSocket>();
            try {
                assertThatThrownBy(() -> {
                    for (int i = 0; i < 10; i++) { // The backlog is full before that.
                        waiting.add(Net.connect(listener.getLocalSocketAddress(), Duration.ofMillis(50)));
                    }
                }).isInstanceOf(SocketTimeoutException.class).hasMessageContaining("Connect timed out")
                        .hasMessageContaining("127.0.0.1");
                assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> {
                    Net.connect(listener.getLocalSocketAddress());
                })).isInstanceOf(Timeout.class);
            } finally {
                for (var socket : waiting) {
                    socket.close();
                }
            }
        }
    }

    @HubTest
    void aNameIsResolvedOffTheLoopAndAnUnknownOneIsNamed() throws Exception {
        try (var listener = Net.listen(ANY);
                var client = Net.connect(InetSocketAddress.createUnresolved("localhost", listener.getLocalPort()));
                var accepted = listener.accept()) {
            assertThat(client.isConnected()).isTrue();
            assertThat(accepted.isConnected()).isTrue();
        }
        assertThatThrownBy(() -> Net.connect(InetSocketAddress.createUnresolved("no-such-host.invalid", 1)))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("no-such-host.invalid");
    }

    @HubTest
    void aPortInUseIsNamed() throws Exception {
        try (var first = Net.listen(ANY)) {
            assertThatThrownBy(() -> Net.listen(first.getLocalSocketAddress())).isInstanceOf(BindException.class)
                    .hasMessageContaining("Address already in use").hasMessageContaining(":" + first.getLocalPort());
        }
    }

    @HubTest
    void badArgumentsAreNamed() throws Exception {
        assertThatThrownBy(() -> Net.listen(ANY, 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backlog: 0 (expected: >= 1)");
        assertThatThrownBy(() -> Net.connect(new SocketAddress() {
        })).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("to:");
        try (var listener = Net.listen(ANY)) {
            assertThatThrownBy(() -> Net.serve(listener, socket -> {}, 0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("concurrency: 0 (expected: >= 1)");
        }
    }

    @HubTest
    void optionsGoRoundAndAddressesAreTold() throws Exception {
        try (var pair = SocketPair.open()) {
            var client = pair.client();
            client.setTcpNoDelay(true);
            client.setKeepAlive(true);
            client.setSoLinger(true, 3);
            client.setSoTimeout(1234);
            client.setTrafficClass(16);
            assertThat(client.getTcpNoDelay()).isTrue();
            assertThat(client.getKeepAlive()).isTrue();
            assertThat(client.getSoLinger()).isEqualTo(3);
            assertThat(client.getSoTimeout()).isEqualTo(1234);
            client.setSoLinger(false, 0);
            assertThat(client.getSoLinger()).isEqualTo(-1);
            client.setOption(StandardSocketOptions.SO_SNDBUF, 50_000);
            assertThat(client.getSendBufferSize()).isGreaterThanOrEqualTo(50_000);
            assertThat(client.supportedOptions()).contains(StandardSocketOptions.TCP_NODELAY,
                    StandardSocketOptions.SO_LINGER);
            assertThat(pair.server().getPort()).isEqualTo(client.getLocalPort());
            assertThat(client.getRemoteSocketAddress()).isEqualTo(pair.server().getLocalSocketAddress());
            assertThat(client.getLocalAddress().isLoopbackAddress()).isTrue();
            assertThat(client).hasToString("GreenSocket[addr=/127.0.0.1,port=" + client.getPort() + ",localport="
                    + client.getLocalPort() + "]");
        }
    }

    @HubTest
    void soReuseportIsOffUnlessAskedFor() throws Exception {
        try (var plain = Net.listen(ANY);
                var shared = Net.listen(ANY, options -> options.reusePort(true));
                var second = Net.listen(shared.getLocalSocketAddress(), options -> options.reusePort(true))) {
            assertThat(plain.getOption(StandardSocketOptions.SO_REUSEPORT)).isFalse();
            assertThat(second.getLocalPort()).isEqualTo(shared.getLocalPort());
        }
    }

    // ---- other threads, other loops

    @HubTest
    void offEveryLoopNetSaysWhereToGo() throws Exception {
        var thrown = new AtomicReference<Throwable>();
        var outside = Thread.ofPlatform().start(() -> {
            try {
                Net.listen(ANY).close();
            } catch (IllegalStateException | IOException e) {
                thrown.set(e);
            }
        });
        outside.join();
        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("Net.listen")
                .hasMessageContaining("Green.run")
                .hasMessageContaining("EventLoop.start");
    }

    @HubTest
    void aPlatformThreadAndAnotherLoopMayReadAndWrite() throws Exception {
        try (var pair = SocketPair.open(); var other = EventLoop.start()) {
            var got = new AtomicReference<String>();
            var outside = Thread.ofPlatform().start(() -> {
                try {
                    got.set(text(pair.client().getInputStream().readNBytes(5)));
                    pair.client().sendAll(bytes("reply"));
                } catch (IOException e) {
                    got.set(e.toString());
                }
            });
            Green.sleep(Duration.ofMillis(5));
            pair.server().sendAll(bytes("hello"));
            assertThat(text(pair.server().getInputStream().readNBytes(5))).isEqualTo("reply");
            outside.join();
            assertThat(got.get()).isEqualTo("hello");
            var elsewhere = other.spawn(() -> text(pair.client().getInputStream().readNBytes(5)));
            Green.sleep(Duration.ofMillis(5));
            pair.server().sendAll(bytes("again"));
            assertThat(elsewhere.await()).isEqualTo("again");
        }
    }

    @HubTest
    void aPlatformThreadsReadHasItsTimeLimitToo() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().setSoTimeout(5);
            var thrown = new AtomicReference<Throwable>();
            var outside = Thread.ofPlatform().start(() -> {
                try {
                    pair.client().recv(1);
                } catch (IOException e) {
                    thrown.set(e);
                }
            });
            outside.join();
            assertThat(thrown.get()).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @HubTest
    void jdkSocketsAreGreenToo() throws Exception {
        try (var listener = new ServerSocket(0, 50, ANY.getAddress())) {
            var client = Green.spawn(() -> {
                try (var socket = new Socket("127.0.0.1", listener.getLocalPort())) {
                    return text(socket.getInputStream().readAllBytes());
                }
            });
            try (var accepted = listener.accept()) {
                Green.sleep();
                accepted.getOutputStream().write(bytes("through the JDK"));
            }
            assertThat(client.await()).isEqualTo("through the JDK");
        }
    }

    // ---- serving

    private static GreenServerSocket serving(SocketHandler handler, int concurrency) throws IOException {
        var listener = Net.listen(ANY, 1000);
        Green.spawnN(() -> Net.serve(listener, handler, concurrency));
        return listener;
    }

    @HubTest
    void serveClosesTheSocketWhenItsHandlerReturnsOrThrowsAndGoesOn(Uncaught uncaught) throws Exception {
        try (var listener = serving(socket -> {
            if (socket.recv(1)[0] == 'x') {
                throw new IllegalArgumentException("bad handler");
            }
        }, 10)) {
            for (String said : List.of("x", "y", "x", "y")) {
                try (var client = Net.connect(listener.getLocalSocketAddress())) {
                    client.sendAll(bytes(said));
                    assertThat(client.recv(1)).isEmpty();
                }
            }
        }
        assertThat(uncaught.failures()).hasSize(2)
                .allSatisfy(e -> assertThat(e).isInstanceOf(IllegalArgumentException.class));
    }

    @HubTest
    void stopServeEndsTheServingAndLeavesTheListenerOpen() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var serving = Green.spawn(() -> Net.serve(listener, socket -> {
                throw new StopServe();
            }));
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                assertThat(client.recv(1)).isEmpty();
            }
            serving.await();
            assertThat(listener.isClosed()).isFalse();
        }
    }

    @HubTest
    void serveHandlesNoMoreThanItsLimitAtATime() throws Exception {
        var running = new int[1];
        var most = new int[1];
        try (var listener = serving(socket -> {
            running[0]++;
            most[0] = Math.max(most[0], running[0]);
            socket.sendAll(bytes("hi"));
            socket.recv(1);
            running[0]--;
        }, 5)) {
            var clients = new ArrayList<GreenSocket>();
            for (int i = 0; i < 6; i++) {
                clients.add(Net.connect(listener.getLocalSocketAddress()));
            }
            for (int i = 0; i < 5; i++) {
                assertThat(text(clients.get(i).recv(2))).isEqualTo("hi");
            }
            clients.get(5).setSoTimeout(10);
            assertThatThrownBy(() -> clients.get(5).recv(2)).isInstanceOf(SocketTimeoutException.class);
            clients.get(0).close();
            clients.get(5).setSoTimeout(0);
            assertThat(text(clients.get(5).recv(2))).isEqualTo("hi");
            for (var client : clients) {
                client.close();
            }
        }
        assertThat(most[0]).isEqualTo(5);
    }

    @HubTest
    void closingTheListenerEndsTheServing() throws Exception {
        var listener = Net.listen(ANY);
        var serving = Green.spawn(() -> Net.serve(listener, socket -> {}));
        Turns.untilWaits(serving);
        listener.close();
        serving.await();
    }

    @HubTest(seconds = 60)
    void thousandsOfConnectionsAtATimeAndThousandsThatBreakOff() throws Exception {
        int connections = Counts.of(5_000);
        try (var listener = serving(socket -> socket.getInputStream().transferTo(socket.getOutputStream()), 10_000)) {
            var clients = new ArrayList<GreenSocket>();
            for (int i = 0; i < connections; i++) {
                clients.add(Net.connect(listener.getLocalSocketAddress()));
            }
            for (var client : clients) {
                client.sendAll(bytes("ping"));
            }
            for (var client : clients) {
                assertThat(text(client.getInputStream().readNBytes(4))).isEqualTo("ping");
                client.close();
            }
            for (int i = 0; i < Counts.of(1_000); i++) {
                var client = Net.connect(listener.getLocalSocketAddress());
                client.setSoLinger(true, 0);
                client.close();
            }
        }
    }
}
