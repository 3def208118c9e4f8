package dev.verdant.conformance.patch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.conformance.ChildJvm;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.io.GreenFileChannel;
import dev.verdant.green.pool.NativePool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose blocking native threads do. A FIFO stands for a disk that does not answer. */
@NotSimulated(NotSimulated.MACHINE)
class FileChannelTest {

    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("file");
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static String text(ByteBuffer buffer) {
        return US_ASCII.decode(buffer.duplicate().flip()).toString();
    }

    /** Two names of one pipe: opening either end waits for the other, and reading waits for a writer. */
    private Path fifo() throws Exception {
        assumeTrue(ChildJvm.can("mkfifo", "--version"));
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        return fifo;
    }

    // ---- what a file channel does

    @HubTest
    void whatIsWrittenIsReadAndThePositionMoves() throws Exception {
        try (var file = GreenFileChannel.open(path(), CREATE_NEW, READ, WRITE)) {
            assertThat(file.write(ascii("hello, world"))).isEqualTo(12);
            assertThat(file.position()).isEqualTo(12);
            assertThat(file.write(new ByteBuffer[]{ascii("!"), ascii(""), ascii("?")})).isEqualTo(2);
            assertThat(file.size()).isEqualTo(14);
            assertThat(file.write(ascii("H"), 0)).isEqualTo(1);
            assertThat(file.position()).isEqualTo(14);
            var buffer = ByteBuffer.allocate(5);
            assertThat(file.position(0).read(buffer)).isEqualTo(5);
            assertThat(text(buffer)).isEqualTo("Hello");
            var direct = ByteBuffer.allocateDirect(100);
            assertThat(file.read(direct, 7)).isEqualTo(7);
            assertThat(text(direct)).isEqualTo("world!?");
            var two = new ByteBuffer[]{ByteBuffer.allocate(2), ByteBuffer.allocate(100)};
            assertThat(file.read(two)).isEqualTo(9);
            assertThat(text(two[0]) + text(two[1])).isEqualTo(", world!?");
            assertThat(file.read(two)).isEqualTo(-1);
            assertThat(file.read(ByteBuffer.allocate(0))).isEqualTo(0);
            file.force(true);
            assertThat(file.truncate(5)).isSameAs(file);
            assertThat(file.position()).isEqualTo(5);
        }
        assertThat(Files.readString(path())).isEqualTo("Hello");
    }

    @HubTest
    void muchIsWrittenInOneCall() throws Exception {
        byte[] much = new byte[1_000_000];
        new Random(1).nextBytes(much);
        try (var file = GreenFileChannel.open(path(), CREATE_NEW, READ, WRITE)) {
            assertThat(file.write(ByteBuffer.wrap(much))).isEqualTo(much.length);
            var back = ByteBuffer.allocate(much.length);
            while (file.read(back, back.position()) > 0) {
                // More is there.
            }
            assertThat(back.array()).isEqualTo(much);
        }
    }

    @HubTest
    void whoAppendsWritesAtTheEnd() throws Exception {
        Files.writeString(path(), "before ");
        try (var file = GreenFileChannel.open(path(), APPEND)) {
            assertThat(file.write(ascii("after"))).isEqualTo(5);
            Files.writeString(path(), "!", APPEND);
            file.write(ascii("?"));
            assertThat(file.position()).isEqualTo(14);
        }
        assertThat(Files.readString(path())).isEqualTo("before after!?");
    }

    @HubTest
    void whatIsWrongIsToldAsTheJdkTellsIt() throws Exception {
        assertThatThrownBy(() -> GreenFileChannel.open(path(), READ)).isInstanceOf(NoSuchFileException.class)
                .hasMessage(path().toString());
        Files.writeString(path(), "text");
        var reads = GreenFileChannel.open(path(), READ);
        ByteBuffer source = ascii("x");
        assertThatThrownBy(() -> reads.write(source)).isInstanceOf(NonWritableChannelException.class);
        assertThatThrownBy(() -> reads.write(source, 0)).isInstanceOf(NonWritableChannelException.class);
        assertThat(source.remaining()).isEqualTo(1);
        assertThatThrownBy(() -> reads.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reads.read(ByteBuffer.allocate(1), -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reads.position(-1)).isInstanceOf(IllegalArgumentException.class);
        try (var writes = GreenFileChannel.open(path(), WRITE)) {
            assertThatThrownBy(() -> writes.read(ByteBuffer.allocate(1)))
                    .isInstanceOf(NonReadableChannelException.class);
        }
        reads.close();
        reads.close();
        assertThat(reads.isOpen()).isFalse();
        for (var call : List.<ThrowingCallable>of(() -> reads.read(ByteBuffer.allocate(1)),
                reads::size, reads::position, () -> reads.force(true), () -> reads.tryLock(),
                () -> reads.transferTo(0, 1, Channels.newChannel(new ByteArrayOutputStream())))) {
            assertThatThrownBy(call).isExactlyInstanceOf(ClosedChannelException.class);
        }
    }

    @HubTest
    void transfersGoBothWaysWhateverIsOnTheOtherSide() throws Exception {
        byte[] much = new byte[300_000];
        new Random(2).nextBytes(much);
        Files.write(path(), much);
        Path other = folder.resolve("other");
        try (var from = GreenFileChannel.open(path(), READ);
                var green = GreenFileChannel.open(other, CREATE, READ, WRITE);
                var plain = FileChannel.open(folder.resolve("plain"), CREATE, READ, WRITE)) {
            var bytes = new ByteArrayOutputStream();
            assertThat(from.transferTo(10, 1_000_000, Channels.newChannel(bytes))).isEqualTo(much.length - 10);
            assertThat(bytes.toByteArray()).isEqualTo(Arrays.copyOfRange(much, 10, much.length));
            assertThat(from.transferTo(0, 200_000, plain)).isEqualTo(200_000);
            assertThat(green.transferFrom(from, 0, 250_000)).isEqualTo(250_000);
            assertThat(from.position()).isEqualTo(250_000);
            assertThat(green.transferFrom(plain.position(0), 250_000, 5)).isEqualTo(5);
            assertThat(green.transferFrom(plain, 10_000_000, 5)).isZero();
            assertThat(from.transferTo(much.length, 10, plain)).isZero();
        }
        byte[] expected = Arrays.copyOf(much, 250_005);
        System.arraycopy(much, 0, expected, 250_000, 5);
        assertThat(Files.readAllBytes(other)).isEqualTo(expected);
        assertThat(Files.readAllBytes(folder.resolve("plain"))).isEqualTo(Arrays.copyOf(much, 200_000));
    }

    @HubTest
    void aFileCanBeMapped() throws Exception {
        Files.writeString(path(), "text");
        try (var file = GreenFileChannel.open(path(), READ, WRITE); var arena = Arena.ofConfined()) {
            file.map(MapMode.READ_WRITE, 0, 4).put(0, (byte) 'T');
            assertThat(file.map(MapMode.READ_ONLY, 0, 4, arena).get(ValueLayout.JAVA_BYTE, 0))
                    .isEqualTo((byte) 'T');
        }
    }

    @Test
    void offALoopItIsAnOrdinaryChannel() throws Exception {
        try (var file = GreenFileChannel.open(path(), CREATE, READ, WRITE)) {
            assertThat(file.write(ascii("text"))).isEqualTo(4);
            var buffer = ByteBuffer.allocate(10);
            assertThat(file.position(1).read(buffer)).isEqualTo(3);
            assertThat(text(buffer)).isEqualTo("ext");
            file.lock().close();
            assertThat(file.transferTo(0, 4, Channels.newChannel(new ByteArrayOutputStream()))).isEqualTo(4);
        }
    }

    // ---- the loop turns

    @HubTest
    void whatBlocksHoldsNoLoop() throws Exception {
        Path fifo = fifo();
        var reads = Green.spawn(() -> {
            try (var file = GreenFileChannel.open(fifo, READ)) {
                return Channels.newInputStream(file).read();
            }
        });
        Turns.until(() -> Green.dump().contains("works on the opening of " + fifo));
        try (var file = GreenFileChannel.open(fifo, WRITE)) {
            Turns.untilWaits(reads);
            var _ = Green.spawn(() -> Channels.newOutputStream(file).write('x'));
            assertThat(reads.await()).isEqualTo('x');
        }
    }

    @HubTest
    void pipesThatNobodyWritesHoldUpNoFileAndNoClose() throws Exception {
        Path fifo = fifo();
        var readers = Stream.generate(() -> Green.spawn(() -> {
            try (var pipe = GreenFileChannel.open(fifo, READ, WRITE)) {
                return pipe.read(ByteBuffer.allocate(1));
            }
        })).limit(40).toList();
        readers.forEach(Turns::untilWaits);
        Turns.until(() -> Green.dump().split("works on a read of " + fifo, -1).length > 32);
        try (var file = GreenFileChannel.open(path(), CREATE_NEW, WRITE)) {
            assertThat(file.write(ascii("hello"))).isEqualTo(5);
        }
        for (var reader : readers) {
            reader.kill();
            assertThatThrownBy(reader::await).isInstanceOf(GreenExit.class);
        }
    }

    // ---- waits that end early

    @HubTest
    void anOpeningThatIsGivenUpLeavesNothingOpen() throws Exception {
        Path fifo = fifo();
        var givenUp = Green.spawn(() -> GreenFileChannel.open(fifo, READ));
        var begun = Pattern.compile("'verdant-file-streams-\\d+' works on the opening of " + fifo);
        Turns.until(() -> begun.matcher(Green.dump()).find());
        givenUp.kill();
        assertThatThrownBy(givenUp::await).isInstanceOf(GreenExit.class);
        try (var file = GreenFileChannel.open(fifo, WRITE)) {
            // The one that was given up has opened it and closes it again: then nobody reads.
            Turns.until(() -> catchThrowable(() -> file.write(ascii("x"))) instanceof IOException);
        }
    }

    @HubTest
    void whatAReadOfAPipeHasLeftIsTheNextOnesOnWhateverThread() throws Exception {
        Path fifo = fifo();
        try (var file = GreenFileChannel.open(fifo, READ, WRITE)) {
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> file.read(ByteBuffer.allocate(10))))
                    .isInstanceOf(Timeout.class);
            var buffer = ByteBuffer.allocate(2);
            var elsewhere = new FutureTask<>(() -> file.read(buffer));
            Thread.ofPlatform().daemon().start(elsewhere);
            Files.write(fifo, "hello".getBytes(US_ASCII), WRITE);
            Turns.until(elsewhere::isDone);
            assertThat(elsewhere.get()).isEqualTo(2);
            assertThat(text(buffer)).isEqualTo("he");
            assertThat(file.read(buffer.clear())).isEqualTo(2);
            assertThat(text(buffer)).isEqualTo("ll");
        }
    }

    @HubTest
    void aReadThatEndsEarlyTakesNothing() throws Exception {
        Path fifo = fifo();
        try (var file = GreenFileChannel.open(fifo, READ, WRITE)) {
            var buffer = ByteBuffer.allocate(10);
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> file.read(buffer)))
                    .isInstanceOf(Timeout.class);
            var killed = Green.spawn(() -> file.read(buffer));
            Turns.untilWaits(killed);
            killed.kill();
            assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
            Files.write(fifo, "hello, world".getBytes(US_ASCII), WRITE);
            assertThat(buffer.position()).isZero();
            assertThat(file.read(buffer)).isEqualTo(10);
            assertThat(text(buffer)).isEqualTo("hello, wor");
            buffer.clear();
            assertThat(file.read(buffer)).isEqualTo(2);
            assertThat(text(buffer)).isEqualTo("ld");
        }
    }

    @HubTest
    void aWriteThatEndsEarlyIsWrittenAsFarAsTheBufferSays() throws Exception {
        Path fifo = fifo();
        byte[] much = new byte[1_000_000];
        new Random(3).nextBytes(much);
        var source = ByteBuffer.wrap(much);
        try (var file = GreenFileChannel.open(fifo, READ, WRITE); var reader = FileChannel.open(fifo, READ)) {
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(50), () -> file.write(source)))
                    .isInstanceOf(Timeout.class);
            assertThat(source.position()).isPositive().isLessThan(much.length);
            byte[] taken = Arrays.copyOf(much, source.position());
            Arrays.fill(much, (byte) 0);
            var got = ByteBuffer.allocate(taken.length);
            var reads = NativePool.<Boolean>execute(() -> {
                while (got.hasRemaining()) {
                    reader.read(got);
                }
                return true;
            });
            assertThat(reads).isTrue();
            assertThat(got.array()).isEqualTo(taken);
        }
    }

    @HubTest
    void anInterruptClosesTheChannel() throws Exception {
        Path fifo = fifo();
        var file = GreenFileChannel.open(fifo, READ, WRITE);
        var reads = Green.spawn(() -> {
            assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1))).isInstanceOf(ClosedByInterruptException.class);
            return Thread.interrupted();
        });
        Turns.untilWaits(reads);
        reads.thread().interrupt();
        assertThat(reads.await()).isTrue();
        assertThat(file.isOpen()).isFalse();
    }

    @HubTest
    void aCloseEndsAReadThatIsUnderWay() throws Exception {
        var file = GreenFileChannel.open(fifo(), READ, WRITE);
        var reads = Green.spawn(() -> catchThrowable(() -> file.read(ByteBuffer.allocate(1))));
        Turns.untilWaits(reads);
        file.close();
        assertThat(reads.await()).isInstanceOf(ClosedChannelException.class);
    }

    // ---- locks

    @HubTest
    void aLockIsWaitedForAndAWaitThatEndsEarlyTakesNone() throws Exception {
        Files.writeString(path(), "text");
        Path ready = folder.resolve("ready");
        Path done = folder.resolve("done");
        var child = ChildJvm.of(Locks.class).process(path().toString(), ready.toString(), done.toString()).start();
        try (var file = GreenFileChannel.open(path(), READ, WRITE)) {
            Turns.until(() -> Files.exists(ready));
            assertThat(file.tryLock()).isNull();
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> file.lock()))
                    .isInstanceOf(Timeout.class);
            var locks = Green.spawn(() -> file.lock());
            Turns.untilWaits(locks);
            Files.createFile(done);
            try (var lock = locks.await()) {
                assertThat(lock.isValid()).isTrue();
                assertThat(lock.acquiredBy()).isSameAs(file);
                assertThatThrownBy(() -> file.lock()).isInstanceOf(OverlappingFileLockException.class);
            }
            file.lock(0, 1, false).release();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor()).isNotNegative();
    }

    /** Holds a lock until it is told to let go. */
    static final class Locks {

        private Locks() {}

        public static void main(String[] paths) throws Exception {
            try (var file = FileChannel.open(Path.of(paths[0]), READ, WRITE); var _ = file.lock()) {
                Files.createFile(Path.of(paths[1]));
                while (!Files.exists(Path.of(paths[2]))) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
