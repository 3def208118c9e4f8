package dev.verdant.green.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An engine may make larger records than it said, take nothing for once, and want more or room for more at any time. No byte is lost. */
@Timeout(60)
class GrowingRecordsTest {

    private static final SslOptions OPTIONS = SslOptions.forClient().engine(Engine.JDK).handshakeTimeout(null).build();

    /** What one side sends and the other reads, in pieces of any size. Nothing waits: what is read is there, or was lost. */
    private static final class Wire implements GreenStream {

        private final Random random;
        private final ByteBuffer sent = ByteBuffer.allocate(4 << 20);
        private int read;

        Wire(long seed) {
            this.random = new Random(seed);
        }

        @Override
        public int tryRead(ByteBuffer target) {
            int piece = 1 + random.nextInt(1 << random.nextInt(18));
            int count = Math.min(Math.min(piece, target.remaining()), sent.position() - read);
            target.put(sent.array(), read, count);
            read += count;
            return count;
        }

        @Override
        public int tryWrite(ByteBuffer source) {
            byte[] piece = new byte[Math.min(source.remaining(), 1 + random.nextInt(1 << 16))];
            source.get(piece);
            sent.put(piece);
            return piece.length;
        }

        @Override
        public int read(ByteBuffer target) {
            throw new AssertionError("TLS only tries");
        }

        @Override
        public void writeFully(ByteBuffer source) {
            throw new AssertionError("TLS only tries");
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) {
            if (timeout == null) {
                throw new AssertionError("waits for more, and all has come: " + read + " of " + sent.position());
            }
            return false; // A look, at the close.
        }

        @Override
        public boolean awaitWritable(@Nullable Duration timeout) {
            throw new AssertionError("there is room");
        }
    }

    private static TlsConnection connection(Wire wire, GrowingEngine engine, boolean direct) {
        return new TlsConnection(wire, () -> {}, new TlsEngine(engine, direct, () -> {}),
                OPTIONS, "a test's", () -> {});
    }

    /** Data goes over a wire; adds how often the engines refused. */
    private static void carry(long seed, boolean direct, List<Integer> refusals) throws IOException {
        var random = new Random(seed);
        byte[] data = new byte[1 + random.nextInt(400_000)];
        random.nextBytes(data);
        int largest = 1 << (6 + random.nextInt(12));
        var wire = new Wire(seed);
        var near = new GrowingEngine(seed, largest);
        var far = new GrowingEngine(seed + 1, largest);
        TlsConnection from = connection(wire, near, direct);
        ByteBuffer source = random.nextBoolean() ? ByteBuffer.wrap(data) : direct(data);
        while (source.hasRemaining()) {
            int end = Math.min(data.length, source.position() + 1 + random.nextInt(200_000));
            from.writeFully(source.limit(end));
            source.limit(data.length);
        }
        TlsConnection to = connection(wire, far, direct);
        byte[] got = new byte[data.length];
        int at = 0;
        while (at < data.length) {
            int most = Math.min(data.length - at, 1 + random.nextInt(1 << random.nextInt(18)));
            ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(most) : ByteBuffer.allocateDirect(most);
            int count = to.read(target, Limit.NONE, true);
            assertThat(count).as("seed %s", seed).isEqualTo(target.position()).isPositive();
            target.flip().get(got, at, count);
            at += count;
        }
        assertThat(got).as("seed %s", seed).isEqualTo(data);
        assertThat(wire.read).as("seed %s", seed).isEqualTo(wire.sent.position());
        from.close(false);
        to.close(false);
        refusals.add(near.overflows());
        refusals.addAll(far.refusals());
    }

    private static ByteBuffer direct(byte[] data) {
        return ByteBuffer.allocateDirect(data.length).put(data).flip();
    }

    @Test
    void noByteIsLostThoughRecordsGrowWhileTheyAreMadeAndRead() throws IOException {
        long first = Long.getLong("verdant.seed", new Random().nextLong());
        System.out.println("seed " + first);
        var refused = new int[4];
        for (long seed = first; seed < first + 200; seed++) {
            var refusals = new ArrayList<Integer>();
            carry(seed, seed % 2 == 0, refusals);
            Arrays.setAll(refused, i -> refused[i] + refusals.get(i));
        }
        assertThat(refused).as("in each way").doesNotContain(0);
    }

    /** A peer cannot have us keep as much as it likes by making its records ever larger. */
    @Test
    void whoMakesRecordsThatAreLargerThanAllWeKeepIsRefused() throws IOException {
        var wire = new Wire(1);
        wire.sent.putInt(300_000).put(new byte[300_000]);
        TlsConnection to = connection(wire, new GrowingEngine(1, 1 << 20), false);
        assertThatThrownBy(() -> to.read(ByteBuffer.allocate(10), Limit.NONE, true)).isInstanceOf(SSLException.class)
                .hasMessageContaining("decrypted bytes");
        assertThatThrownBy(() -> to.read(ByteBuffer.allocate(10), Limit.NONE, true)).isInstanceOf(IOException.class);
    }
}
