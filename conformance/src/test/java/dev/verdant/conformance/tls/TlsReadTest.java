package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLServerSocket;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.green.ssl.TruncatedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Reading, and how it ends: TLS5 to TLS8, and the program that eventlet's users meet the bug in. */
class TlsReadTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // ---- truncation

    @HubTest
    void anEndWithoutAGoodbyeIsATruncation(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{false, true}) {
                try (var ours = Ours.open(engine, weAreClient, version)) {
                    ours.peer().sendData(bytes("half a mess"));
                    ours.peer().socket.shutdownOutput();
                    assertThat(ours.socket().recv(100)).asString().isEqualTo("half a mess");
                    for (int i = 0; i < 3; i++) {
                        assertThatThrownBy(() -> ours.socket().recv(100)).isInstanceOf(TruncatedException.class);
                    }
                    assertThat(ours.socket().isClosed()).isTrue();
                }
            }
        }
    }

    @HubTest
    void anEndInTheMiddleOfARecordIsATruncationAndDeliversNothingOfIt(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var ours = Ours.open(engine, false, version)) {
                byte[] record = ours.peer().wrap(bytes("never to be seen"));
                ours.peer().send(Arrays.copyOf(record, record.length - 1));
                ours.peer().socket.shutdownOutput();
                assertThatThrownBy(() -> ours.socket().recv(100)).isInstanceOf(TruncatedException.class);
            }
        }
    }

    @HubTest
    void anEndWithoutAGoodbyeIsAnEndForWhoAskedForThat(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var ours = Ours.open(TlsPair.serverOptions(engine).suppressRaggedEofs(true).build(), false, version)) {
                ours.peer().sendData(bytes("all"));
                ours.peer().socket.shutdownOutput();
                assertThat(ours.socket().getInputStream().readAllBytes()).asString().isEqualTo("all");
                assertThat(ours.socket().recv(1)).isEmpty();
                assertThat(ours.socket().getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    // ---- the end, told every time

    /** A way in which reading ends while somebody reads. */
    private interface Ending {
        void end(Ours ours) throws Exception;
    }

    private static void goodbye(Ours ours) throws IOException {
        ours.peer().sayGoodbye();
    }

    private static void goodbyeAndClose(Ours ours) throws IOException {
        ours.peer().sayGoodbye();
        // A close with a ticket unread would be a reset.
        while (ours.peer().socket.tryRead(ByteBuffer.allocate(4096)) > 0) {
            Green.sleep();
        }
        ours.peer().close();
    }

    private static void fin(Ours ours) throws IOException {
        ours.peer().socket.shutdownOutput();
    }

    private static void reset(Ours ours) throws IOException {
        ours.peer().socket.setSoLinger(true, 0);
        ours.peer().close();
    }

    /** The peer answers our own goodbye with its own. */
    private static void ownShutdownAnswered(Ours ours) throws IOException {
        ours.socket().shutdownOutput();
        assertThat(ours.peer().receive()).isEmpty();
        if (!ours.peer().engine.isOutboundDone()) {
            ours.peer().sayGoodbye();
        }
    }

    private static void closeElsewhere(Ours ours) throws IOException {
        ours.socket().close();
    }

    /** Each read, before the end and after it, returns or throws; none waits. */
    private static void assertReadsEnd(Engine engine, Ending ending, @Nullable Class<? extends IOException> failure)
            throws Exception {
        assertReadsEnd(engine, ending, failure, false);
        assertReadsEnd(engine, ending, failure, true);
    }

    /** A null failure is the end of the stream. */
    private static void assertReadsEnd(Engine engine, Ending ending,
            @Nullable Class<? extends IOException> failure, boolean early) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{false, true}) {
                try (var ours = Ours.open(engine, weAreClient, version)) {
                    GreenThread<byte[]> reading = null;
                    if (early) {
                        reading = Green.spawn(() -> ours.socket().recv(10));
                        Turns.untilWaits(reading);
                    }
                    ending.end(ours);
                    if (reading == null) {
                        reading = Green.spawn(() -> ours.socket().recv(10));
                    }
                    assertEnded(reading, failure);
                    for (int i = 0; i < 3; i++) {
                        assertEnded(Green.spawn(() -> ours.socket().recv(10)), failure);
                    }
                }
            }
        }
    }

    private static void assertEnded(GreenThread<byte[]> reading,
            @Nullable Class<? extends IOException> failure) throws Exception {
        if (failure == null) {
            assertThat(reading.await()).isEmpty();
        } else {
            assertThatThrownBy(reading::await).isInstanceOf(failure);
        }
    }

    @HubTest
    void everyReadAfterAGoodbyeIsTheEnd(Engine engine) throws Exception {
        assertReadsEnd(engine, TlsReadTest::goodbye, null);
    }

    @HubTest
    void everyReadAfterAGoodbyeAndACloseIsTheEnd(Engine engine) throws Exception {
        assertReadsEnd(engine, TlsReadTest::goodbyeAndClose, null);
    }

    @HubTest
    void everyReadAfterACloseWithoutAGoodbyeIsATruncation(Engine engine) throws Exception {
        assertReadsEnd(engine, TlsReadTest::fin, TruncatedException.class);
    }

    @HubTest
    void everyReadAfterAResetFails(Engine engine) throws Exception {
        assertReadsEnd(engine, TlsReadTest::reset, SocketException.class);
    }

    @HubTest
    void everyReadAfterOurGoodbyeAndThePeersIsTheEnd(Engine engine) throws Exception {
        assertReadsEnd(engine, TlsReadTest::ownShutdownAnswered, null);
    }

    @HubTest
    void everyReadAfterACloseByAnotherGreenThreadFails(Engine engine) throws Exception {
        assertReadsEnd(engine, TlsReadTest::closeElsewhere, SocketException.class);
    }

    @HubTest
    void everyReadAfterACloseByAThreadOfNoLoopFails(Engine engine) throws Exception {
        assertReadsEnd(engine, ours -> {
            var closer = Thread.ofPlatform().start(() -> {
                try {
                    ours.socket().close();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            closer.join();
        }, SocketException.class);
    }

    @HubTest
    void everyReadAfterAShutdownOfTheInputIsTheEnd(Engine engine) throws Exception {
        assertReadsEnd(engine, ours -> ours.socket().shutdownInput(), null);
    }

    @HubTest
    void whoClosesWithoutHavingReadIsHeardToTheEnd(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{false, true}) {
                // As a client we are sent tickets, which nobody reads.
                try (var ours = Ours.open(engine, weAreClient, version)) {
                    ours.socket().sendAll(bytes("first words"));
                    assertThat(ours.peer().receive(11)).asString().isEqualTo("first words");
                    ours.socket().sendAll(bytes("last words"));
                    ours.socket().close();
                    Green.sleep(Duration.ofMillis(5));
                    assertThat(ours.peer().receive(10)).asString().isEqualTo("last words");
                    assertThat(ours.peer().receive()).isEmpty();
                }
            }
        }
    }

    // ---- that program

    @HubTest
    void aLineComesFromASlowPeerWithoutAnyExceptionAndThenTheEnd(Engine engine) throws Exception {
        SslOptions client = TlsPair.client(engine);
        try (var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY), TlsPair.server(engine))) {
            var server = Green.spawn(() -> {
                try (var accepted = listener.accept();
                        var lines = new BufferedReader(
                                new InputStreamReader(accepted.getInputStream(), StandardCharsets.UTF_8), 1024)) {
                    String line = lines.readLine();
                    return line + "|" + lines.readLine() + "|" + lines.readLine();
                }
            });
            try (var slow = GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()), client)) {
                Turns.untilWaits(server);
                for (byte each : bytes("a line at last\n")) {
                    slow.sendAll(new byte[]{each});
                    Green.sleep(Duration.ofMillis(2));
                }
            }
            assertThat(server.await()).isEqualTo("a line at last|null|null");
        }
    }

    @HubTest
    void aLineThatIsCutByTheEndComesToItsEnd(Engine engine) throws Exception {
        for (Ending ending : new Ending[]{TlsReadTest::goodbye, TlsReadTest::goodbyeAndClose}) {
            assertThat(lastLine(engine, ending)).isEqualTo("half");
        }
        for (Ending ending : new Ending[]{TlsReadTest::fin, TlsReadTest::reset, TlsReadTest::closeElsewhere}) {
            assertThatThrownBy(() -> lastLine(engine, ending)).isInstanceOf(IOException.class);
        }
    }

    private static String lastLine(Engine engine, Ending ending) throws Exception {
        try (var ours = Ours.open(engine, false, "TLSv1.3")) {
            var reading = Green.spawn(() -> new BufferedReader(
                    new InputStreamReader(ours.socket().getInputStream(), StandardCharsets.UTF_8)).readLine());
            ours.peer().sendData(bytes("half"));
            Turns.untilWaits(reading);
            ending.end(ours);
            return reading.await();
        }
    }

    // ---- what is here needs no wait

    @HubTest
    void aSecondRecordThatCameWithTheFirstIsReadWithoutAWait(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var ours = Ours.open(engine, false, version)) {
                byte[] first = ours.peer().wrap(bytes("first"));
                byte[] second = ours.peer().wrap(bytes("second"));
                ours.peer().send(ByteBuffer.allocate(first.length + second.length).put(first).put(second).array());
                assertThat(ours.socket().recv(100)).asString().isEqualTo("first");
                var into = ByteBuffer.allocate(100);
                assertThat(ours.socket().tryRead(into)).isEqualTo(6);
                assertThat(new String(into.array(), 0, 6, StandardCharsets.UTF_8)).isEqualTo("second");
                assertThat(ours.socket().tryRead(into)).isZero();
            }
        }
    }

    @HubTest
    void awaitReadableDoesNotWaitForWhatIsHereAlready(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, false, "TLSv1.3")) {
            byte[] first = ours.peer().wrap(bytes("first"));
            byte[] second = ours.peer().wrap(bytes("second"));
            ours.peer().send(ByteBuffer.allocate(first.length + second.length).put(first).put(second).array());
            assertThat(ours.socket().recv(2)).asString().isEqualTo("fi");
            assertThat(ours.socket().awaitReadable(Duration.ZERO)).isTrue();
            assertThat(ours.socket().recv(100)).asString().isEqualTo("rst");
            assertThat(ours.socket().awaitReadable(Duration.ZERO)).isTrue();
            assertThat(ours.socket().recv(100)).asString().isEqualTo("second");
        }
    }

    @HubTest
    void aRecordIsReadByteByByteIntoAnyPlaceWithoutAWait(Engine engine) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        byte[] sent = new byte[16_000];
        random.nextBytes(sent);
        try (var ours = Ours.open(engine, true, "TLSv1.3")) {
            ours.peer().sendData(sent);
            var in = ours.socket().getInputStream();
            byte[] got = new byte[sent.length];
            assertThat(in.read(got, 0, 1)).isEqualTo(1);
            assertThat(in.available()).isEqualTo(sent.length - 1);
            var othersRan = new AtomicBoolean();
            var other = Green.spawn(() -> othersRan.set(true));
            byte[] around = new byte[64];
            for (int i = 1; i < 200; i++) {
                int offset = random.nextInt(around.length);
                assertThat(in.read(around, offset, 1)).isEqualTo(1);
                got[i] = around[offset];
            }
            assertThat(othersRan).as("a read gave the loop away").isFalse();
            for (int i = 200; i < sent.length; i++) {
                got[i] = (byte) in.read();
            }
            assertThat(got).isEqualTo(sent);
            other.await();
        }
    }

    @HubTest
    void slicesOfBuffersOfAllKindsAreFilledExactly(Engine engine) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        byte[] sent = new byte[200_000];
        random.nextBytes(sent);
        try (var pair = TlsPair.open(engine)) {
            var writer = Green.spawn(() -> pair.client().sendAll(sent));
            int at = 0;
            while (at < sent.length) {
                int size = 1 + random.nextInt(1 << random.nextInt(16));
                int before = random.nextInt(100);
                ByteBuffer into = random.nextBoolean()
                        ? ByteBuffer.allocateDirect(before + size + 7)
                        : ByteBuffer.allocate(before + size + 7);
                into.position(before).limit(before + size);
                int count = pair.server().read(into);
                assertThat(into.position()).isEqualTo(before + count);
                into.clear();
                for (int i = 0; i < into.capacity(); i++) {
                    boolean inside = i >= before && i < before + count;
                    if (into.get(i) != (inside ? sent[at + i - before] : 0)) {
                        throw new AssertionError("byte " + i + " of " + into + " after " + at + ", seed " + seed);
                    }
                }
                at += count;
            }
            writer.await();
        }
    }

    // ---- time

    @HubTest
    void aReadThatTimesOutHasTakenNothing(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, false, "TLSv1.3")) {
            ours.socket().setSoTimeout(20);
            byte[] record = ours.peer().wrap(bytes("whole"));
            assertThatThrownBy(() -> ours.socket().recv(10)).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
            for (int i = 0; i < record.length; i += 7) {
                ours.peer().send(Arrays.copyOfRange(record, i, Math.min(record.length, i + 7)));
                if (i + 7 < record.length) {
                    assertThatThrownBy(() -> ours.socket().recv(10)).isInstanceOf(SocketTimeoutException.class);
                }
            }
            assertThat(ours.socket().recv(10)).asString().isEqualTo("whole");
            ours.socket().setSoTimeout(0);
            assertThat(ours.socket().getSoTimeout()).isZero();
            ours.socket().sendAll(bytes("answer"));
            assertThat(ours.peer().receive()).asString().isEqualTo("answer");
        }
    }

    @HubTest
    void theTimeOfAReadIsForAllOfItHoweverManyPiecesCome(Engine engine) throws Exception {
        try (var ours = Ours.open(engine, false, "TLSv1.3")) {
            byte[] record = ours.peer().wrap(new byte[2000]);
            ours.socket().setSoTimeout(150);
            var trickling = Green.spawn(() -> {
                for (byte each : record) {
                    ours.peer().send(new byte[]{each});
                    Green.sleep(Duration.ofMillis(10));
                }
            });
            // It would take 20 seconds, and no pause is as long as the time.
            assertThatThrownBy(() -> ours.socket().recv(10)).isInstanceOf(SocketTimeoutException.class);
            trickling.kill();
        }
    }

    @HubTest
    void theTimeOfAReadCoversTheHandshakeWhichTheNextCallTakesUpAgain(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{false, true}) {
            try (var pair = TlsPair.fresh(TlsPair.client(engine),
                    TlsPair.server(engine))) {
                GreenSSLSocket impatient = weAreClient ? pair.client() : pair.server();
                GreenSSLSocket late = weAreClient ? pair.server() : pair.client();
                impatient.setSoTimeout(20);
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> impatient.recv(1)).isInstanceOf(SocketTimeoutException.class)
                            .hasMessage("Read timed out");
                    assertThatThrownBy(impatient::startHandshake).isInstanceOf(SocketTimeoutException.class);
                }
                assertThat(impatient.isClosed()).isFalse();
                impatient.setSoTimeout(0);
                var talking = Green.spawn(() -> late.sendAll(bytes("x")));
                assertThat(impatient.recv(1)).asString().isEqualTo("x");
                talking.await();
            }
        }
    }

    // ---- others

    @HubTest
    void aSecondReaderIsToldWhoReadsAndTheFirstIsUndisturbed(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            var first = Green.spawn("the first", () -> pair.server().recv(10));
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pair.server().recv(10)).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("'the first'").hasMessageContaining(pair.server().toString());
            assertThatThrownBy(() -> pair.server().awaitReadable(Duration.ZERO))
                    .isInstanceOf(ConcurrentUseException.class);
            assertThatThrownBy(() -> pair.server().getInputStream().read())
                    .isInstanceOf(ConcurrentUseException.class);
            pair.client().sendAll(bytes("for one"));
            assertThat(first.await()).asString().isEqualTo("for one");
        }
    }

    @HubTest
    void aSecondWriterIsToldWhoWritesAndTheFirstIsUndisturbed(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            byte[] much = new byte[8_000_000];
            var first = Green.spawn("the first", () -> pair.client().sendAll(much));
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pair.client().sendAll(new byte[1])).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("'the first'");
            assertThat(pair.server().getInputStream().readNBytes(much.length)).isEqualTo(much);
            first.await();
        }
    }

    @HubTest
    void aSecondReaderInTheHandshakeIsToldSoToo(Engine engine) throws Exception {
        try (var pair = TlsPair.fresh(TlsPair.client(engine), TlsPair.server(engine))) {
            var first = Green.spawn("the first", () -> pair.server().recv(10));
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pair.server().recv(10)).isInstanceOf(ConcurrentUseException.class);
            var writer = Green.spawn(() -> pair.server().sendAll(bytes("both wait for the handshake")));
            pair.client().sendAll(bytes("hello"));
            assertThat(first.await()).asString().isEqualTo("hello");
            writer.await();
            assertThat(pair.client().recv(100)).asString().isEqualTo("both wait for the handshake");
        }
    }

    @HubTest
    void whoIsInterruptedInAReadFindsItClosedAsOnAPlainSocket(Engine engine) throws Exception {
        for (boolean shaken : new boolean[]{false, true}) {
            try (var pair = shaken
                    ? TlsPair.open(engine)
                    : TlsPair.fresh(TlsPair.client(engine), TlsPair.server(engine))) {
                var interrupted = new AtomicBoolean();
                var reading = Green.spawn(() -> {
                    try {
                        return pair.server().recv(10);
                    } finally {
                        interrupted.set(Thread.currentThread().isInterrupted());
                    }
                });
                Turns.untilWaits(reading);
                reading.thread().interrupt();
                assertThatThrownBy(reading::await).isInstanceOf(SocketException.class);
                assertThat(interrupted).isTrue();
                assertThat(pair.server().isClosed()).isTrue();
                assertThatThrownBy(() -> pair.client().recv(1)).isInstanceOf(IOException.class);
            }
        }
    }
}
