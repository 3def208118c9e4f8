package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.StopServe;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLServerSocket;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** How a handshake goes, and how it fails: TLS1 to TLS4. */
class TlsHandshakeTest {

    /** Where servers log. */
    private static final Logger SERVING = Logger.getLogger("dev.verdant.green.net");

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    private static final Duration SHORT = Duration.ofMillis(200);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // ---- slices

    @HubTest(seconds = 60)
    void aHandshakeSucceedsThoughEachByteComesAlone(Engine engine) throws Exception {
        long before = cpuOfLoop();
        int handshakes = 0;
        for (String version : VERSIONS) {
            SslOptions client = TlsPair.client(engine, version);
            SslOptions server = TlsPair.server(engine);
            for (int i = 0; i < 2; i++) {
                overSlices(client, server, () -> 1, 200, version);
                handshakes++;
            }
        }
        // Without a spin it is some milliseconds each.
        assertThat((cpuOfLoop() - before) / handshakes)
                .as("nanoseconds of the loop's for a handshake, its data and the wire")
                .isLessThan(500_000_000L);
    }

    @HubTest(seconds = 60)
    void aHandshakeAndItsDataSurviveSlicesOfAnySize(Engine engine) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (String version : VERSIONS) {
            SslOptions client = TlsPair.client(engine, version);
            SslOptions server = TlsPair.server(engine);
            for (int i = 0; i < 5; i++) {
                overSlices(client, server, () -> 1 + random.nextInt(1 << random.nextInt(15)), 100_000, version);
            }
        }
    }

    /** Data goes both ways at once and arrives as it was sent; each side then ends in good order. */
    private static void overSlices(SslOptions client, SslOptions server, IntSupplier sizes, int length, String version)
            throws Exception {
        byte[] there = new byte[length];
        byte[] back = new byte[length + 1];
        new Random(1).nextBytes(there);
        new Random(2).nextBytes(back);
        try (var wire = Slices.open(client, server, sizes)) {
            GreenSSLSocket near = wire.ends().client();
            GreenSSLSocket far = wire.ends().server();
            var writer = Green.spawn(() -> near.sendAll(there));
            var farWriter = Green.spawn(() -> far.sendAll(back));
            var farReader = Green.spawn(() -> far.getInputStream().readNBytes(length));
            assertThat(near.getInputStream().readNBytes(length + 1)).isEqualTo(back);
            assertThat(farReader.await()).isEqualTo(there);
            writer.await();
            farWriter.await();
            assertThat(far.getSession().getProtocol()).isEqualTo(version);
            near.shutdownOutput();
            assertThat(far.recv(1)).isEmpty();
        }
    }

    private static long cpuOfLoop() {
        var threads = ManagementFactory.getThreadMXBean();
        return Stream.of(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(thread -> thread.getThreadName().contains("test"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId())).sum();
    }

    @HubTest
    void halfAMessageDoesNotKeepTheLoopTurning(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var half = HalfWay.open(engine, weAreClient, null)) {
                half.say(100);
                Green.sleep(Duration.ofMillis(50));
                var loop = Objects.requireNonNull(EventLoop.current());
                long before = loop.snapshot().turns();
                Green.sleep(Duration.ofMillis(200));
                assertThat(loop.snapshot().turns() - before).isLessThan(50);
                half.sayTheRest();
                half.peer.shake();
                half.shaking.await();
            }
        }
    }

    /** One end is ours and shakes hands; the other one's first flight is sent by the test, in parts. */
    private static final class HalfWay implements AutoCloseable {

        final GreenSSLSocket ours;
        final RawPeer peer;
        final GreenThread<?> shaking;
        private byte[] flight = new byte[0];

        private HalfWay(GreenSSLSocket ours, RawPeer peer) {
            this.ours = ours;
            this.peer = peer;
            this.shaking = Green.spawn(() -> ours.startHandshake());
        }

        static HalfWay open(Engine engine, boolean weAreClient, @Nullable Duration limit) throws IOException {
            SslOptions.Builder options = weAreClient ? TlsPair.clientOptions(engine) : TlsPair.serverOptions(engine);
            if (limit != null) {
                options.handshakeTimeout(limit);
            }
            try (var listener = Net.listen(TlsPair.ANY)) {
                GreenSocket there = Net.connect(listener.getLocalSocketAddress());
                GreenSocket here = listener.accept();
                return new HalfWay(GreenSsl.wrap(weAreClient ? there : here, options.build()),
                        RawPeer.of(weAreClient ? here : there, !weAreClient, "TLSv1.3"));
            }
        }

        /** Sends so many bytes of what the peer says first. */
        void say(int count) throws IOException {
            peer.engine.beginHandshake();
            if (!peer.engine.getUseClientMode()) {
                while (peer.engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
                    peer.step();
                }
            }
            flight = peer.wrap(new byte[0]);
            assertThat(flight.length).isGreaterThan(count);
            peer.send(Arrays.copyOf(flight, count));
            flight = Arrays.copyOfRange(flight, count, flight.length);
        }

        void sayTheRest() throws IOException {
            peer.send(flight);
        }

        @Override
        public void close() throws IOException {
            ours.close();
            peer.close();
        }
    }

    // ---- much to say

    @HubTest
    void aHelloOfMoreThanARecordIsAnsweredOrRefused(Engine engine) throws Exception {
        String[] many = IntStream.range(0, 120).mapToObj(i -> "%03d".formatted(i) + "x".repeat(150))
                .toArray(String[]::new);
        many[119] = "h2";
        SslOptions client = TlsPair.clientOptions(engine).applicationProtocols(many).build();
        SslOptions server = TlsPair.serverOptions(engine).applicationProtocols("h2").build();
        try (var pair = TlsPair.fresh(client, server)) {
            if (shakeOrBothFail(pair)) {
                assertThat(pair.server().getApplicationProtocol()).isEqualTo("h2");
            }
        }
    }

    @HubTest
    void aChainOfMoreThan64KibibytesIsTakenOrRefused(Engine engine) throws Exception {
        assertThat(LongChain.SERVER.chain().stream().mapToInt(TlsHandshakeTest::size).sum()).isGreaterThan(64 * 1024);
        for (String version : VERSIONS) {
            SslOptions client = TlsPair.client(engine, version);
            SslOptions server = SslOptions.forServer().engine(engine).doHandshakeOnConnect(false)
                    .certificate(TlsPair.identity(LongChain.SERVER)).build();
            try (var pair = TlsPair.fresh(client, server)) {
                shakeOrBothFail(pair);
            }
        }
    }

    private static int size(java.security.cert.X509Certificate certificate) {
        try {
            return certificate.getEncoded().length;
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }

    private static final class LongChain {

        static final Certificates.Issued SERVER = make();

        private static Certificates.Issued make() {
            Certificates.Issued last = Certificates.CA;
            for (int i = 0; i < 30; i++) {
                last = Certificates.certificate().subject("CN=Authority " + i + ", OU=" + "x".repeat(1100)).authority()
                        .by(last).issue();
            }
            return Certificates.certificate().names("localhost").address("127.0.0.1").by(last).issue();
        }
    }

    /** Returns true if both sides have shaken hands and can talk. If not, each was told why. */
    private static boolean shakeOrBothFail(TlsPair pair) throws Exception {
        var server = Green.spawn(() -> {
            pair.server().sendAll(pair.server().recv(4));
        });
        Throwable failure = null;
        try {
            pair.client().sendAll(bytes("ping"));
            assertThat(pair.client().recv(4)).asString().isEqualTo("ping");
            server.await();
            return true;
        } catch (IOException e) {
            failure = e;
        }
        assertThat(failure).isInstanceOf(SSLException.class);
        assertThatThrownBy(server::await).isInstanceOf(SSLException.class);
        assertThat(pair.client().isClosed()).isTrue();
        assertThat(pair.server().isClosed()).isTrue();
        return false;
    }

    @HubTest
    void aHelloWithAHundredAndTwentyEightExtensionsIsAnswered(Engine engine) throws Exception {
        try (var half = HalfWay.open(engine, false, null)) {
            half.peer.engine.beginHandshake();
            half.peer.send(withExtensions(half.peer.wrap(new byte[0]), 128));
            byte[] answer = RawPeer.readRecord(half.peer.socket);
            assertThat(answer[0]).as("type of record").isEqualTo((byte) RawPeer.HANDSHAKE);
            assertThat(answer[5]).as("server_hello").isEqualTo((byte) 2);
            half.peer.socket.close();
            assertThatThrownBy(half.shaking::await).isInstanceOf(IOException.class);
        }
    }

    /** Adds unknown extensions, in front of the others, to a hello that is one record. */
    private static byte[] withExtensions(byte[] hello, int count) {
        int at = 5 + 4 + 2 + 32;
        at += 1 + (hello[at] & 0xff);
        at += 2 + (ByteBuffer.wrap(hello).getShort(at) & 0xffff);
        at += 1 + (hello[at] & 0xff);
        int added = count * 4;
        ByteBuffer larger = ByteBuffer.allocate(hello.length + added);
        larger.put(hello, 0, at + 2);
        for (int i = 0; i < count; i++) {
            larger.putShort((short) (0x5a00 + i)).putShort((short) 0);
        }
        larger.put(hello, at + 2, hello.length - at - 2);
        larger.putShort(3, (short) (larger.getShort(3) + added));
        larger.putInt(5, larger.getInt(5) + added);
        larger.putShort(at, (short) (larger.getShort(at) + added));
        return larger.array();
    }

    // ---- peers that stop

    @HubTest
    void aSilentPeerIsLeftWhenTheHandshakesTimeIsOver(Engine engine) throws Exception {
        var both = new ArrayList<HalfWay>();
        for (boolean weAreClient : new boolean[]{false, true}) {
            both.add(HalfWay.open(engine, weAreClient, SHORT));
        }
        assertLeft(both);
    }

    @HubTest
    void aPeerThatStopsInTheMiddleOfAMessageIsLeftWhenTheHandshakesTimeIsOver(Engine engine) throws Exception {
        var both = new ArrayList<HalfWay>();
        for (boolean weAreClient : new boolean[]{false, true}) {
            both.add(HalfWay.open(engine, weAreClient, SHORT));
            both.getLast().say(60);
        }
        assertLeft(both);
    }

    @HubTest
    void aPeerThatStopsAfterItsFirstFlightIsLeftWhenTheHandshakesTimeIsOver(Engine engine) throws Exception {
        var both = new ArrayList<HalfWay>();
        for (boolean weAreClient : new boolean[]{false, true}) {
            var half = HalfWay.open(engine, weAreClient, SHORT);
            both.add(half);
            half.say(1);
            if (weAreClient) {
                // Its hello alone, without what is encrypted behind it.
                int hello = 5 + (ByteBuffer.wrap(half.flight).getShort(2) & 0xffff) - 1;
                half.peer.send(Arrays.copyOf(half.flight, hello));
            } else {
                half.sayTheRest();
            }
        }
        assertLeft(both);
    }

    /** The handshakes fail by their time, the descriptors are gone, and each later call says the same. */
    private static void assertLeft(List<HalfWay> halves) throws IOException {
        for (HalfWay half : halves) {
            assertThatThrownBy(half.shaking::await).isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("The TLS handshake of ").hasMessageContaining(" ms");
            assertThat(half.ours.isClosed()).isTrue();
            assertThatThrownBy(() -> half.ours.recv(1)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> half.ours.sendAll(new byte[1])).isInstanceOf(IOException.class);
            readToTheEnd(half.peer.socket);
            half.close();
        }
    }

    /** What the other side has sent until it closed or reset the connection. */
    private static byte[] readToTheEnd(GreenSocket socket) throws IOException {
        var all = new ByteArrayOutputStream();
        try {
            for (byte[] part = socket.recv(4096); part.length > 0; part = socket.recv(4096)) {
                all.write(part);
            }
        } catch (SocketException e) {
            // A reset is an end, too.
        }
        return all.toByteArray();
    }

    @HubTest
    void whoIsSilentKeepsNobodyFromBeingAccepted(Engine engine) throws Exception {
        SslOptions client = TlsPair.client(engine);
        try (var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY), TlsPair.server(engine))) {
            var silent = new ArrayList<GreenSocket>();
            for (int i = 0; i < 5; i++) {
                silent.add(Net.connect(listener.getLocalSocketAddress()));
            }
            var handlers = new ArrayList<GreenThread<?>>();
            var accepting = Green.spawn(() -> {
                while (true) {
                    GreenSSLSocket accepted = listener.accept();
                    handlers.add(Green.spawn(() -> {
                        try (accepted) {
                            accepted.sendAll(accepted.recv(10));
                        }
                    }));
                }
            });
            try (var talker = GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()), client)) {
                talker.sendAll(bytes("hello"));
                assertThat(talker.recv(10)).asString().isEqualTo("hello");
            }
            assertThat(handlers).hasSize(6);
            accepting.kill();
            for (GreenSocket each : silent) {
                each.close();
            }
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(handlers.get(i)::await).isInstanceOf(IOException.class);
            }
            handlers.get(5).await();
        }
    }

    // ---- peers that speak something else

    @HubTest
    void aServerEndsWithWhoDoesNotSpeakTlsAtOnce(Engine engine) throws Exception {
        SslOptions server = TlsPair.server(engine);
        for (byte[] said : notTls()) {
            try (var listener = Net.listen(TlsPair.ANY);
                    var talker = Net.connect(listener.getLocalSocketAddress());
                    var ours = GreenSsl.wrap(listener.accept(), server)) {
                var reading = Green.spawn(() -> ours.recv(1));
                talker.sendAll(said);
                assertOnlyAnAlert(readToTheEnd(talker));
                assertThatThrownBy(reading::await).isInstanceOf(SSLException.class);
                assertThat(ours.isClosed()).isTrue();
            }
        }
    }

    @HubTest
    void aClientEndsWithWhoDoesNotSpeakTlsAtOnce(Engine engine) throws Exception {
        SslOptions client = TlsPair.client(engine);
        for (byte[] said : List.of(bytes("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
                bytes("220 mail\r\n"))) {
            try (var listener = Net.listen(TlsPair.ANY);
                    var ours = GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()), client);
                    var talker = listener.accept()) {
                var reading = Green.spawn(() -> ours.recv(1));
                assertThat(RawPeer.readRecord(talker)).isNotEmpty();
                talker.sendAll(said);
                assertOnlyAnAlert(readToTheEnd(talker));
                assertThatThrownBy(reading::await).isInstanceOf(SSLException.class);
                assertThat(ours.isClosed()).isTrue();
            }
        }
    }

    private static void assertOnlyAnAlert(byte[] answer) {
        assertThat(answer).satisfiesAnyOf(a -> assertThat(a).isEmpty(),
                a -> assertThat(a).hasSize(7).startsWith(RawPeer.ALERT, 3));
    }

    private static List<byte[]> notTls() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var all = new ArrayList<byte[]>();
        all.add(bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        // An SSLv2 hello: length, type 1, version 0.2, one cipher of three bytes, no session, a challenge of 16.
        all.add(ByteBuffer.allocate(30).put(new byte[]{(byte) 0x80, 28, 1, 0, 2, 0, 3, 0, 0, 0, 16, 7, 0, (byte) 0xc0})
                .array());
        for (int i = 0; i < 10; i++) {
            byte[] noise = new byte[8192];
            random.nextBytes(noise);
            noise[0] = (byte) random.nextInt(20); // no record of TLS; what might be a hello of SSLv2 is all there
            all.add(noise);
        }
        return all;
    }

    @HubTest
    void whoDoesNotSpeakTlsIsALineInTheLogAndTheServerServesOn(Engine engine) throws Exception {
        SslOptions server = TlsPair.server(engine);
        var lines = new CopyOnWriteArrayList<LogRecord>();
        Filter recording = line -> !lines.add(line);
        SERVING.setFilter(recording);
        try (var listener = Net.listen(TlsPair.ANY)) {
            var serving = Green.spawn(() -> Net.serve(listener, plain -> {
                try (var ours = GreenSsl.wrap(plain, server)) {
                    if (new String(ours.recv(4), StandardCharsets.UTF_8).equals("stop")) {
                        throw new StopServe();
                    }
                }
            }));
            try (var talker = Net.connect(listener.getLocalSocketAddress())) {
                talker.sendAll(bytes("GET / HTTP/1.1\r\n\r\n"));
                assertOnlyAnAlert(readToTheEnd(talker));
            }
            try (var good = GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()),
                    TlsPair.client(engine))) {
                good.sendAll(bytes("stop"));
                assertThat(good.recv(1)).isEmpty();
            }
            serving.await();
        } finally {
            SERVING.setFilter(null);
        }
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getMessage()).startsWith("TLS with the peer of");
            assertThat(line.getThrown()).isNull();
        });
    }

    @HubTest
    void aPeerThatEndsInTheMiddleOfTheHandshakeIsAFailedHandshake(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var half = HalfWay.open(engine, weAreClient, null)) {
                half.say(80);
                half.peer.close();
                assertThatThrownBy(half.shaking::await).satisfiesAnyOf(
                        e -> assertThat(e).isInstanceOf(SSLHandshakeException.class)
                                .hasMessageContaining("The peer closed the connection during the TLS handshake"),
                        e -> assertThat(e).isInstanceOf(SocketException.class));
                assertThat(half.ours.isClosed()).isTrue();
            }
        }
    }
}
