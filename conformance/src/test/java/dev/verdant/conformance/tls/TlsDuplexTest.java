package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/** Both directions at once, whatever TLS itself has to say meanwhile; and how one or both end: TLS9 to TLS13. */
class TlsDuplexTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    private static final int MUCH = 10_000_000;

    // ---- new keys

    @HubTest(seconds = 60)
    void thePeersKeyUpdatesHoldUpNeitherAWriterNorAReader(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var ours = Ours.open(engine, weAreClient, "TLSv1.3")) {
                newKeysMeanwhile(ours);
            }
        }
    }

    @HubTest(seconds = 60)
    void aServersRenegotiationIsFollowedOrRefusedInTheMiddleOfAWrite(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, true, "TLSv1.2")) {
            if (engine == Engine.JDK) {
                newKeysMeanwhile(ours);
            } else {
                var writing = Green.spawn(() -> ours.socket().sendAll(new byte[MUCH]));
                var reading = Green.spawn(() -> ours.socket().recv(1));
                ours.peer().engine.beginHandshake();
                assertThatThrownBy(() -> {
                    while (true) {
                        ours.peer().step();
                        ours.peer().receive();
                    }
                }).isInstanceOf(IOException.class);
                assertThatThrownBy(reading::await).isInstanceOf(SSLException.class);
                ours.peer().close();
                assertThatThrownBy(writing::await).isInstanceOf(IOException.class);
            }
        }
    }

    /** We write much and read; the peer asks for new keys ever again, sends a little and takes a part of what we write. */
    private static void newKeysMeanwhile(Ours ours) throws Exception {
        int rounds = 20;
        int little = 1000;
        var writing = Green.spawn(() -> ours.socket().sendAll(pattern(MUCH)));
        var reading = Green.spawn(() -> ours.socket().getInputStream().readNBytes(rounds * little));
        byte[] got = new byte[0];
        var all = new ByteArrayOutputStream(MUCH);
        for (int i = 0; i < rounds; i++) {
            ours.peer().engine.beginHandshake();
            ours.peer().step();
            ours.peer().sendData(new byte[little]);
            int until = (int) ((long) MUCH * (i + 1) / rounds);
            while (all.size() < until) {
                got = ours.peer().receive();
                assertThat(got).isNotEmpty();
                all.write(got);
            }
        }
        assertThat(reading.await()).hasSize(rounds * little);
        writing.await();
        assertThat(Arrays.equals(all.toByteArray(), pattern(MUCH))).as("what came is what was written").isTrue();
    }

    private static byte[] pattern(int length) {
        byte[] all = new byte[length];
        for (int i = 0; i < length; i++) {
            all[i] = (byte) (i * 31 + (i >> 8) * 7);
        }
        return all;
    }

    // ---- both at once

    @HubTest(seconds = 300)
    void bothSidesWriteMuchBeforeTheyReadThroughSmallBuffers(Engine engine) throws Exception {
        int length = Counts.of(100_000) * 1024;
        for (String version : VERSIONS) {
            try (var pair = TlsPair.open(engine, version)) {
                for (GreenSSLSocket each : new GreenSSLSocket[]{pair.client(), pair.server()}) {
                    each.setSendBufferSize(4096);
                }
                byte[] data = pattern(length);
                var near = Green.spawn(() -> pair.client().sendAll(data));
                var far = Green.spawn(() -> pair.server().sendAll(data));
                Turns.untilWaits(near);
                Turns.untilWaits(far);
                var back = Green.spawn(() -> readAndCompare(pair.client().getInputStream(), data));
                readAndCompare(pair.server().getInputStream(), data);
                back.await();
                near.await();
                far.await();
            }
        }
    }

    private static void readAndCompare(InputStream in, byte[] expected) throws IOException {
        byte[] part = new byte[20_000];
        int at = 0;
        while (at < expected.length) {
            int count = in.read(part, 0, Math.min(part.length, expected.length - at));
            assertThat(count).isPositive();
            assertThat(Arrays.equals(part, 0, count, expected, at, at + count)).as("after %d", at).isTrue();
            at += count;
        }
    }

    // ---- half of it ends

    @HubTest(seconds = 60)
    void whoHasEndedItsOutputReadsOnAMebibyte(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{false, true}) {
                try (var ours = Ours.open(engine, weAreClient, version)) {
                    ours.socket().shutdownOutput();
                    assertThat(ours.socket().isOutputShutdown()).isTrue();
                    if (version.equals("TLSv1.3")) {
                        // With TLS 1.2 the JDK's engine, which the peer is, would say no more after that.
                        assertThat(ours.peer().receive()).isEmpty();
                    }
                    byte[] data = pattern(1 << 20);
                    var sending = Green.spawn(() -> {
                        ours.peer().sendData(data);
                        ours.peer().sayGoodbye();
                    });
                    readAndCompare(ours.socket().getInputStream(), data);
                    assertThat(ours.socket().recv(1)).isEmpty();
                    sending.await();
                    assertThatThrownBy(() -> ours.socket().sendAll(new byte[1])).isInstanceOf(SocketException.class);
                    assertThatThrownBy(() -> ours.socket().getOutputStream()).isInstanceOf(SocketException.class)
                            .hasMessage("Socket output is shutdown");
                    assertThatThrownBy(() -> ours.socket().shutdownOutput()).isInstanceOf(SocketException.class);
                }
            }
        }
    }

    @HubTest
    void whoHasHeardAGoodbyeMayStillWriteWithTls13OnTheJdksEngine() throws Exception {
        try (var ours = Ours.open(Engine.JDK, false, "TLSv1.3")) {
            ours.peer().sayGoodbye();
            assertThat(ours.socket().recv(1)).isEmpty();
            var writing = Green.spawn(() -> {
                ours.socket().sendAll(pattern(1 << 20));
                ours.socket().shutdownOutput();
            });
            // What the peer's engine says does not matter any more: the records are there.
            int records = 0;
            while (RawPeer.readRecord(ours.peer().socket).length > 0 && records < 64) {
                records++;
            }
            assertThat(records).isEqualTo(64);
            writing.await();
        }
    }

    // ---- closes

    @HubTest
    void aCloseEndsAWriteThatIsBlockedAndReturns(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var ours = Ours.open(engine, weAreClient, "TLSv1.3")) {
                var writing = Green.spawn(() -> ours.socket().sendAll(new byte[30_000_000]));
                Turns.untilWaits(writing);
                var closing = Green.spawn(() -> ours.socket().close());
                assertThatThrownBy(writing::await).isInstanceOf(SocketException.class);
                closing.await();
                assertThat(ours.socket().isClosed()).isTrue();
            }
        }
    }

    @HubTest
    void aCloseEndsAHandshakeAndReturns(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var pair = TlsPair.fresh(TlsPair.client(engine),
                    TlsPair.server(engine))) {
                GreenSSLSocket ours = weAreClient ? pair.client() : pair.server();
                var shaking = Green.spawn(() -> ours.startHandshake());
                Turns.untilWaits(shaking);
                ours.close();
                assertThatThrownBy(shaking::await).isInstanceOf(SocketException.class);
                assertThatThrownBy(ours::startHandshake).isInstanceOf(SocketException.class);
            }
        }
    }

    @HubTest
    void aCloseDoesNotWaitForThePeersGoodbye(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var ours = Ours.open(engine, true, version)) {
                var othersSlept = new AtomicBoolean();
                var other = Green.spawn(() -> {
                    Green.sleep(Duration.ofMillis(500));
                    othersSlept.set(true);
                });
                ours.socket().close();
                assertThat(othersSlept).as("the close took half a second").isFalse();
                other.kill();
                assertThat(ours.peer().receive()).isEmpty();
            }
        }
    }

    @HubTest
    void aCloseOfWhatThePeerTakesNothingOfReturnsInASecondOrSo(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, true, "TLSv1.3")) {
            var junk = ByteBuffer.allocate(100_000);
            while (ours.socket().tryWrite(junk.clear()) > 0) {
                Green.sleep();
            }
            var late = new AtomicBoolean();
            var alarm = Green.spawn(() -> {
                Green.sleep(Duration.ofSeconds(10));
                late.set(true);
            });
            ours.socket().close();
            assertThat(late).isFalse();
            alarm.kill();
            assertThat(ours.socket().isClosed()).isTrue();
        }
    }

    // ---- peers that have too much to say

    @HubTest
    void aClientsRenegotiationIsRefused(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, false, "TLSv1.2")) {
            var reading = Green.spawn(() -> ours.socket().recv(1));
            ours.peer().engine.beginHandshake();
            ours.peer().send(ours.peer().wrap(new byte[0]));
            assertThatThrownBy(reading::await).isInstanceOf(SSLException.class);
            assertThat(ours.socket().isClosed()).isTrue();
        }
    }

    @HubTest(seconds = 60)
    void aFloodOfKeyUpdatesIsEndedAndKeepsNobodyWaiting(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, false, "TLSv1.3")) {
            assertFloodIsEnded(ours, Math.max(20_000, Counts.of(100_000)), () -> {
                ours.peer().engine.beginHandshake();
                return ours.peer().wrap(new byte[0]);
            });
        }
    }

    private interface Flood {
        byte[] next() throws IOException;
    }

    /** The reader fails long before the flood is over, and others go on meanwhile. */
    private static void assertFloodIsEnded(Ours ours, int count, Flood flood) throws Exception {
        var reading = Green.spawn(() -> ours.socket().recv(1));
        var others = new AtomicLong();
        var other = Green.spawn(() -> {
            while (true) {
                Green.sleep();
                others.incrementAndGet();
            }
        });
        int sent = 0;
        try {
            while (sent < count && !ours.socket().isClosed()) {
                ours.peer().send(flood.next());
                sent++;
                if (sent % 16 == 0) {
                    Green.sleep();
                }
            }
        } catch (SocketException e) {
            // We have closed.
        }
        assertThatThrownBy(reading::await).isInstanceOf(SSLException.class);
        assertThat(sent).isLessThan(count);
        assertThat(others.get()).isPositive();
        other.kill();
    }

    @HubTest(seconds = 60)
    void aFloodOfWarningsInTheHandshakeIsEndedAndKeepsNobodyWaiting(Engine engine) throws Exception {
        SslOptions server = TlsPair.serverOptions(engine).handshakeTimeout(Duration.ofMillis(500)).build();
        byte[] warning = RawPeer.record(RawPeer.ALERT, (byte) 1, (byte) 90);
        var many = ByteBuffer.allocate(1000 * warning.length);
        for (int i = 0; i < 1000; i++) {
            many.put(warning);
        }
        try (var listener = Net.listen(TlsPair.ANY);
                GreenSocket peer = Net.connect(listener.getLocalSocketAddress());
                GreenSSLSocket ours = GreenSsl.wrap(listener.accept(), server)) {
            long here = 0;
            for (int sent = 1; sent > 0; here += sent) {
                sent = peer.tryWrite(many.clear());
            }
            assertThat(here).isGreaterThan(100_000);
            var flooding = Green.spawn(() -> {
                for (int i = 0; i < 10_000; i++) {
                    peer.sendAll(many.array());
                }
            });
            var shaking = Green.spawn(() -> ours.startHandshake());
            long others = 0;
            while (!shaking.isDone()) {
                Green.sleep();
                others++;
            }
            assertThatThrownBy(shaking::await).isInstanceOf(IOException.class);
            assertThat(ours.isClosed()).isTrue();
            // All of that was there at once. BoringSSL's engine ends it after some, the JDK's when the time is over.
            assertThat(others).as("turns of others, while we heard %s bytes and more", here)
                    .isGreaterThan(engine == Engine.JDK ? 100 : 0);
            assertThatThrownBy(flooding::await).isInstanceOf(SocketException.class);
        }
    }
}
