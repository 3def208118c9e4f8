package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;

/** Records that are not as they should be: each is told by the right alert, nothing of it is delivered, and the connection is over. */
class TlsRecordsTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    /** Our side, which has just connected, and a plain socket to the other. */
    private record Ends(GreenSSLSocket ours, GreenSocket theirs) implements AutoCloseable {

        static Ends open(Engine engine, boolean weAreClient) throws IOException {
            try (var listener = Net.listen(TlsPair.ANY)) {
                GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
                GreenSocket accepted = listener.accept();
                var options = weAreClient
                        ? TlsPair.clientOfLocalhost(engine)
                        : TlsPair.server(engine);
                return new Ends(GreenSsl.wrap(connected, options), accepted);
            }
        }

        @Override
        public void close() throws IOException {
            ours.close();
            theirs.close();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private interface Attack {
        /** Does what should not be done, after the handshake. */
        void run(RawPeer peer) throws IOException;
    }

    /** Both roles, both versions: our reader fails, and goes on failing; returns the alerts that the peer saw. */
    private static void afterTheHandshake(Engine engine, List<String> alerts, Attack attack) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{true, false}) {
                try (var ends = Ends.open(engine, weAreClient);
                        var peer = RawPeer.of(ends.theirs, !weAreClient, version)) {
                    var reader = Green.spawn(() -> {
                        ends.ours.startHandshake();
                        return readOn(ends.ours);
                    });
                    peer.shake();
                    attack.run(peer);
                    assertThat(peer.alert()).as("%s, we are client: %s", version, weAreClient)
                            .isIn(alerts);
                    assertFailed(reader, ends.ours);
                }
            }
        }
    }

    /** Good data is {@code good}, and none else. */
    private static byte[] readOn(GreenSSLSocket ours) throws IOException {
        while (true) {
            byte[] got = ours.recv(100);
            if (got.length == 0) {
                return got;
            }
            assertThat(got).asString().isEqualTo("good");
        }
    }

    private static void assertFailed(GreenThread<byte[]> reader, GreenSSLSocket ours) throws Exception {
        assertThatThrownBy(reader::await).isInstanceOf(IOException.class);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> ours.recv(100)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> ours.sendAll(new byte[1])).isInstanceOf(IOException.class);
        }
        assertThat(ours.isClosed()).isTrue();
    }

    @HubTest
    void aChangedRecordIsToldAndNotDelivered(Engine engine) throws Exception {
        afterTheHandshake(engine, List.of("bad_record_mac"), peer -> {
            byte[] record = peer.wrap(utf8("do not believe this"));
            record[record.length - 1] ^= 1;
            peer.send(record);
        });
    }

    @HubTest
    void aRecordThatComesTwiceIsToldAndNotDelivered(Engine engine) throws Exception {
        afterTheHandshake(engine, List.of("bad_record_mac"), peer -> {
            byte[] record = peer.wrap(utf8("good"));
            peer.send(record);
            peer.send(record);
        });
    }

    @HubTest
    void aRecordThatIsTooLongIsRefused(Engine engine) throws Exception {
        afterTheHandshake(engine, List.of("record_overflow", "unexpected_message"),
                peer -> peer.send(RawPeer.record(RawPeer.DATA, new byte[(1 << 14) + 2048 + 1])));
    }

    @HubTest
    void aRecordOfNoKnownTypeIsRefused(Engine engine) throws Exception {
        afterTheHandshake(engine, List.of("unexpected_message", "none", "bad_record_mac"),
                peer -> peer.send(RawPeer.record(99, new byte[32])));
        afterTheHandshake(engine, List.of("unexpected_message", "none", "bad_record_mac"),
                peer -> peer.send(RawPeer.record(0, new byte[32])));
    }

    @HubTest
    void aRecordThatIsTooShortToBeEncryptedIsRefused(Engine engine) throws Exception {
        for (int length : new int[]{0, 1, 15}) {
            afterTheHandshake(engine, List.of("bad_record_mac", "decode_error", "unexpected_message", "none"),
                    peer -> peer.send(RawPeer.record(RawPeer.DATA, new byte[length])));
        }
    }

    /** What each record of a peer that has just connected comes to; the peer sees an alert out of a list, or -1 for none. */
    private static void beforeTheHandshake(Engine engine, List<Integer> alerts, boolean asServerToo, byte[]... records)
            throws Exception {
        for (boolean weAreClient : asServerToo ? new boolean[]{true, false} : new boolean[]{false}) {
            for (byte[] record : records) {
                try (var ends = Ends.open(engine, weAreClient)) {
                    var reader = Green.spawn(() -> ends.ours.recv(100));
                    ends.theirs.sendAll(record);
                    assertThat(RawPeer.readPlainAlert(ends.theirs))
                            .as("%s, we are client: %s", Arrays.toString(record), weAreClient)
                            .isIn(alerts);
                    assertFailed(reader, ends.ours);
                }
            }
        }
    }

    @HubTest
    void dataBeforeTheHandshakeIsRefusedAndNotDelivered(Engine engine) throws Exception {
        // A client of the JDK's says that the error is its own.
        beforeTheHandshake(engine, engine == Engine.JDK ? List.of(10, 80) : List.of(10), true,
                RawPeer.record(RawPeer.DATA, utf8("GET / HTTP/1.1")));
    }

    @HubTest
    void anAlertOfNoKnownKindEndsTheHandshake(Engine engine) throws Exception {
        beforeTheHandshake(engine, List.of(0, 10, 47, 50, 80, -1), true,
                RawPeer.record(RawPeer.ALERT, (byte) 23, (byte) 0),
                RawPeer.record(RawPeer.ALERT, (byte) 2, (byte) 23), RawPeer.record(RawPeer.ALERT, (byte) 2),
                RawPeer.record(RawPeer.ALERT));
    }

    @HubTest
    void anEmptyHandshakeRecordIsRefused(Engine engine) throws Exception {
        beforeTheHandshake(engine, List.of(10, 50, -1), true, RawPeer.record(RawPeer.HANDSHAKE));
    }

    @HubTest
    void aHelloThatClaimsToBeHugeIsRefusedAtOnce(Engine engine) throws Exception {
        byte[] start = new byte[100];
        start[0] = 1;
        start[1] = start[2] = start[3] = (byte) 0xff;
        beforeTheHandshake(engine, List.of(10, 47, 50), false, RawPeer.record(RawPeer.HANDSHAKE, start));
    }

    @HubTest
    void dataInTheMiddleOfTheHandshakeIsRefusedAndNotDelivered(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{true, false}) {
            try (var ends = Ends.open(engine, weAreClient);
                    var peer = RawPeer.of(ends.theirs, !weAreClient, "TLSv1.2")) {
                var reader = Green.spawn(() -> ends.ours.recv(100));
                peer.engine.beginHandshake();
                if (weAreClient) {
                    while (peer.engine.getHandshakeStatus() != SSLEngineResult.HandshakeStatus.NEED_WRAP) {
                        peer.step();
                    }
                }
                peer.step();
                peer.send(RawPeer.record(RawPeer.DATA, utf8("evil")));
                assertThat(RawPeer.readPlainAlert(ends.theirs)).isIn(weAreClient ? RawPeer.ENCRYPTED_ALERT : 10);
                assertFailed(reader, ends.ours);
            }
        }
    }

    @HubTest
    void whatComesBehindAGoodbyeIsNotRead(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{true, false}) {
                try (var ends = Ends.open(engine, weAreClient);
                        var peer = RawPeer.of(ends.theirs, !weAreClient, version)) {
                    var reader = Green.spawn(() -> ends.ours.recv(100));
                    peer.shake();
                    byte[] data = peer.wrap(utf8("evil"));
                    peer.sayGoodbye();
                    peer.send(data);
                    peer.send(RawPeer.record(RawPeer.DATA, utf8("evil")));
                    assertThatThrownBy(reader::await).isInstanceOf(SSLException.class);
                }
                try (var ends = Ends.open(engine, weAreClient);
                        var peer = RawPeer.of(ends.theirs, !weAreClient, version)) {
                    var reader = Green.spawn(() -> ends.ours.recv(100));
                    peer.shake();
                    peer.sayGoodbye();
                    peer.send(RawPeer.record(RawPeer.DATA, utf8("evil")));
                    assertThat(reader.await()).isEmpty();
                    assertThat(ends.ours.recv(100)).isEmpty();
                    assertThat(ends.ours.recv(100)).isEmpty();
                }
            }
        }
    }

    /** A record whose header says more than will come must not keep the loop busy. */
    @HubTest
    void aRecordThatIsNeverWholeLeavesTheLoopAtRest(Engine engine) throws Exception {
        for (int length : new int[]{1, 17 * 1024, 20_000, 40_000, 65_535}) {
            try (var ends = Ends.open(engine, false);
                    var peer = RawPeer.of(ends.theirs, true, "TLSv1.3")) {
                var reader = Green.spawn(() -> ends.ours.recv(100));
                peer.shake();
                peer.send(RawPeer.record(RawPeer.DATA, length, new byte[Math.min(length - 1, 17_500)]));
                Green.sleep(Duration.ofMillis(20));
                EventLoop loop = Objects.requireNonNull(EventLoop.current());
                long before = loop.snapshot().turns();
                Green.sleep(Duration.ofMillis(50));
                assertThat(loop.snapshot().turns() - before).as("turns with %s", length).isLessThan(50);
                ends.theirs.shutdownOutput();
                assertThatThrownBy(reader::await).isInstanceOf(IOException.class);
            }
        }
    }

    /** What a stranger sends is anything: each connection fails, and nothing of it is ever data. */
    @HubTest(seconds = 120)
    void randomlyDamagedHandshakesFailOrAreWhole(Engine engine) throws Exception {
        long first = Long.getLong("verdant.seed", new Random().nextLong());
        var server = TlsPair.server(engine);
        for (long seed = first; seed < first + Counts.of(5_000) / 4; seed++) {
            var random = new Random(seed);
            try (var listener = Net.listen(TlsPair.ANY)) {
                GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
                try (var ours = GreenSsl.wrap(listener.accept(), server);
                        var peer = RawPeer.of(connected, true, VERSIONS[random.nextInt(2)])) {
                    peer.engine.beginHandshake();
                    byte[] hello = peer.wrap(new byte[0]);
                    for (int i = 1 + random.nextInt(4); i > 0; i--) {
                        hello[random.nextInt(random.nextBoolean() ? 60 : hello.length)] = (byte) random.nextInt();
                    }
                    var reader = Green.spawn(() -> ours.recv(100));
                    connected.sendAll(hello);
                    connected.shutdownOutput();
                    assertThatThrownBy(reader::await).as("-Dverdant.seed=%s", seed).isInstanceOf(IOException.class);
                }
            }
        }
    }
}
