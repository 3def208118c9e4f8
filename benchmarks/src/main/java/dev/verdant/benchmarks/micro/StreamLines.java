package dev.verdant.benchmarks.micro;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.Delimiter;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A million lines through a pair of streams over loopback, both ends on one loop, a line at a time for who reads: in callbacks, and in green threads that wait. And what a
 * piece of 4 KiB costs that {@code readUntil} looks through, of 4, 16 and 64 MiB: the same, if the time grows as the bytes do. The heap is large and touched beforehand, or its
 * growth would be measured where the arrays are large.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC", "-Xms3g", "-Xmx3g", "-Xmn2g", "-XX:+AlwaysPreTouch", "-Dverdant.watch=0"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
public class StreamLines {

    private static final int LINES = 1_000_000;
    private static final int BATCH = 1000;
    private static final int PIECE = 4 << 10;
    private static final int PIECES_OF_4_MIB = 1 << 10;

    private static final byte[] LINE = "a line of 16...\n".getBytes(StandardCharsets.US_ASCII);
    private static final Delimiter NEWLINE = Delimiter.of("\n");
    private static final Delimiter END = Delimiter.of("\r\n");

    private @Nullable EventLoop loop;

    /** Creates the state. */
    public StreamLines() {}

    /** Starts the loop. */
    @Setup(Level.Trial)
    public void start() {
        loop = EventLoop.start();
    }

    /** Closes the loop. */
    @TearDown(Level.Trial)
    public void close() {
        loop().close();
    }

    private EventLoop loop() {
        EventLoop started = loop;
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    /** What is done with two ends of a connection. */
    private interface Use {
        void run(IOStream writer, IOStream reader) throws Exception;
    }

    private void withPair(Use use) throws Exception {
        loop().spawn(() -> {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                    var writer = new IOStream(Net.connect(listener.getLocalSocketAddress()));
                    var reader = new IOStream(listener.accept())) {
                writer.setNodelay(true);
                use.run(writer, reader);
            }
        }).await();
    }

    // ---- lines

    /** Writes a batch of lines, a call for each, and the next when the last of it has gone. */
    private static final class Writer implements IOCallback<@Nullable Void> {

        private final BaseIOStream stream;
        private final int batch;
        private int left = LINES;

        Writer(BaseIOStream stream, int batch) {
            this.stream = stream;
            this.batch = batch;
        }

        @Override
        public void completed(@Nullable Void gone) throws IOException {
            if (left > 0) {
                left -= batch;
                for (int i = 1; i < batch; i++) {
                    stream.write(LINE, _ -> {});
                }
                stream.write(LINE, this);
            }
        }
    }

    /** Reads the lines one by one. */
    private static final class Reader implements IOCallback<byte[]> {

        private final BaseIOStream stream;
        private int left = LINES;

        Reader(BaseIOStream stream) {
            this.stream = stream;
        }

        @Override
        public void completed(byte[] line) throws IOException {
            left--;
            if (left > 0) {
                read();
            } else {
                IOLoop.current().stop();
            }
        }

        void read() throws IOException {
            stream.readUntil(NEWLINE, PIECE, this);
        }
    }

    private void inCallbacks(int batch) throws Exception {
        withPair((writer, reader) -> {
            new Reader(reader).read();
            new Writer(writer, batch).completed(null);
            IOLoop.current().start();
        });
    }

    private void waiting(byte[] written) throws Exception {
        withPair((writer, reader) -> {
            var writing = Green.spawn(() -> {
                for (int left = LINES * LINE.length; left > 0; left -= written.length) {
                    writer.write(written);
                }
            });
            for (int i = 0; i < LINES; i++) {
                reader.readUntil(NEWLINE, PIECE);
            }
            writing.await();
        });
    }

    private static byte[] batchOfLines() {
        var lines = ByteBuffer.allocate(BATCH * LINE.length);
        while (lines.hasRemaining()) {
            lines.put(LINE);
        }
        return lines.array();
    }

    /**
     * Callbacks, a thousand writes of a line before the writer is called again.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public void callbacks() throws Exception {
        inCallbacks(BATCH);
    }

    /**
     * Callbacks, and the writer is called again after each line.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public void callbacksOneByOne() throws Exception {
        inCallbacks(1);
    }

    /**
     * Green threads that wait, a thousand lines a write.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public void greenThreads() throws Exception {
        waiting(batchOfLines());
    }

    /**
     * Green threads that wait, a write a line.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public void greenThreadsOneByOne() throws Exception {
        waiting(LINE);
    }

    // ---- a long way to the delimiter

    private void pieces(int count) throws Exception {
        byte[] piece = new byte[PIECE];
        Arrays.fill(piece, (byte) 'a');
        withPair((writer, reader) -> {
            var writing = Green.spawn(() -> {
                for (int i = 0; i < count; i++) {
                    writer.write(piece);
                    Green.sleep(); // The reader has it before the next comes.
                }
                writer.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            });
            int length = reader.readUntil(END, Integer.MAX_VALUE).length;
            if (length != count * PIECE + 2) {
                throw new IllegalStateException("read: " + length);
            }
            writing.await();
        });
    }

    /**
     * A piece of 4 MiB up to the delimiter.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(PIECES_OF_4_MIB)
    public void pieceOf4Mebibytes() throws Exception {
        pieces(PIECES_OF_4_MIB);
    }

    /**
     * A piece of 16 MiB up to the delimiter.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(4 * PIECES_OF_4_MIB)
    public void pieceOf16Mebibytes() throws Exception {
        pieces(4 * PIECES_OF_4_MIB);
    }

    /**
     * A piece of 64 MiB up to the delimiter.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(16 * PIECES_OF_4_MIB)
    public void pieceOf64Mebibytes() throws Exception {
        pieces(16 * PIECES_OF_4_MIB);
    }
}
