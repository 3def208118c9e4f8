package dev.verdant.conformance.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.AnyOrder;
import dev.verdant.conformance.Each;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.conformance.Uncaught;
import dev.verdant.conformance.tls.StreamOptions;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.StreamBufferFullException;
import dev.verdant.green.stream.StreamClosedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Streams whose calls are broken off, come in the middle of others, or meet what is broken. */
class StreamFaultTest {

    private static final StreamCase SOCKET = new StreamCase(StreamCase.Kind.SOCKET, StreamCase.Form.BLOCKING);

    /** The loop's bound. */
    private static final int CALLS_PER_RUN = 128;

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    /** Tries as often as one may before a try lets others run first. */
    private static void useUpTheTurn(StreamCase.Ends ends) throws IOException {
        var socket = ((IOStream) ends.writer()).socket();
        Green.sleep();
        for (int calls = 0; calls < CALLS_PER_RUN; calls++) {
            assertThat(socket.tryRead(ByteBuffer.allocate(1))).isZero();
        }
    }

    @HubTest
    @AnyOrder(false)
    void aWriteThatIsGivenUpBeforeItsFirstTryIsStillQueued() throws Exception {
        try (var ends = SOCKET.open()) {
            byte[] given = bytes("one ");
            var victim = Green.spawn(() -> {
                useUpTheTurn(ends);
                GreenThread<?> writing = Green.current();
                Green.spawnN(writing::kill);
                ends.writer().write(given);
                return true;
            });
            assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
            java.util.Arrays.fill(given, (byte) '#');
            Timeout.call(Duration.ofSeconds(10), () -> ends.writer().write(bytes("two")));
            assertThat(ends.reader().readBytes(7)).isEqualTo(bytes("one two"));
        }
    }

    private static StreamCase tls(Engine engine) {
        return new StreamCase(engine == Engine.JDK ? StreamCase.Kind.TLS_JDK : StreamCase.Kind.TLS_BORINGSSL,
                StreamCase.Form.BLOCKING);
    }

    @HubTest
    @AnyOrder(false)
    void aWriteInTlsThatIsGivenUpWhenItIsEncryptedIsStillSent(Engine engine) throws Exception {
        try (var others = SOCKET.open(); var ends = tls(engine).open()) {
            var victim = Green.spawn(() -> {
                useUpTheTurn(others);
                GreenThread<?> writing = Green.current();
                Green.spawnN(writing::kill);
                ends.writer().write(bytes("one "));
                return true;
            });
            assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
            assertThat(ends.writer().writing()).as("the stream has sent it").isFalse();
            Timeout.call(Duration.ofSeconds(10), () -> ends.writer().write(bytes("two")));
            assertThat(ends.reader().readBytes(7)).isEqualTo(bytes("one two"));
        }
    }

    @HubTest
    void aDeadlineThatThrowsAnIOExceptionLeavesTheStreamAsAnyOtherDoes() throws Exception {
        try (var ends = SOCKET.open()) {
            var late = new IOException("late");
            try (var _ = Timeout.start(Duration.ofMillis(20), late)) {
                assertThatThrownBy(() -> ends.reader().readBytes(1)).isSameAs(late);
            }
            ((IOStream) ends.writer()).socket().setSendBufferSize(4096);
            try (var _ = Timeout.start(Duration.ofMillis(20), late)) {
                assertThatThrownBy(() -> ends.writer().write(new byte[10_000_000])).isSameAs(late);
            }
            assertThat(ends.reader().closed()).isFalse();
            assertThat(ends.writer().closed()).isFalse();
            var reader = Green.spawn(() -> ends.reader().readBytes(10_000_001).length);
            ends.writer().write(new byte[1]);
            assertThat(reader.await()).isEqualTo(10_000_001);
        }
    }

    @HubTest
    @AnyOrder(false)
    void aWriteInTlsIsToldThoughWhoSentItIsCalledAway(Engine engine) throws Exception {
        try (var others = SOCKET.open(); var ends = tls(engine).open()) {
            var told = new CompletableFuture<Boolean>();
            var victim = Green.spawn(() -> {
                useUpTheTurn(others);
                GreenThread<?> writing = Green.current();
                Green.spawnN(writing::kill);
                ends.writer().write(bytes("one"), _ -> told.complete(true));
                return true;
            });
            assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
            assertThat(IOLoop.current().runSync(() -> told, Duration.ofSeconds(10))).isTrue();
            assertThat(ends.reader().readBytes(3)).isEqualTo(bytes("one"));
        }
    }

    @HubTest
    @AnyOrder(false)
    void aCloseInTheMiddleOfATryInTlsSaysGoodbye(Engine engine) throws Exception {
        try (var others = SOCKET.open(); var ends = tls(engine).open()) {
            var reader = Green.spawn(() -> ends.reader().readUntilClose());
            ends.writer().write(bytes("one "));
            var writer = Green.spawn(() -> {
                useUpTheTurn(others);
                Green.spawnN(ends.writer()::close);
                ends.writer().write(bytes("two"));
                return true;
            });
            assertThatThrownBy(writer::await).isInstanceOf(StreamClosedException.class);
            assertThat(reader.await()).asString(US_ASCII).startsWith("one ");
            assertThat(ends.reader().error()).isNull();
        }
    }

    @HubTest
    void aCloseInTheMiddleOfAWriteInTlsSaysGoodbye(Engine engine) throws Exception {
        try (var ends = tls(engine).open()) {
            ((IOStream) ends.writer()).socket().setSendBufferSize(4096);
            ends.writer().write(bytes("one "));
            var writer = Green.spawn(() -> {
                ends.writer().write(new byte[30_000_000]);
                return true;
            });
            Turns.untilWaits(writer);
            var reader = Green.spawn(() -> ends.reader().readUntilClose());
            ends.writer().close();
            assertThatThrownBy(writer::await).isInstanceOf(StreamClosedException.class);
            assertThat(reader.await()).startsWith(bytes("one "));
            assertThat(ends.reader().error()).isNull();
        }
    }

    @HubTest
    void aCloseIsToldThoughWhoClosesIsKilledAtTheGoodbye(Engine engine) throws Exception {
        try (var ends = tls(engine).open()) {
            var told = new CompletableFuture<Boolean>();
            ends.writer().setCloseCallback(() -> told.complete(true));
            var written = ends.writer().writeAsync(new byte[30_000_000]).toCompletableFuture();
            var closer = Green.spawn(() -> {
                ends.writer().close();
                return true;
            });
            Turns.untilWaits(closer);
            closer.kill();
            assertThat(IOLoop.current().runSync(() -> told, Duration.ofSeconds(10))).isTrue();
            assertThat(written).isCompletedExceptionally();
            assertThatThrownBy(closer::await).isInstanceOf(GreenExit.class);
        }
    }

    @HubTest
    @AnyOrder(false)
    void writesThatComeWhileATryLetsOthersRunGoBehind() throws Exception {
        try (var ends = SOCKET.open()) {
            useUpTheTurn(ends);
            var waiting = Green.spawn(() -> {
                ends.writer().write(bytes("two "));
                return true;
            });
            var queued = Green.spawn(() -> ends.writer().writeAsync(bytes("three")));
            ends.writer().write(bytes("one "));
            assertThat(waiting.await()).isTrue();
            assertThat(ends.writer().closed()).as("closed because of %s", ends.writer().error()).isFalse();
            assertThat(ends.reader().readBytes(13)).isEqualTo(bytes("one two three"));
            IOLoop.current().runSync(queued::await, null);
        }
    }

    @HubTest
    void aReadThatComesWhileTheEndIsLookedForWaitsItsTurn() throws Exception {
        try (var ends = SOCKET.open()) {
            useUpTheTurn(ends);
            var reader = Green.spawn(() -> ends.reader().readBytes(3));
            ends.reader().setCloseCallback(() -> {
            });
            Green.sleep();
            ends.writer().write(bytes("one"));
            assertThat(reader.await()).isEqualTo(bytes("one"));
            assertThat(ends.reader().closed()).isFalse();
        }
        IOLoop.current().runSync(() -> null, null);
    }

    @HubTest
    void aWriteThatFindsTheConnectionBrokenDoesNotGetInTheReadersWay() throws Exception {
        try (var ends = SOCKET.open()) {
            var reader = Green.spawn(() -> ends.reader().readBytes(1));
            Green.sleep();
            ((IOStream) ends.reader()).socket().shutdownOutput();
            assertThatThrownBy(() -> ends.reader().write(bytes("x"))).isInstanceOf(StreamClosedException.class)
                    .cause().isNotInstanceOf(ConcurrentUseException.class);
            assertThatThrownBy(reader::await).isInstanceOf(StreamClosedException.class)
                    .cause().isSameAs(ends.reader().error());
        }
    }

    @HubTest
    void theEndOfAPipeThatIsWrittenToMayHaveACloseCallback() throws Exception {
        try (var ends = new StreamCase(StreamCase.Kind.PIPE, StreamCase.Form.BLOCKING).open()) {
            var told = new CompletableFuture<Boolean>();
            ends.writer().setCloseCallback(() -> told.complete(true));
            assertThat(ends.writer().closed()).isFalse();
            ends.writer().write(bytes("x"));
            assertThat(ends.reader().readBytes(1)).isEqualTo(bytes("x"));
            ends.writer().close();
            assertThat(IOLoop.current().runSync(() -> told, Duration.ofSeconds(10))).isTrue();
        }
    }

    @HubTest
    void theBufferMayBeAsLargeAsCanBeAndSmallerThanWhatItHolds(@Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(Integer.MAX_VALUE);
            as.write(ends.writer(), "abcdefgh");
            assertThat(as.readText(ends.reader(), 1)).isEqualTo("a");
            ends.reader().maxBufferSize(2);
            assertThat(as.readText(ends.reader(), 4)).isEqualTo("bcde");
            assertThatThrownBy(() -> as.readUntil(ends.reader(), "x")).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(StreamBufferFullException.class);
        }
    }

    @HubTest
    void aResetIsNotTakenForTheEnd(@Each(Forms.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            var reader = Green.spawn(() -> as.readUntilClose(ends.reader()));
            Green.sleep();
            ends.writer().write(bytes("half"));
            Green.sleep(Duration.ofMillis(20));
            ((IOStream) ends.writer()).socket().setSoLinger(true, 0);
            ends.writer().close();
            assertThatThrownBy(reader::await).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(IOException.class);
            assertThat(as.readUntilClose(ends.reader())).as("what had come").isEqualTo(bytes("half"));
        }
    }

    /** The forms, on sockets. */
    static final class Forms implements java.util.function.Supplier<Stream<StreamCase>> {

        @Override
        public Stream<StreamCase> get() {
            return Stream.of(StreamCase.Form.values()).map(form -> new StreamCase(StreamCase.Kind.SOCKET, form));
        }
    }

    @HubTest
    void norIsAFullBuffer(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(4);
            as.write(ends.writer(), "abcdefgh");
            ends.writer().close();
            assertThatThrownBy(() -> as.readUntilClose(ends.reader())).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(StreamBufferFullException.class);
        }
    }

    @HubTest
    void whatEndsOneByteBehindTheBufferDoesNotFit(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(4);
            as.write(ends.writer(), "abc\ndefg\n");
            assertThat(as.readUntil(ends.reader(), "\n")).isEqualTo("abc\n");
            assertThatThrownBy(() -> as.readUntil(ends.reader(), "\n")).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(StreamBufferFullException.class);
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void whoWaitsIsToldWhyAnotherThreadCloses() throws Exception {
        try (var ends = SOCKET.open()) {
            var mine = new IOException("mine");
            var reader = Green.spawn(() -> ends.reader().readBytes(1));
            Turns.untilWaits(reader);
            Thread.ofPlatform().start(() -> ends.reader().close(mine));
            assertThatThrownBy(reader::await).isInstanceOf(StreamClosedException.class).cause().isSameAs(mine);
            assertThat(ends.reader().error()).isSameAs(mine);
        }
    }

    @HubTest
    void aCallbackThatThrowsAnErrorClosesTheStream(Uncaught uncaught) throws Exception {
        try (var ends = SOCKET.open()) {
            ends.reader().readBytes(1, _ -> {
                throw new AssertionError("in the callback");
            });
            ends.writer().write(bytes("x"));
            var closed = new CompletableFuture<Boolean>();
            ends.reader().setCloseCallback(() -> closed.complete(true));
            assertThat(IOLoop.current().runSync(() -> closed, Duration.ofSeconds(10))).isTrue();
            assertThat(ends.reader().error()).hasMessage("in the callback");
            assertThat(uncaught.failures()).hasSize(1);
        }
    }

    @HubTest
    void aWaitForTheHandshakeThatIsGivenUpClosesTheConnection(Engine engine) throws Exception {
        try (var ends = SOCKET.open()) {
            var upgrading = (IOStream) ends.writer();
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(50),
                    () -> upgrading.startTls(StreamOptions.client(engine)))).isInstanceOf(Timeout.class);
            assertThat(upgrading.socket().isClosed()).isTrue();
        }
    }

    @HubTest
    void whatWasWrittenInTlsArrivesThoughTheStreamIsClosedAtOnce(Engine engine) throws Exception {
        try (var ends = tls(engine).open()) {
            ((IOStream) ends.writer()).socket().setSendBufferSize(4096);
            byte[] sent = new byte[6_000_000];
            var writer = Green.spawn(() -> {
                BaseIOStream stream = ends.writer();
                stream.write(sent);
                stream.close();
                return true;
            });
            Green.sleep(Duration.ofMillis(20));
            assertThat(ends.reader().readUntilClose()).hasSize(sent.length);
            assertThat(writer.await()).isTrue();
        }
    }
}
