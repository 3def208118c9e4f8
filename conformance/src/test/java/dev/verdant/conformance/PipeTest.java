package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.io.GreenPipe;
import dev.verdant.green.io.PipeSource;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.Trampoline;
import dev.verdant.hub.HubProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Pipes, on each hub. */
@AnyOrder
class PipeTest {

    private static final Duration SHORT = Duration.ofMillis(20);

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Fills it to the brim; returns with how much. */
    private static int fill(GreenPipe pipe) throws IOException {
        int total = 0;
        var block = ByteBuffer.allocate(10_000);
        for (int size = block.capacity(); size > 0; size /= 10) {
            for (int count = 1; count > 0; total += count) {
                count = pipe.sink().tryWrite(block.clear().limit(size));
            }
        }
        return total;
    }

    private static byte[] readToEnd(PipeSource source) throws IOException {
        var all = new ByteArrayOutputStream();
        for (byte[] some = source.recv(5_000); some.length > 0; some = source.recv(5_000)) {
            all.write(some);
        }
        return all.toByteArray();
    }

    // ---- bytes

    @HubTest
    void manyBytesComeOutAsTheyWentIn() throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        var random = new Random(seed);
        var sent = new byte[1_500_000];
        random.nextBytes(sent);
        try (var pipe = GreenPipe.open()) {
            var writer = Green.spawn(() -> {
                for (int at = 0; at < sent.length;) {
                    int length = Math.min(sent.length - at, 1 + random.nextInt(150_000));
                    pipe.sink().writeFully(random.nextBoolean()
                            ? ByteBuffer.wrap(sent, at, length)
                            : ByteBuffer.allocateDirect(length).put(0, sent, at, length));
                    at += length;
                }
                pipe.sink().close();
            });
            assertThat(readToEnd(pipe.source())).as("seed %d", seed).isEqualTo(sent);
            writer.await();
        }
    }

    @HubTest
    void theEndComesAfterTheBytesAndIsToldAgain() throws Exception {
        try (var pipe = GreenPipe.open()) {
            pipe.sink().sendAll(new byte[]{1, 2, 3});
            pipe.sink().close();
            assertThat(pipe.source().recv(2)).containsExactly(1, 2);
            assertThat(pipe.source().recv(2)).containsExactly(3);
            assertThat(pipe.source().recv(2)).isEmpty();
            assertThat(pipe.source().read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(pipe.source().awaitReadable(null)).isTrue();
            assertThat(pipe.source().tryRead(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @HubTest
    void theEndWakesAReaderThatWaits() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var reader = Green.spawn(() -> pipe.source().recv(9));
            Turns.untilWaits(reader);
            pipe.sink().close();
            assertThat(reader.await()).isEmpty();
        }
    }

    @HubTest
    void aWriteWithoutAReaderIsToldSo() throws Exception {
        try (var pipe = GreenPipe.open()) {
            pipe.source().close();
            assertThatThrownBy(() -> pipe.sink().sendAll(new byte[1])).isInstanceOf(SocketException.class)
                    .hasMessageContaining("Broken pipe");
            assertThat(pipe.sink().isClosed()).isFalse();
        }
    }

    @HubTest
    void aWriterThatWaitsIsToldWhenTheReaderLeaves() throws Exception {
        try (var pipe = GreenPipe.open()) {
            fill(pipe);
            var writer = Green.spawn(() -> pipe.sink().sendAll(new byte[100_000]));
            Turns.untilWaits(writer);
            pipe.source().close();
            assertThatThrownBy(writer::await).isInstanceOf(SocketException.class).hasMessageContaining("Broken pipe");
        }
    }

    @HubTest
    void theStreamsAreViewsOfTheEnds() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var out = pipe.sink().outputStream();
            out.write(7);
            out.write("well".getBytes(StandardCharsets.US_ASCII));
            out.write(255);
            out.close();
            assertThat(pipe.sink().isClosed()).isTrue();
            var in = pipe.source().inputStream();
            assertThat(in.read()).isEqualTo(7);
            assertThat(in.readNBytes(4)).asString(StandardCharsets.US_ASCII).isEqualTo("well");
            assertThat(in.read()).isEqualTo(255);
            assertThat(in.read()).isEqualTo(-1);
            in.close();
            assertThat(pipe.source().isClosed()).isTrue();
        }
    }

    @HubTest
    void theStreamTellsWhatIsThereWithoutWaitingAndKeepsIt() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var in = pipe.source().inputStream();
            assertThat(in.available()).isZero();
            pipe.sink().sendAll(new byte[]{1, 2, 3});
            while (in.available() == 0) { // As programs do that read a process so; the test's deadline ends it.
                Green.sleep();
            }
            assertThat(in.available()).isEqualTo(3);
            assertThat(in.read()).isEqualTo(1);
            assertThat(in.available()).isEqualTo(2);
            assertThat(in.readNBytes(2)).containsExactly(2, 3);
            pipe.sink().close();
            assertThat(in.available()).isZero();
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.available()).isZero();
            pipe.source().close();
            assertThatThrownBy(in::available).isInstanceOf(SocketException.class).hasMessage("Pipe closed");
        }
    }

    @HubTest
    void theStreamDoesNotLookWhileAnotherReads() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var reader = Green.spawn(() -> pipe.source().recv(5));
            Turns.untilWaits(reader);
            assertThat(pipe.source().inputStream().available()).isZero();
            pipe.sink().sendAll(new byte[]{8});
            assertThat(reader.await()).containsExactly(8);
        }
    }

    @HubTest
    void aReaderAndAWriterThatNeverWaitLetOthersRun() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var rounds = new AtomicInteger();
            var other = Green.spawn(() -> {
                for (int i = 0; i < 20; i++) {
                    Green.sleep();
                    rounds.incrementAndGet();
                }
            });
            while (rounds.get() < 20) { // The test's deadline ends it.
                pipe.sink().sendAll(new byte[]{1});
                assertThat(pipe.source().recv(1)).hasSize(1);
            }
            other.await();
        }
    }

    // ---- tries and waits

    @HubTest
    void aTryReadTellsNothingBytesAndEndApart() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var target = ByteBuffer.allocate(9);
            assertThat(pipe.source().tryRead(target)).isZero();
            pipe.sink().writeFully(bytes("hello"));
            assertThat(tryUntilItTells(pipe, target)).isEqualTo(5);
            pipe.sink().close();
            assertThat(tryUntilItTells(pipe, target)).isEqualTo(-1);
            assertThat(pipe.source().tryRead(target)).isEqualTo(-1);
        }
    }

    private static int tryUntilItTells(GreenPipe pipe, ByteBuffer target) throws IOException {
        while (true) {
            int count = pipe.source().tryRead(target);
            if (count != 0) {
                return count;
            }
            assertThat(pipe.source().awaitReadable(null)).isTrue();
        }
    }

    @HubTest
    void aTryWriteTakesWhatThereIsRoomForAndAWaitEndsWhenThereIsMore() throws Exception {
        try (var pipe = GreenPipe.open()) {
            int total = fill(pipe);
            assertThat(total).isPositive();
            assertThat(pipe.sink().tryWrite(bytes("x"))).isZero();
            assertThat(pipe.sink().awaitWritable(SHORT)).isFalse();
            var waiter = Green.spawn(() -> pipe.sink().awaitWritable(null));
            Turns.untilWaits(waiter);
            for (int left = total; left > 0;) {
                left -= pipe.source().recv(left).length;
            }
            assertThat(waiter.await()).isTrue();
            assertThat(pipe.sink().tryWrite(bytes("x"))).isEqualTo(1);
        }
    }

    @HubTest
    void aWaitToReadEndsWithItsTimeAndTakesNothing() throws Exception {
        try (var pipe = GreenPipe.open()) {
            assertThat(pipe.source().tryRead(ByteBuffer.allocate(1))).isZero();
            assertThat(pipe.source().awaitReadable(Duration.ZERO)).isFalse();
            long begin = Green.nanoTime();
            assertThat(pipe.source().awaitReadable(SHORT)).isFalse();
            assertThat(Green.nanoTime() - begin).isGreaterThanOrEqualTo(SHORT.toNanos());
            pipe.sink().sendAll(new byte[]{9});
            assertThat(pipe.source().awaitReadable(null)).isTrue();
            assertThat(pipe.source().recv(5)).containsExactly(9);
        }
    }

    @HubTest
    void aTrampolineWaitsForEitherEnd() throws Exception {
        try (var pipe = GreenPipe.open()) {
            Trampoline.awaitWritable(pipe.sink(), null);
            var reader = Green.spawn(() -> {
                Trampoline.awaitReadable(pipe.source(), null);
                return pipe.source().recv(9);
            });
            Turns.untilWaits(reader);
            pipe.sink().sendAll(new byte[]{3});
            assertThat(reader.await()).containsExactly(3);
            int total = fill(pipe);
            assertThatThrownBy(() -> Trampoline.awaitWritable(pipe.sink(), SHORT))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(pipe.source().recv(total)).isNotEmpty();
            pipe.source().close();
            Trampoline.awaitWritable(pipe.sink(), null);
            assertThatThrownBy(() -> Trampoline.awaitReadable(pipe.source(), null)).hasMessage("Pipe closed");
        }
    }

    @HubTest
    void nobodyWaitsForADirectionThatAPipeDoesNotHave() throws Exception {
        try (var pipe = GreenPipe.open()) {
            assertThatThrownBy(() -> Trampoline.awaitWritable(pipe.source(), null))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("can be written");
            assertThatThrownBy(() -> Trampoline.awaitReadable(pipe.sink(), null))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("can be read");
        }
    }

    // ---- early ends

    @HubTest
    void aReadThatATimeoutEndsTakesNothing() throws Exception {
        try (var pipe = GreenPipe.open()) {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pipe.source().recv(5))).isInstanceOf(Timeout.class);
            pipe.sink().sendAll(new byte[]{1, 2});
            assertThat(pipe.source().recv(5)).containsExactly(1, 2);
        }
    }

    @HubTest
    void aReaderThatIsKilledTakesNothing() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var reader = Green.spawn(() -> pipe.source().recv(5));
            Turns.untilWaits(reader);
            reader.kill();
            pipe.sink().sendAll(new byte[]{1, 2});
            assertThatThrownBy(reader::await).isInstanceOf(GreenExit.class);
            assertThat(pipe.source().recv(5)).containsExactly(1, 2);
        }
    }

    @HubTest
    void aWriteThatATimeoutEndsClosesTheSinkAndSaysHowMuchWent() throws Exception {
        try (var pipe = GreenPipe.open()) {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pipe.sink().sendAll(new byte[8_000_000])))
                    .isInstanceOf(Timeout.class)
                    .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("A write of 8000000 bytes"));
            assertThat(pipe.sink().isClosed()).isTrue();
            assertThatThrownBy(() -> pipe.sink().sendAll(new byte[1])).isInstanceOf(SocketException.class)
                    .hasMessageContaining("A write of 8000000 bytes ended after ");
            assertThatThrownBy(() -> pipe.sink().tryWrite(bytes("x"))).isInstanceOf(SocketException.class)
                    .hasMessageContaining("ended after");
            assertThat(readToEnd(pipe.source())).hasSizeBetween(1, 7_999_999);
        }
    }

    @HubTest
    void anInterruptClosesTheEnd() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var reader = Green.spawn(() -> {
                assertThatThrownBy(() -> pipe.source().recv(5)).isInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                return Thread.interrupted();
            });
            Turns.untilWaits(reader);
            reader.thread().interrupt();
            assertThat(reader.await()).isTrue();
            assertThat(pipe.source().isClosed()).isTrue();
        }
    }

    // ---- one at a time

    @HubTest
    void aSecondReaderIsRefusedAndTheFirstIsUndisturbed() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var first = Green.spawn("first", () -> pipe.source().recv(5));
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pipe.source().recv(5)).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("'first' reads GreenPipe.source");
            assertThatThrownBy(() -> pipe.source().tryRead(ByteBuffer.allocate(1)))
                    .isInstanceOf(ConcurrentUseException.class);
            assertThatThrownBy(() -> pipe.source().awaitReadable(SHORT)).isInstanceOf(ConcurrentUseException.class);
            pipe.sink().sendAll(new byte[]{4});
            assertThat(first.await()).containsExactly(4);
        }
    }

    @HubTest
    void aSecondWriterIsRefusedAndTheFirstIsUndisturbed() throws Exception {
        try (var pipe = GreenPipe.open()) {
            int filled = fill(pipe);
            var first = Green.spawn("first", () -> {
                pipe.sink().sendAll(new byte[100_000]);
                pipe.sink().close();
            });
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pipe.sink().sendAll(new byte[5])).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("'first' writes GreenPipe.sink");
            assertThat(readToEnd(pipe.source())).hasSize(filled + 100_000);
            first.await();
        }
    }

    // ---- close

    @HubTest
    void aCloseWakesTheReader() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var reader = Green.spawn(() -> pipe.source().recv(5));
            Turns.untilWaits(reader);
            pipe.source().close();
            assertThatThrownBy(reader::await).isInstanceOf(SocketException.class).hasMessage("Pipe closed");
        }
    }

    @HubTest
    void aCloseWakesTheWriter() throws Exception {
        try (var pipe = GreenPipe.open()) {
            var writer = Green.spawn(() -> pipe.sink().sendAll(new byte[8_000_000]));
            Turns.untilWaits(writer);
            pipe.sink().close();
            assertThatThrownBy(writer::await).isInstanceOf(SocketException.class).hasMessage("Pipe closed");
        }
    }

    @HubTest
    void aCloseIsOverWhenItReturnsThoughAnotherThreadHasBegunOne() throws Exception {
        var pipe = GreenPipe.open();
        var closer = Thread.ofPlatform().start(pipe.sink()::close);
        while (closer.isAlive() && closer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait(); // Holds the loop, which the closer waits for; in vain, if the machine is slow.
        }
        assertThat(pipe.sink().isClosed()).isTrue();
        pipe.sink().close();
        pipe.source().close();
        assertThat(Objects.requireNonNull(EventLoop.current()).snapshot().channels()).isZero();
        closer.join();
    }

    @HubTest
    void nothingCanBeDoneWithAnEndThatIsClosed() throws Exception {
        var pipe = GreenPipe.open();
        pipe.close();
        pipe.close();
        assertThat(pipe.source().isClosed()).isTrue();
        assertThat(pipe.sink().isClosed()).isTrue();
        var target = ByteBuffer.allocate(1);
        assertThatThrownBy(() -> pipe.source().read(target)).hasMessage("Pipe closed");
        assertThatThrownBy(() -> pipe.source().tryRead(target)).hasMessage("Pipe closed");
        assertThatThrownBy(() -> pipe.source().awaitReadable(null)).hasMessage("Pipe closed");
        assertThatThrownBy(() -> pipe.sink().sendAll(new byte[1])).hasMessage("Pipe closed");
        assertThatThrownBy(() -> pipe.sink().tryWrite(target)).hasMessage("Pipe closed");
        assertThatThrownBy(() -> pipe.sink().awaitWritable(null)).hasMessage("Pipe closed");
    }

    // ---- other threads

    @HubTest
    void threadsOnNoLoopReadAndWriteAndClose() throws Exception {
        try (var pipe = GreenPipe.open(); var elsewhere = Executors.newFixedThreadPool(2)) {
            var writer = CompletableFuture.runAsync(() -> {
                try {
                    pipe.sink().sendAll(new byte[1_000_000]);
                    pipe.sink().close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }, elsewhere);
            var reader = CompletableFuture.supplyAsync(() -> {
                try {
                    int total = readToEnd(pipe.source()).length;
                    pipe.source().close();
                    return total;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }, elsewhere);
            assertThat(reader.get()).isEqualTo(1_000_000);
            writer.get();
            assertThat(pipe.source().isClosed()).isTrue();
        }
    }

    @HubTest
    void aGreenThreadOfAnotherLoopReads(HubProvider hub) throws Exception {
        try (var pipe = GreenPipe.open(); var other = EventLoop.start(options -> options.hub(hub))) {
            var reader = other.spawn(() -> readToEnd(pipe.source()).length);
            pipe.sink().sendAll(new byte[500_000]);
            pipe.sink().close();
            assertThat(reader.await()).isEqualTo(500_000);
        }
    }

    @HubTest
    void aPipeIsClosedWhenItsLoopEnds(HubProvider hub) throws Exception {
        GreenPipe pipe;
        try (var other = EventLoop.start(options -> options.hub(hub))) {
            pipe = other.spawn(GreenPipe::open).await();
            assertThat(pipe.source().isClosed()).isFalse();
        }
        assertThat(pipe.source().isClosed()).isTrue();
        assertThat(pipe.sink().isClosed()).isTrue();
        assertThatThrownBy(() -> pipe.source().recv(1)).isInstanceOf(IllegalStateException.class);
    }

    @HubTest
    void aThreadOnNoLoopIsToldWhereToOpenOne() throws Exception {
        var thread = CompletableFuture.supplyAsync(() -> {
            try {
                return GreenPipe.open().toString();
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, task -> Thread.ofPlatform().start(task));
        assertThat(thread.get()).startsWith("GreenPipe.open was called on the thread ").contains("Green.run");
    }

    // ---- arguments

    @HubTest
    void badArgumentsAreRefusedWithTheirValues() throws Exception {
        try (var pipe = GreenPipe.open()) {
            assertThatThrownBy(() -> pipe.source().recv(0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("max: 0 (expected: >= 1)");
            assertThatThrownBy(() -> pipe.source().read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("read-only");
            assertThat(pipe.source().read(ByteBuffer.allocate(0))).isZero();
            assertThat(pipe.sink().tryWrite(ByteBuffer.allocate(0))).isZero();
            pipe.sink().sendAll(new byte[0]);
        }
    }
}
