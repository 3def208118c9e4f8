package dev.verdant.conformance.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.conformance.Uncaught;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.stream.Delimiter;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.StreamBufferFullException;
import dev.verdant.green.stream.StreamClosedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

class IOStreamTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private static GreenServerSocket listen() throws IOException {
        return Net.listen(new InetSocketAddress("127.0.0.1", 0));
    }

    private record Pair(IOStream client, IOStream server) implements AutoCloseable {

        static Pair open() throws IOException {
            try (var listener = listen()) {
                var client = new IOStream().connect(listener.getLocalSocketAddress());
                return new Pair(client, new IOStream(listener.accept()));
            }
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    private static <T extends @Nullable Object> T sync(CompletionStage<T> stage) throws Exception {
        return IOLoop.current().runSync(() -> stage, LONG);
    }

    /** Runs the callbacks that are there. */
    private static void runOnce() throws InterruptedException {
        IOLoop.current().stop();
        IOLoop.current().start();
    }

    // ---- connecting

    @HubTest
    void t29AWriteBeforeTheConnectIsDoneGoesWhenItIs() throws Exception {
        try (var listener = listen(); var client = new IOStream()) {
            var seen = new ArrayList<String>();
            client.connect(listener.getLocalSocketAddress(), _ -> seen.add("connected"));
            client.write(bytes("early"), _ -> {
                seen.add("written");
                IOLoop.current().stop();
            });
            assertThat(client.opening()).isTrue();
            IOLoop.current().start();
            assertThat(seen).containsExactly("connected", "written");
            try (var server = new IOStream(listener.accept())) {
                assertThat(server.readBytes(5)).asString(US_ASCII).isEqualTo("early");
            }
        }
    }

    @HubTest
    void t30AConnectBringsTheStreamItself() throws Exception {
        try (var listener = listen(); var client = new IOStream()) {
            assertThat(sync(client.connectAsync(listener.getLocalSocketAddress()))).isSameAs(client);
            assertThat(client.opening()).isFalse();
            client.setNodelay(true);
            assertThat(client.socket().getTcpNoDelay()).isTrue();
        }
    }

    @HubTest
    void aReadBeforeTheConnectIsDoneWaitsForIt() throws Exception {
        try (var listener = listen(); var client = new IOStream()) {
            client.connectAsync(listener.getLocalSocketAddress());
            var reader = Green.spawn(() -> client.readBytes(2));
            try (var server = listener.accept()) {
                server.sendAll(bytes("hi"));
                assertThat(reader.await()).asString(US_ASCII).isEqualTo("hi");
            }
        }
    }

    @HubTest
    void aConnectThatIsRefusedFailsEverythingThatWaitedForItAndSaysWhy() throws Exception {
        InetSocketAddress nobody;
        try (var listener = listen()) {
            nobody = (InetSocketAddress) listener.getLocalSocketAddress();
        }
        var client = new IOStream();
        var told = new CompletableFuture<String>();
        client.setCloseCallback(() -> told.complete("closed"));
        var connect = client.connectAsync(nobody);
        var write = client.writeAsync(bytes("never"));
        var read = client.readBytesAsync(1);
        assertThatThrownBy(() -> sync(connect)).isInstanceOf(StreamClosedException.class)
                .hasCauseInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> sync(write)).isInstanceOf(StreamClosedException.class)
                .hasCauseInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> sync(read)).isInstanceOf(StreamClosedException.class)
                .hasCauseInstanceOf(ConnectException.class);
        assertThat(sync(told)).isEqualTo("closed");
        assertThat(client.error()).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> new IOStream().connect(nobody)).isInstanceOf(StreamClosedException.class)
                .hasCauseInstanceOf(ConnectException.class);
    }

    @HubTest
    void aCloseInTheMiddleOfAConnectEndsIt() throws Exception {
        try (var listener = listen()) {
            var client = new IOStream();
            var connect = client.connectAsync(listener.getLocalSocketAddress());
            client.close();
            assertThatThrownBy(() -> sync(connect)).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(() -> client.connect(listener.getLocalSocketAddress()))
                    .isInstanceOf(StreamClosedException.class);
        }
    }

    // ---- one read at a time

    @HubTest
    void aSecondReadIsToldWhoReadsAndTheFirstIsUndisturbed() throws Exception {
        try (var pair = Pair.open()) {
            var first = pair.server.readUntilAsync("\r\n");
            assertThat(pair.server.reading()).isTrue();
            assertThatThrownBy(() -> pair.server.readBytes(1, _ -> {})).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("readUntil(\"\\r\\n\") reads");
            assertThatThrownBy(() -> pair.server.readBytes(1)).isInstanceOf(ConcurrentUseException.class);
            assertThatThrownBy(() -> sync(pair.server.readBytesAsync(1))).isInstanceOf(ConcurrentUseException.class);
            pair.client.write(bytes("line\r\n"));
            assertThat(sync(first)).asString(US_ASCII).isEqualTo("line\r\n");
            assertThat(pair.server.reading()).isFalse();
        }
    }

    @HubTest
    void aReadThatEndsEarlyTakesNothing() throws Exception {
        try (var pair = Pair.open()) {
            pair.client.write(bytes("half"));
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> pair.server.readUntil("\n")))
                    .isInstanceOf(Timeout.class);
            assertThat(pair.server.reading()).isFalse();
            pair.client.write(bytes(" line\n"));
            assertThat(pair.server.readUntil("\n")).asString(US_ASCII).isEqualTo("half line\n");
        }
    }

    @HubTest
    void aKillOfWhoReadsLeavesTheStreamUsable() throws Exception {
        try (var pair = Pair.open()) {
            var reader = Green.spawn(() -> pair.server.readBytes(10));
            Turns.untilWaits(reader);
            reader.kill();
            Turns.untilEnds(reader);
            pair.client.write(bytes("x"));
            assertThat(pair.server.readBytes(1)).hasSize(1);
        }
    }

    @HubTest
    void manySmallReadsInARowDoNotPileUp() throws Exception {
        try (var pair = Pair.open()) {
            int lines = 50_000;
            var writer = Green.spawn(() -> {
                for (int i = 0; i < lines / 100; i++) {
                    pair.client.write(bytes("x\n".repeat(100)));
                }
            });
            int[] seen = new int[1];
            var delimiter = Delimiter.of("\n");
            List<IOCallback<byte[]>> again = new ArrayList<>();
            again.add(_ -> {
                if (++seen[0] == lines) {
                    IOLoop.current().stop();
                } else {
                    pair.server.readUntil(delimiter, 10, again.getFirst());
                }
            });
            pair.server.readUntil(delimiter, 10, again.getFirst());
            IOLoop.current().start();
            writer.await();
            assertThat(seen[0]).isEqualTo(lines);
        }
    }

    // ---- writes

    @HubTest
    void writesAreDoneInTheirOrderAndNeverFromWithinTheCall() throws Exception {
        try (var pair = Pair.open()) {
            var seen = new ArrayList<Integer>();
            for (int i = 0; i < 5; i++) {
                int number = i;
                pair.client.write(bytes("part" + i), _ -> seen.add(number));
            }
            assertThat(seen).isEmpty();
            assertThat(pair.server.readBytes(25)).asString(US_ASCII).isEqualTo("part0part1part2part3part4");
            Turns.until(() -> !pair.client.writing());
            runOnce();
            assertThat(seen).containsExactly(0, 1, 2, 3, 4);
        }
    }

    @HubTest
    void aLargeWriteGoesOnWhileTheLoopRuns() throws Exception {
        try (var pair = Pair.open()) {
            byte[] large = new byte[20 << 20];
            large[large.length - 1] = 7;
            var written = pair.client.writeAsync(large);
            assertThat(pair.client.writing()).isTrue();
            byte[] read = sync(pair.server.readBytesAsync(large.length));
            assertThat(read[large.length - 1]).isEqualTo((byte) 7);
            sync(written);
            assertThat(pair.client.writing()).isFalse();
        }
    }

    @HubTest
    void moreThanMayWaitIsRefusedAndNothingOfItIsQueued() throws Exception {
        try (var pair = Pair.open()) {
            pair.client.maxWriteBufferSize(30 << 20);
            byte[] large = new byte[20 << 20];
            var first = pair.client.writeAsync(large);
            assertThatThrownBy(() -> pair.client.write(large)).isInstanceOf(StreamBufferFullException.class)
                    .hasMessageContaining("maxWriteBufferSize");
            assertThatThrownBy(() -> sync(pair.client.writeAsync(large))).isInstanceOf(StreamBufferFullException.class);
            sync(pair.server.readBytesAsync(large.length));
            sync(first);
            pair.client.write(bytes("x"));
            assertThat(pair.server.readBytes(1)).asString(US_ASCII).isEqualTo("x");
        }
    }

    @HubTest
    void severalMayWaitForTheirWrites() throws Exception {
        try (var pair = Pair.open()) {
            byte[] large = new byte[8 << 20];
            var first = Green.spawn(() -> pair.client.write(large));
            var second = Green.spawn(() -> pair.client.write(large));
            var third = Green.spawn(() -> pair.client.write(bytes("end")));
            byte[] all = pair.server.readBytes(2 * large.length + 3);
            assertThat(all).hasSize(2 * large.length + 3);
            first.await();
            second.await();
            third.await();
        }
    }

    /** Has the caller make as many calls without waiting as may be: the next lets others run before it does anything. */
    private static void useUp(GreenSocket socket) throws IOException {
        var buffer = ByteBuffer.allocate(1);
        for (int i = 0; i < 128; i++) {
            assertThat(socket.tryRead(buffer)).isZero();
        }
    }

    @HubTest
    void aTryThatLetsOthersRunFirstDoesNotMeetTheirWrites() throws Exception {
        try (var pair = Pair.open(); var other = Pair.open()) {
            var first = Green.spawn(() -> {
                useUp(other.client.socket());
                pair.client.writeAsync(bytes("1"));
            });
            var second = Green.spawn(() -> pair.client.writeAsync(bytes("2")));
            var third = Green.spawn(() -> pair.client.write(bytes("3")));
            Green.joinAllOrThrow(List.of(first, second, third), 3, null);
            Turns.until(() -> !pair.client.writing());
            assertThat(pair.server.readBytes(3)).asString(US_ASCII).contains("1", "2", "3");
            assertThat(pair.client.closed()).isFalse();
        }
    }

    @HubTest
    void aTryThatLetsOthersRunFirstDoesNotMeetTheirReads() throws Exception {
        try (var pair = Pair.open(); var other = Pair.open()) {
            var listens = Green.spawn(() -> {
                useUp(other.client.socket());
                pair.server.setCloseCallback(() -> {});
            });
            var reads = Green.spawn(() -> pair.server.readBytes(1));
            listens.await();
            pair.client.write(bytes("x"));
            assertThat(reads.await()).hasSize(1);
            assertThat(pair.server.closed()).isFalse();
            pair.server.setCloseCallback(null);
        }
    }

    @HubTest
    void whatAWriteThatEndedEarlyHasLeftGoesWithTheNext() throws Exception {
        try (var pair = Pair.open()) {
            byte[] large = new byte[20 << 20];
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> pair.client.write(large)))
                    .isInstanceOf(Timeout.class);
            assertThat(pair.client.writing()).isTrue();
            var next = Green.spawn(() -> pair.client.write(bytes("end")));
            pair.server.readBytes(large.length);
            assertThat(pair.server.readBytes(3)).asString(US_ASCII).isEqualTo("end");
            next.await();
        }
    }

    @HubTest
    void aBufferIsTakenFromItsPositionToItsLimit() throws Exception {
        try (var pair = Pair.open()) {
            var buffer = ByteBuffer.wrap(bytes("0123456789")).position(3).limit(6);
            pair.client.write(buffer);
            assertThat(buffer.hasRemaining()).isFalse();
            assertThat(pair.server.readBytes(3)).asString(US_ASCII).isEqualTo("345");
        }
    }

    // ---- the end

    @HubTest
    void theCloseCallbackComesOnceAlsoIfNobodyReads() throws Exception {
        try (var pair = Pair.open()) {
            int[] told = new int[1];
            pair.server.setCloseCallback(() -> {
                told[0]++;
                IOLoop.current().stop();
            });
            pair.client.close();
            IOLoop.current().start();
            pair.server.close();
            runOnce();
            assertThat(told[0]).isEqualTo(1);
            assertThat(pair.server.closed()).isTrue();
            assertThat(pair.server.error()).isNull();
        }
    }

    @HubTest
    void theCloseCallbackComesAlsoWhileSomebodyReads() throws Exception {
        try (var pair = Pair.open()) {
            var seen = new ArrayList<String>();
            pair.server.setCloseCallback(() -> {
                seen.add("closed");
                IOLoop.current().stop();
            });
            pair.server.readBytes(5, new IOCallback<>() {
                @Override
                public void completed(byte[] result) {
                    seen.add("read");
                }

                @Override
                public void failed(IOException cause) {
                    seen.add("failed");
                }
            });
            pair.client.write(bytes("abc"));
            pair.client.close();
            IOLoop.current().start();
            assertThat(seen).containsExactly("failed", "closed");
            assertThat(pair.server.readBytes(3)).as("what had come").asString(US_ASCII).isEqualTo("abc");
        }
    }

    @HubTest
    void aCloseCallbackThatComesLateIsToldSoonAndOneThatWasTakenBackNever() throws Exception {
        try (var pair = Pair.open()) {
            int[] told = new int[1];
            pair.server.setCloseCallback(() -> told[0] = 1);
            pair.server.setCloseCallback(null);
            pair.server.close();
            runOnce();
            assertThat(told[0]).isZero();
            pair.server.setCloseCallback(() -> told[0] = 2);
            assertThat(told[0]).isZero();
            runOnce();
            assertThat(told[0]).isEqualTo(2);
        }
    }

    @HubTest
    void theEndIsNotLookedForWhileThereIsSomethingThatWasNotRead() throws Exception {
        try (var pair = Pair.open()) {
            int[] told = new int[1];
            pair.client.write(bytes("12"));
            assertThat(pair.server.readBytes(1)).asString(US_ASCII).isEqualTo("1");
            pair.server.setCloseCallback(() -> told[0]++);
            pair.client.close();
            IOLoop.current().callLater(Duration.ofMillis(20), () -> IOLoop.current().stop());
            IOLoop.current().start();
            assertThat(told[0]).isZero();
            assertThat(pair.server.readBytes(1)).asString(US_ASCII).isEqualTo("2");
            IOLoop.current().callLater(Duration.ofMillis(20), () -> IOLoop.current().stop());
            IOLoop.current().start();
            assertThat(told[0]).isEqualTo(1);
        }
    }

    @HubTest
    void aCloseFailsWhatWaitsBecauseOfItsReason() throws Exception {
        try (var pair = Pair.open()) {
            var reason = new IOException("enough");
            var read = pair.client.readBytesAsync(1);
            var write = pair.client.writeAsync(new byte[20 << 20]);
            pair.client.close(reason);
            assertThatThrownBy(() -> sync(read)).isInstanceOf(StreamClosedException.class).hasCause(reason);
            assertThatThrownBy(() -> sync(write)).isInstanceOf(StreamClosedException.class).hasCause(reason);
            assertThat(pair.client.error()).isSameAs(reason);
            assertThatThrownBy(() -> pair.client.write(bytes("x"))).isInstanceOf(StreamClosedException.class)
                    .hasCause(reason);
            assertThatThrownBy(() -> pair.client.readBytes(1, _ -> {})).isInstanceOf(StreamClosedException.class)
                    .hasCause(reason);
        }
    }

    @HubTest
    void aCloseWakesWhoWaitsForARead() throws Exception {
        try (var pair = Pair.open()) {
            var reader = Green.spawn(() -> pair.server.readBytes(1));
            Turns.untilWaits(reader);
            pair.server.close();
            assertThatThrownBy(reader::await).isInstanceOf(StreamClosedException.class).hasNoCause();
        }
    }

    @HubTest
    void aCloseOfTheSocketBeneathClosesTheStream() throws Exception {
        try (var pair = Pair.open()) {
            var read = pair.server.readBytesAsync(1);
            pair.server.socket().close();
            assertThatThrownBy(() -> sync(read)).isInstanceOf(StreamClosedException.class);
            assertThat(pair.server.closed()).isTrue();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void anyThreadMayClose() throws Exception {
        try (var pair = Pair.open()) {
            var read = pair.server.readBytesAsync(1);
            var other = Thread.ofPlatform().start(pair.server::close);
            assertThatThrownBy(() -> sync(read)).isInstanceOf(StreamClosedException.class).hasNoCause();
            other.join();
            assertThat(pair.server.closed()).isTrue();
        }
    }

    @HubTest
    void aResetIsAnErrorAndNotAnEnd() throws Exception {
        try (var pair = Pair.open()) {
            var read = pair.server.readBytesAsync(1);
            pair.client.socket().setSoLinger(true, 0);
            pair.client.close();
            assertThatThrownBy(() -> sync(read)).isInstanceOf(StreamClosedException.class).cause()
                    .hasMessage("Connection reset");
            assertThat(pair.server.error()).hasMessage("Connection reset");
        }
    }

    @HubTest
    void aCallbackThatThrowsIsReportedAndClosesItsStream(Uncaught uncaught) throws Exception {
        try (var pair = Pair.open()) {
            var failure = new IOException("on purpose");
            pair.server.setCloseCallback(() -> IOLoop.current().stop());
            pair.server.readBytes(1, _ -> {
                throw failure;
            });
            pair.client.write(bytes("x"));
            IOLoop.current().start();
            assertThat(pair.server.error()).isSameAs(failure);
            assertThat(uncaught.failures()).containsExactly(failure);
        }
    }

    @HubTest
    void aCallbackThatMeetsAStreamThatIsClosedEndsItsOwnAndIsNotReported() throws Exception {
        try (var pair = Pair.open(); var other = Pair.open()) {
            other.client.close();
            pair.server.setCloseCallback(() -> IOLoop.current().stop());
            pair.server.readBytes(1, bytes -> other.client.write(bytes));
            pair.client.write(bytes("x"));
            IOLoop.current().start();
            assertThat(pair.server.error()).isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("write cannot be done");
        }
    }

    // ---- where it may be used

    @HubTest
    void outsideOfItsLoopAStreamSaysHowToGetThere() throws Exception {
        try (var pair = Pair.open(); var other = EventLoop.start()) {
            var elsewhere = other.spawn(() -> pair.server.readBytes(1));
            assertThatThrownBy(elsewhere::await).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("IOLoop.addCallback");
        }
    }

    @HubTest
    void aSocketThatAStreamWatchesDoesNotMove() throws Exception {
        try (var pair = Pair.open(); var other = EventLoop.start()) {
            var read = pair.server.readBytesAsync(1);
            GreenSocket socket = pair.server.socket();
            assertThatThrownBy(() -> socket.moveTo(other)).isInstanceOf(RuntimeException.class);
            pair.client.write(bytes("x"));
            assertThat(sync(read)).hasSize(1);
        }
    }

    @HubTest
    void aSocketThatHasAHandlerIsNoStreamsToWatch() throws Exception {
        try (var pair = Pair.open()) {
            IOLoop.current().addHandler(pair.server.socket(), (_, _) -> {}, IOLoop.READ);
            assertThatThrownBy(() -> sync(pair.server.readBytesAsync(1))).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(ConcurrentUseException.class);
            IOLoop.current().removeHandler(pair.server.socket());
        }
    }

    @HubTest
    void argumentsAreChecked() throws Exception {
        try (var pair = Pair.open()) {
            assertThatThrownBy(() -> pair.client.readBytes(-1)).hasMessage("count: -1 (expected: >= 0)");
            assertThatThrownBy(() -> pair.client.readUntil(""))
                    .hasMessage("delimiter: empty (expected: at least one byte)");
            assertThatThrownBy(() -> pair.client.readUntil("x", 0)).hasMessage("maxBytes: 0 (expected: >= 1)");
            assertThatThrownBy(() -> pair.client.maxBufferSize(0)).hasMessage("bytes: 0 (expected: >= 1)");
            assertThatThrownBy(() -> pair.client.maxWriteBufferSize(-1)).hasMessage("bytes: -1 (expected: >= 0)");
            assertThatThrownBy(() -> pair.client.readInto(ByteBuffer.allocate(1).asReadOnlyBuffer(), false))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
