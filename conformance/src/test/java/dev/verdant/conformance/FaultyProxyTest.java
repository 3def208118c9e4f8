package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.testkit.FaultyProxy;
import dev.verdant.testkit.Toxics;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A {@link FaultyProxy} between blocking sockets of the JDK's, as a program that knows nothing of Verdant has them. Of times, only what they are at the least is looked at. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FaultyProxyTest {

    /** What has not come by then never will. */
    private static final int PATIENCE_MILLIS = 30_000;

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    /** Which way bytes go, and whether the connection was there before something was done to them. */
    enum Way {
        FROM_CLIENT_ON_A_LIVE_CONNECTION(true, true), FROM_CLIENT_ON_A_NEW_CONNECTION(true,
                false), FROM_SERVER_ON_A_LIVE_CONNECTION(false, true), FROM_SERVER_ON_A_NEW_CONNECTION(false, false);

        private final boolean fromClient;
        private final boolean live;

        Way(boolean fromClient, boolean live) {
            this.fromClient = fromClient;
            this.live = live;
        }
    }

    /** The two ends of a connection through the proxy, by who sends. */
    private record Ends(Socket sender, Socket receiver) implements AutoCloseable {

        void send(int bytes) throws IOException {
            send(new byte[bytes]);
        }

        void send(byte[] bytes) throws IOException {
            sender.getOutputStream().write(bytes);
        }

        byte[] receive(int bytes) throws IOException {
            return receiver.getInputStream().readNBytes(bytes);
        }

        byte[] receiveAll() throws IOException {
            return receiver.getInputStream().readAllBytes();
        }

        Ends turned() {
            return new Ends(/* sender= */ receiver, /* receiver= */ sender);
        }

        @Override
        public void close() throws IOException {
            sender.close();
            receiver.close();
        }
    }

    private ServerSocket server;
    private FaultyProxy proxy;

    @BeforeEach
    void begin() throws IOException {
        server = new ServerSocket(0, 50, LOOPBACK);
        server.setSoTimeout(PATIENCE_MILLIS);
        proxy = FaultyProxy.to(server.getLocalSocketAddress());
    }

    @AfterEach
    void end() throws IOException {
        proxy.close();
        server.close();
    }

    private static Socket connectTo(SocketAddress address) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(address, PATIENCE_MILLIS);
        return socket;
    }

    /** A connection from the client to the server. */
    private Ends connect() throws IOException {
        Socket client = connectTo(proxy.address());
        Socket accepted = server.accept();
        accepted.setSoTimeout(PATIENCE_MILLIS);
        accepted.setTcpNoDelay(true);
        return new Ends(client, accepted);
    }

    private Toxics toxics(Way way) {
        return way.fromClient ? proxy.fromClient() : proxy.fromServer();
    }

    private Ends connect(Way way, Consumer<Toxics> done) throws IOException {
        if (!way.live) {
            done.accept(toxics(way));
        }
        Ends ends = connect();
        if (way.live) {
            exchange(ends);
            exchange(ends.turned());
            done.accept(toxics(way));
        }
        return way.fromClient ? ends : ends.turned();
    }

    private static void exchange(Ends ends) throws IOException {
        ends.send(1);
        assertThat(ends.receive(1)).hasSize(1);
    }

    private static long millisSince(long start) {
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    /** The end of the stream or a reset: a connection that is closed while something is on its way to it may be told either. */
    private static void assertOver(Socket socket) throws IOException {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    // ---- nothing is on

    @ParameterizedTest
    @EnumSource
    void withNothingOnEveryByteArrives(Way way) throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        try (var ends = connect(way, _ -> {})) {
            var sent = CompletableFuture.runAsync(() -> {
                try {
                    ends.send(bytes);
                    ends.sender.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(ends.receiveAll()).isEqualTo(bytes);
            sent.join();
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachDirectionEndsOnItsOwn(Way way) throws Exception {
        try (var ends = connect(way, _ -> {})) {
            ends.sender.shutdownOutput();
            assertThat(ends.receiveAll()).isEmpty();
            var back = ends.turned();
            back.send(100);
            assertThat(back.receive(100)).hasSize(100);
            back.sender.shutdownOutput();
            assertThat(back.receiveAll()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResetGoesThrough(Way way) throws Exception {
        try (var ends = connect(way, _ -> {})) {
            ends.sender.setSoLinger(true, 0);
            ends.sender.close();
            assertReset(ends.receiver);
        }
    }

    @Test
    void aServerThatIsNotThereIsAResetAndTheProxyLives() throws Exception {
        server.close();
        try (var client = connectTo(proxy.address())) {
            assertOver(client);
        } catch (SocketException e) { // The reset may be there before the connect is seen to have succeeded.
            assertThat(e).hasMessageContaining("reset");
        }
        server = new ServerSocket();
        server.setReuseAddress(true);
        server.setSoTimeout(PATIENCE_MILLIS);
        server.bind(new InetSocketAddress(LOOPBACK, ((InetSocketAddress) upstream()).getPort()));
        try (var ends = connect()) {
            exchange(ends);
        }
    }

    private SocketAddress upstream() {
        String text = proxy.toString();
        return new InetSocketAddress(LOOPBACK,
                Integer.parseInt(text.substring(text.lastIndexOf(':') + 1, text.length() - 1)));
    }

    // ---- the eight

    @ParameterizedTest
    @EnumSource
    void latencyBringsBytesLater(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.latency(Duration.ofMillis(200), Duration.ZERO))) {
            long start = System.nanoTime();
            exchange(ends);
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void latencyBringsTheEndLater(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.latency(Duration.ofMillis(200), Duration.ZERO))) {
            long start = System.nanoTime();
            ends.sender.shutdownOutput();
            assertThat(ends.receiveAll()).isEmpty();
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void jitterBringsBytesLater(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.latency(Duration.ZERO, Duration.ofMillis(50)))) {
            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                exchange(ends);
            }
            // 500 by expectation; less than this in one of a billion runs.
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(150);
        }
    }

    @Test
    void jitterKeepsTheOrder() throws Exception {
        proxy.fromClient().latency(Duration.ZERO, Duration.ofMillis(20));
        try (var ends = connect()) {
            byte[] bytes = new byte[50];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) i;
                ends.send(new byte[]{(byte) i});
            }
            assertThat(ends.receive(bytes.length)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bandwidthLimitsHowMuchGoesThroughInATime(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.bandwidth(20_000))) {
            long start = System.nanoTime();
            ends.send(8_000);
            assertThat(ends.receive(8_000)).hasSize(8_000);
            // The last burst is not paid for before it is sent.
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(1000 * (8_000 - 1_000) / 20_000);
        }
    }

    @Test
    void whatABandwidthHoldsBackGoesThroughOnceItIsTakenBack() throws Exception {
        proxy.fromClient().bandwidth(1);
        try (var ends = connect()) {
            ends.send(1_000);
            assertThat(ends.receive(1)).hasSize(1);
            assertThat(ends.receiver.getInputStream().available()).isLessThan(500);
            proxy.fromClient().clear();
            assertThat(ends.receive(999)).hasSize(999);
        }
    }

    @Test
    void aBandwidthHoldsUpWhoSendsMore() throws Exception {
        proxy.fromClient().bandwidth(1);
        try (var ends = connect()) {
            var sending = Thread.ofPlatform().daemon().start(() -> {
                try {
                    ends.send(64 << 20);
                } catch (IOException e) {
                    // Closed below.
                }
            });
            assertThat(ends.receive(2)).hasSize(2);
            assertThat(sending.isAlive()).isTrue();
            ends.sender.close();
            ends.receiver.close();
            sending.join(PATIENCE_MILLIS);
            assertThat(sending.isAlive()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void slowCloseTellsTheEndLater(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.slowClose(Duration.ofMillis(200)))) {
            ends.send(10);
            long start = System.nanoTime();
            ends.sender.shutdownOutput();
            assertThat(ends.receiveAll()).hasSize(10);
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTimeoutLosesWhatComes(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.timeout(Duration.ZERO))) {
            ends.send(10);
            exchange(ends.turned());
            ends.sender.shutdownOutput();
            assertThat(ends.receiveAll()).isEmpty();
            exchange(ends.turned());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTimeoutClosesTheConnectionAfterItsTime(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.timeout(Duration.ofMillis(200)))) {
            long start = System.nanoTime();
            ends.send(10);
            assertThat(ends.receiveAll()).isEmpty();
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(200);
            assertOver(ends.sender);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResetBreaksBothEndsWhenBytesCome(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.reset(Duration.ofMillis(100)))) {
            exchange(ends.turned());
            long start = System.nanoTime();
            ends.send(10);
            assertReset(ends.receiver);
            assertReset(ends.sender);
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(100);
        }
    }

    @Test
    void allConnectionsCanBeResetAtOnce() throws Exception {
        try (var one = connect(); var other = connect()) {
            exchange(one);
            exchange(other);
            proxy.reset();
            for (Ends each : new Ends[]{one, other}) {
                assertReset(each.sender);
                assertReset(each.receiver);
            }
            try (var next = connect()) {
                exchange(next);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSlicerSendsSmallPiecesWithPauses(Way way) throws Exception {
        byte[] bytes = new byte[40];
        new Random(2).nextBytes(bytes);
        try (var ends = connect(way, toxics -> toxics.slicer(4, Duration.ofMillis(20)))) {
            long start = System.nanoTime();
            ends.send(bytes);
            assertThat(ends.receive(40)).isEqualTo(bytes);
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(9 * 20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLimitIsBroughtAndThenTheConnectionIsClosed(Way way) throws Exception {
        // On a live one a byte has gone this way.
        int before = way.live ? 1 : 0;
        try (var ends = connect(way, toxics -> toxics.limit(before + 5))) {
            ends.send(3);
            assertThat(ends.receive(3)).hasSize(3);
            ends.send(3);
            assertThat(ends.receiveAll()).hasSize(2);
            assertOver(ends.sender);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLimitThatIsPassedAlreadyLetsNothingThrough(Way way) throws Exception {
        try (var ends = connect(way, toxics -> toxics.limit(0))) {
            ends.send(3);
            assertThat(ends.receiveAll()).isEmpty();
            assertOver(ends.sender);
        }
    }

    @Test
    void downClosesAllAndRefusesMoreUntilItIsUpAgain() throws Exception {
        InetSocketAddress address = proxy.address();
        try (var ends = connect()) {
            exchange(ends);
            proxy.down();
            proxy.down();
            assertOver(ends.sender);
            assertOver(ends.receiver);
            assertThatThrownBy(() -> connectTo(address)).isInstanceOf(ConnectException.class);
        }
        for (int i = 0; i < 2; i++) {
            proxy.up();
            assertThat(proxy.address()).isEqualTo(address);
            try (var ends = connect()) {
                exchange(ends);
                exchange(ends.turned());
            }
        }
    }

    @Test
    void downClosesAlsoWhoseServerHasNotAnsweredYet() throws Exception {
        var waiting = new ArrayList<SocketChannel>();
        try (var full = new ServerSocket(0, 1, LOOPBACK); var other = FaultyProxy.to(full.getLocalSocketAddress())) {
            for (int i = 0; i < 8; i++) {
                SocketChannel each = SocketChannel.open();
                waiting.add(each);
                each.configureBlocking(false);
                each.connect(full.getLocalSocketAddress());
            }
            try (var client = connectTo(other.address())) {
                other.down();
                assertOver(client);
            }
        } finally {
            for (SocketChannel each : waiting) {
                each.close();
            }
        }
    }

    // ---- all together

    @ParameterizedTest
    @EnumSource
    void clearTurnsEverythingOff(Way way) throws Exception {
        try (var ends = connect(way, FaultyProxyTest::turnEverythingOnAndOff)) {
            ends.send(10_000);
            ends.sender.shutdownOutput();
            assertThat(ends.receiveAll()).hasSize(10_000);
        }
    }

    private static void turnEverythingOnAndOff(Toxics toxics) {
        Duration hour = Duration.ofHours(1);
        assertThat(toxics.latency(hour, hour).bandwidth(1).slowClose(hour).timeout(Duration.ZERO).reset(Duration.ZERO)
                .slicer(1, hour).limit(0)).isSameAs(toxics);
        assertThat(toxics.clear()).isSameAs(toxics);
    }

    @ParameterizedTest
    @EnumSource
    void severalHoldAtATime(Way way) throws Exception {
        int before = way.live ? 1 : 0;
        try (var ends = connect(way, toxics -> toxics.latency(Duration.ofMillis(100), Duration.ZERO)
                .slicer(2, Duration.ofMillis(50)).limit(before + 5))) {
            long start = System.nanoTime();
            ends.send(8);
            assertThat(ends.receiveAll()).hasSize(5);
            assertThat(millisSince(start)).isGreaterThanOrEqualTo(100 + 2 * 50);
        }
    }

    @Test
    void oneDirectionsToxicsLeaveTheOtherAlone() throws Exception {
        proxy.fromServer().timeout(Duration.ZERO);
        try (var ends = connect()) {
            exchange(ends);
            ends.turned().send(1);
            exchange(ends);
        }
    }

    @Test
    void argumentsThatMakeNoSenseAreRefused() {
        var toxics = proxy.fromClient();
        Duration negative = Duration.ofMillis(-1);
        Stream.<Runnable>of(() -> toxics.latency(negative, Duration.ZERO),
                () -> toxics.latency(Duration.ZERO, negative),
                () -> toxics.slowClose(negative), () -> toxics.timeout(negative), () -> toxics.reset(negative),
                () -> toxics.slicer(1, negative))
                .forEach(each -> assertThatThrownBy(each::run).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageEndingWith(": PT-0.001S (expected: not negative)"));
        assertThatThrownBy(() -> toxics.bandwidth(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytesPerSecond: 0 (expected: >= 1)");
        assertThatThrownBy(() -> toxics.slicer(0, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mostBytes: 0 (expected: >= 1)");
        assertThatThrownBy(() -> toxics.limit(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytes: -1 (expected: >= 0)");
    }

    // ---- its end

    @Test
    void closeLeavesNothingBehind() throws Exception {
        InetSocketAddress address = proxy.address();
        try (var ends = connect()) {
            proxy.fromClient().latency(Duration.ofHours(1), Duration.ZERO);
            proxy.fromServer().timeout(Duration.ofHours(1));
            ends.send(1);
            ends.turned().send(1);
            proxy.close();
            proxy.close();
            assertOver(ends.sender);
            assertOver(ends.receiver);
            assertThatThrownBy(() -> connectTo(address)).isInstanceOf(ConnectException.class);
        }
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(each -> each.getName().contains("faulty-proxy"));
        assertThatThrownBy(proxy::up).isInstanceOf(IllegalStateException.class);
        assertThat(proxy.toString()).contains(address.toString());
    }

    @Test
    void aHundredProxiesLeaveNoDescriptor() throws Exception {
        long before = openSockets();
        for (int i = 0; i < 100; i++) {
            try (var each = FaultyProxy.to(server.getLocalSocketAddress());
                    var client = connectTo(each.address());
                    var accepted = server.accept()) {
                client.getOutputStream().write(1);
                assertThat(accepted.getInputStream().read()).isEqualTo(1);
            }
        }
        assertThat(openSockets()).isLessThan(before + 50);
    }

    /** How many the process has, where the system tells. */
    private static long openSockets() throws IOException {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (var each = Files.list(DESCRIPTORS)) {
            return each.filter(FaultyProxyTest::isSocketOrPoller).count();
        }
    }

    private static boolean isSocketOrPoller(Path descriptor) {
        try {
            String what = Files.readSymbolicLink(descriptor).toString();
            return what.startsWith("socket:") || what.startsWith("anon_inode:");
        } catch (IOException e) {
            return false; // Closed meanwhile.
        }
    }
}
