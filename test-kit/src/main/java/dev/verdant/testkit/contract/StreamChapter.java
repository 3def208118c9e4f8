package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Bytes. */
public abstract class StreamChapter extends HubChapter {

    private static final int LARGE = 8_000_000;
    private static final int LARGEST_WRITE = 1_000_000;

    private static final List<Carrier> CARRIERS = List.of(new Carrier.Arrays(),
            new Carrier.Buffers("heap buffers", ByteBuffer::allocate),
            new Carrier.Buffers("direct buffers", ByteBuffer::allocateDirect), Carrier.Several.mixed(),
            Carrier.Several.many());

    private final long seed = Long.getLong("verdant.seed", new Random().nextLong());
    private final Random random = new Random(seed);

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected StreamChapter(HubProvider provider) {
        super(provider);
    }

    @BeforeEach
    void tellTheSeed(TestReporter reporter) {
        reporter.publishEntry("verdant.seed", String.valueOf(seed));
    }

    /** Messages of every size come back as they went, whichever of the kinds of call carries them. */
    @Test
    void everyByteOfAnEchoIsRight() throws Exception {
        for (Carrier out : CARRIERS) {
            for (Carrier in : CARRIERS) {
                if (in instanceof Carrier.Several != out instanceof Carrier.Several) {
                    continue;
                }
                Pair pair = driver().connect();
                for (int i = 0; i < 60; i++) {
                    byte[] sent = bytes(random.nextInt(1 << random.nextInt(18)) + 1);
                    assertThat(carry(pair, out, in, sent))
                            .as("seed %d: %d bytes by %s and %s", seed, sent.length, out, in).isEqualTo(sent);
                }
                pair.close();
            }
        }
    }

    private byte[] carry(Pair pair, Carrier out, Carrier in, byte[] sent) throws IOException {
        var received = new byte[sent.length];
        int gone = 0;
        int got = 0;
        for (long start = System.nanoTime(); got < sent.length && System.nanoTime() - start < HubDriver.PATIENCE;) {
            int written = gone == sent.length ? 0 : out.write(pair.client.channel, sent, gone, sent.length - gone);
            int read = in.read(pair.server.channel, received, got, 1 + random.nextInt(received.length - got));
            gone += written;
            got += read;
            if (read == 0) {
                pair.server.await(Readiness.READ);
            }
        }
        return received;
    }

    @Test
    void largeTransfersSurviveBackPressure() throws Exception {
        for (Carrier carrier : CARRIERS) {
            Pair pair = driver().connect();
            byte[] sent = bytes(LARGE);
            var received = new byte[LARGE];
            int shortWrites = 0;
            int gone = 0;
            int got = 0;
            while (got < LARGE) {
                while (gone < LARGE) {
                    // What several buffers carry is put into them anew for each call.
                    int asked = Math.min(LARGE - gone,
                            carrier instanceof Carrier.Several ? LARGEST_WRITE / 4 : LARGEST_WRITE);
                    int count = carrier.write(pair.client.channel, sent, gone, asked);
                    gone += count;
                    shortWrites += count < asked ? 1 : 0;
                    if (count == 0) {
                        break;
                    }
                }
                var piece = new byte[Math.min(100_000, LARGE - got)];
                int count = pair.server.read(piece);
                System.arraycopy(piece, 0, received, got, count);
                got += count;
            }
            assertThat(received).as("seed %d by %s", seed, carrier).isEqualTo(sent);
            assertThat(shortWrites).isPositive();
            pair.close();
        }
    }

    /** Both ends send and both read, so that neither may wait for the other. */
    @Test
    void bothDirectionsAreIndependent() throws Exception {
        Pair pair = driver().connect();
        byte[] east = bytes(1_000_000);
        byte[] west = bytes(1_000_000);
        var atServer = new byte[east.length];
        var atClient = new byte[west.length];
        int[] done = new int[4];
        driver().until("both transfers", () -> {
            done[0] += pair.client.channel.write(east, done[0], east.length - done[0]);
            done[1] += pair.server.channel.write(west, done[1], west.length - done[1]);
            done[2] += pair.server.channel.read(atServer, done[2], atServer.length - done[2]);
            done[3] += pair.client.channel.read(atClient, done[3], atClient.length - done[3]);
            pair.client.channel.arm(Readiness.READ | Readiness.WRITE);
            pair.server.channel.arm(Readiness.READ | Readiness.WRITE);
            return done[2] == east.length && done[3] == west.length;
        });
        assertThat(atServer).as("seed %d", seed).isEqualTo(east);
        assertThat(atClient).as("seed %d", seed).isEqualTo(west);
    }

    @Test
    void aWriterThatWasHeldUpIsToldWhenThereIsRoom() throws Exception {
        Pair pair = driver().connect();
        for (int i = 0; i < 5; i++) {
            int total = pair.client.fill();
            driver().settle();
            int more = pair.client.fill();
            pair.client.channel.arm(Readiness.WRITE);
            int calls = pair.client.calls;
            assertThat(pair.server.readFully(total + more)).isEqualTo(new byte[total + more]);
            driver().until("room to write", () -> pair.client.calls > calls);
        }
    }

    @Test
    void nothingIsReadWhereNothingIs() throws Exception {
        Pair pair = driver().connect();
        for (Carrier carrier : CARRIERS) {
            assertThat(carrier.read(pair.client.channel, new byte[10], 0, 10)).isZero();
        }
    }

    @Test
    void anEmptyBufferCarriesNothing() throws Exception {
        Pair pair = driver().connect();
        pair.client.writeFully((byte) 1);
        for (Carrier carrier : CARRIERS) {
            assertThat(carrier.write(pair.client.channel, new byte[10], 5, 0)).isZero();
            assertThat(carrier.read(pair.server.channel, new byte[10], 5, 0)).isZero();
        }
        pair.client.channel.close();
        assertThat(pair.server.readFully(1)).containsExactly(1);
        for (Carrier carrier : CARRIERS) {
            assertThat(carrier.read(pair.server.channel, new byte[0], 0, 0)).isZero();
        }
    }

    @Test
    void onlyTheRangeIsTouched() throws Exception {
        Pair pair = driver().connect();
        pair.client.writeFully((byte) 1, (byte) 2, (byte) 3, (byte) 4);
        var target = new byte[10];
        Arrays.fill(target, (byte) 9);
        driver().until("four bytes", () -> pair.server.channel.read(target, 3, 4) == 4);
        assertThat(target).containsExactly(9, 9, 9, 1, 2, 3, 4, 9, 9, 9);
        assertThatThrownBy(() -> pair.server.channel.read(new byte[3], 2, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pair.server.channel.write(new byte[3], -1, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void slicesAndReadOnlyBuffersAreWrittenAndPositionsMove() throws Exception {
        Pair pair = driver().connect();
        ByteBuffer whole = ByteBuffer.allocate(20);
        for (int i = 0; i < 20; i++) {
            whole.put(i, (byte) i);
        }
        ByteBuffer slice = whole.slice(5, 10).position(2).limit(6);
        assertThat(pair.client.channel.write(slice)).isEqualTo(4);
        assertThat(slice.position()).isEqualTo(6);
        ByteBuffer readOnly = whole.asReadOnlyBuffer().position(15).limit(18);
        assertThat(pair.client.channel.write(readOnly)).isEqualTo(3);
        assertThat(readOnly.position()).isEqualTo(18);

        for (ByteBuffer target : List.of(ByteBuffer.allocate(20).slice(5, 10),
                ByteBuffer.allocateDirect(20).slice(5, 10))) {
            target.position(1).limit(8);
            driver().until("seven bytes", () -> pair.server.channel.read(target) >= 0 && target.position() == 8);
            assertThat(target.limit()).isEqualTo(8);
            var received = new byte[10];
            target.get(0, received, 0, 8);
            assertThat(received).containsExactly(0, 7, 8, 9, 10, 15, 16, 17, 0, 0);
            pair.client.writeFully((byte) 7, (byte) 8, (byte) 9, (byte) 10, (byte) 15, (byte) 16, (byte) 17);
        }
    }

    @Test
    void aReadOnlyBufferIsNotReadInto() throws Exception {
        Pair pair = driver().connect();
        for (ByteBuffer target : List.of(ByteBuffer.allocate(5).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(5).asReadOnlyBuffer())) {
            assertThatThrownBy(() -> pair.server.channel.read(target)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aReadOnlyBufferAmongSeveralIsNotReadInto() throws Exception {
        Pair pair = driver().connect();
        pair.client.writeFully((byte) 1, (byte) 2);
        var first = ByteBuffer.allocate(1);
        assertThatThrownBy(() -> pair.server.channel
                .read(new ByteBuffer[]{first, ByteBuffer.allocate(5).asReadOnlyBuffer()}, 0, 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(first.position()).isZero();
        assertThat(pair.server.readFully(2)).containsExactly(1, 2);
    }

    @Test
    void onlyTheBuffersThatAreMeantCarryAnything() throws Exception {
        Pair pair = driver().connect();
        StreamChannel writer = pair.client.channel;
        StreamChannel reader = pair.server.channel;
        var sources = new ByteBuffer[]{ByteBuffer.allocate(9), ByteBuffer.wrap(new byte[]{1, 2}),
                ByteBuffer.allocateDirect(0), ByteBuffer.wrap(new byte[]{3}), ByteBuffer.allocate(9)};
        var targets = new ByteBuffer[]{ByteBuffer.allocate(1), ByteBuffer.allocateDirect(1), ByteBuffer.allocate(5)};
        assertThat(writer.write(sources, 1, 3)).isEqualTo(3);
        driver().until("three bytes", () -> reader.read(targets, 1, 2) >= 0 && targets[2].position() == 2);
        assertThat(targets[0].position()).isZero();
        assertThat(targets[1].get(0)).isEqualTo((byte) 1);
        assertThat(targets[2].array()).containsExactly(2, 3, 0, 0, 0);
        assertThat(sources[0].position() + sources[4].position()).isZero();
        assertThat(writer.write(sources, 2, 0)).isZero();
        assertThat(reader.read(targets, 1, 1)).isZero();
        assertThatThrownBy(() -> writer.write(sources, 3, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> reader.read(targets, -1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void severalBuffersEndAsOneDoes() throws Exception {
        Pair ended = driver().connect();
        ended.client.writeFully((byte) 1);
        ended.client.channel.close();
        var targets = new ByteBuffer[]{ByteBuffer.allocateDirect(4), ByteBuffer.allocate(4)};
        driver().until("a byte", () -> ended.server.channel.read(targets, 0, 2) == 1);
        driver().until("the end", () -> ended.server.channel.read(targets, 0, 2) == -1);
        Pair reset = driver().connect();
        reset.client.reset();
        reset.server.await(Readiness.READ);
        assertThatThrownBy(() -> reset.server.channel.read(targets, 0, 2)).hasMessage("Connection reset");
        Pair shut = driver().connect();
        shut.client.channel.shutdownOutput();
        var sources = new ByteBuffer[]{ByteBuffer.allocateDirect(4), ByteBuffer.allocate(4)};
        assertThatThrownBy(() -> shut.client.channel.write(sources, 0, 2)).hasMessage("Broken pipe");
        shut.client.channel.close();
        assertThatThrownBy(() -> shut.client.channel.write(sources, 0, 2)).hasMessage("Socket closed");
    }

    @Test
    void aReaderThatTakesALittleAtATimeGetsAll() throws Exception {
        Pair pair = driver().connect();
        byte[] sent = bytes(1000);
        pair.client.writeFully(Arrays.copyOf(sent, 500));
        var received = new byte[1000];
        var few = new byte[7];
        for (int got = 0; got < 1000;) {
            int count = pair.server.read(few);
            System.arraycopy(few, 0, received, got, count);
            got += count;
            driver().hub.poll(0);
            if (got == 7) {
                pair.client.writeFully(Arrays.copyOfRange(sent, 500, 1000));
            }
        }
        assertThat(received).as("seed %d", seed).isEqualTo(sent);
    }

    /** Again and again, so that what a reader leaves behind meets what has just come. */
    @Test
    void manyIdleStreamsHideNoActiveOne() throws Exception {
        var listener = driver().listen(0, 300);
        var pairs = new ArrayList<Pair>();
        for (int i = 0; i < 300; i++) {
            var pair = driver().connect(listener);
            assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
            pair.server.channel.arm(Readiness.READ);
            pairs.add(pair);
        }
        driver().settle();
        pairs.forEach(pair -> pair.server.told = 0);
        for (int i = 0; i < 300; i += 7) {
            var active = pairs.get(i);
            active.client.writeFully((byte) i);
            driver().until("READ", () -> active.server.toldOf(Readiness.READ));
            assertThat(active.server.readFully(1)).containsExactly((byte) i);
        }
    }

    @Test
    void aPartialDrainLosesNoWakeup() throws Exception {
        Pair pair = driver().connect();
        for (int i = 0; i < 2000; i++) {
            pair.client.writeFully(new byte[1 + random.nextInt(30)]);
            driver().hub.poll(0);
            StreamChannel reader = pair.server.channel;
            int count = reader.read(new byte[10], 0, 10);
            pair.client.writeFully((byte) 5);
            while (count > 0) {
                count = reader.read(new byte[10], 0, 10);
            }
            int calls;
            do {
                calls = pair.server.calls;
                assertThat(reader.read(new byte[10], 0, 10)).isZero();
                reader.arm(Readiness.READ);
                driver().hub.poll(0);
            } while (pair.server.calls != calls);
            int before = calls;
            pair.client.writeFully((byte) 6);
            driver().until("a byte after a drain (seed " + seed + ")", () -> pair.server.calls > before);
            assertThat(reader.read(new byte[10], 0, 10)).isEqualTo(1);
        }
    }

    private byte[] bytes(int length) {
        var made = new byte[length];
        random.nextBytes(made);
        return made;
    }
}
