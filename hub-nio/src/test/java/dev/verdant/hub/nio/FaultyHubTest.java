package dev.verdant.hub.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.faulty.FaultyHub;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/** Each switch of a {@link FaultyHub}. Stands here because it needs a hub, which the test kit has none of. */
@Timeout(20)
class FaultyHubTest {

    private static final long MILLI = 1_000_000;
    /** So many bytes a call at the most, so that there are calls enough for the lots. */
    private static final int MOST = 200;

    private static final long PATIENCE_NANOS = 10_000 * MILLI;

    private final FaultyHub provider = new FaultyHub(new NioHubProvider());
    private final List<HubChannel> opened = new ArrayList<>();

    private Hub hub;
    private ListenerChannel listener;
    private StreamChannel client;
    private StreamChannel server;
    private int clientTold;
    private int serverTold;

    @BeforeEach
    void connect() throws IOException {
        hub = provider.open();
        listener = own(hub.openListener(SocketDomain.INTERNET));
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        client = newClient();
        server = accept();
        client.register(ops -> clientTold |= ops);
        server.register(ops -> serverTold |= ops);
    }

    @AfterEach
    void close() {
        hub.close();
        opened.forEach(HubChannel::close);
    }

    private <C extends HubChannel> C own(C channel) {
        opened.add(channel);
        return channel;
    }

    private StreamChannel newClient() throws IOException {
        StreamChannel connecting = own(hub.openStream(SocketDomain.INTERNET));
        if (!connecting.connect(Objects.requireNonNull(listener.localAddress()))) {
            until(connecting::finishConnect);
        }
        return connecting;
    }

    private StreamChannel accept() throws IOException {
        List<StreamChannel> accepted = new ArrayList<>();
        until(() -> {
            StreamChannel connection = listener.accept();
            return connection != null && accepted.add(own(connection));
        });
        return accepted.getFirst();
    }

    // ---- scripted

    @Test
    void soManyAcceptsFailAndTheConnectionIsStillThere() throws Exception {
        StreamChannel _ = newClient();
        provider.faults().failAccepts(2,
                () -> new ResourceExhaustedException("Too many open files", new IOException()));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(listener::accept).isInstanceOf(ResourceExhaustedException.class)
                    .hasMessage("Too many open files");
        }
        assertThat(accept().isOpen()).isTrue();
        assertThat(provider.faults().injected()).isEqualTo(2);
    }

    @Test
    void soManyConnectsFailAndTheNextGoesWell() throws Exception {
        provider.faults().failConnects(1, () -> new ConnectException("Connection refused"));
        assertThatThrownBy(this::newClient).isInstanceOf(ConnectException.class).hasMessage("Connection refused");
        assertThat(newClient().isOpen()).isTrue();
    }

    @Test
    void aReadIsCutAndWhatIsLeftIsToldOf() throws Exception {
        assertThat(client.write("abcdefgh".getBytes(US_ASCII), 0, 8)).isEqualTo(8);
        provider.faults().cutReads(3);
        var target = ByteBuffer.allocate(10);
        awaitAtServer(Readiness.READ);
        assertThat(server.read(target)).isEqualTo(3);
        assertThat(target.limit()).isEqualTo(10);
        serverTold = 0;
        awaitAtServer(Readiness.READ);
        assertThat(server.read(target)).isEqualTo(3);
        assertThat(server.read(target)).isEqualTo(2);
        assertThat(new String(target.array(), 0, 8, US_ASCII)).isEqualTo("abcdefgh");
    }

    @Test
    void aWriteIsCutAndTheRoomThatIsLeftIsToldOf() throws Exception {
        provider.faults().cutWrites(3);
        var source = ByteBuffer.wrap(new byte[8]);
        assertThat(client.write(source)).isEqualTo(3);
        assertThat(source.limit()).isEqualTo(8);
        clientTold = 0;
        awaitAtClient(Readiness.WRITE);
        assertThat(client.write(source)).isEqualTo(3);
        provider.faults().cutWrites(Integer.MAX_VALUE);
        assertThat(client.write(source)).isEqualTo(2);
    }

    @Test
    void aWriteTakesNothingOnceAndTheRoomIsToldOf() throws Exception {
        provider.faults().blockWrites(1);
        var source = ByteBuffer.wrap(new byte[8]);
        assertThat(client.write(source)).isZero();
        assertThat(source.position()).isZero();
        clientTold = 0;
        awaitAtClient(Readiness.WRITE);
        assertThat(client.write(source)).isEqualTo(8);
    }

    @Test
    void aReadFindsNothingOnceAndTheBytesAreToldOf() throws Exception {
        assertThat(client.write(new byte[1], 0, 1)).isEqualTo(1);
        awaitAtServer(Readiness.READ);
        provider.faults().blockReads(1);
        assertThat(server.read(new byte[1], 0, 1)).isZero();
        serverTold = 0;
        awaitAtServer(Readiness.READ);
        assertThat(server.read(new byte[1], 0, 1)).isEqualTo(1);
    }

    @Test
    void aWakeupComesLate() {
        provider.faults().delayWakeups(Duration.ofMillis(50));
        long start = System.nanoTime();
        hub.wakeup();
        hub.poll(PATIENCE_NANOS);
        assertThat(System.nanoTime() - start).isBetween(49 * MILLI, PATIENCE_NANOS / 2);
    }

    @Test
    void whenAllIsTurnedOffNothingFails() throws Exception {
        provider.faults().failAccepts(9, () -> new IOException("no"));
        provider.faults().failConnects(9, () -> new IOException("no"));
        provider.faults().cutReads(1);
        provider.faults().cutWrites(1);
        provider.faults().blockWrites(9);
        provider.faults().blockReads(9);
        provider.faults().delayWakeups(Duration.ofHours(1));
        provider.faults().randomly(1, 0.9);
        provider.faults().clear();
        StreamChannel _ = newClient();
        assertThat(accept().isOpen()).isTrue();
        assertThat(client.write(new byte[8], 0, 8)).isEqualTo(8);
        until(() -> server.read(new byte[8], 0, 8) == 8);
        hub.wakeup();
        hub.poll(PATIENCE_NANOS);
        assertThat(provider.faults().injected()).isZero();
    }

    @Test
    void badArgumentsAreRefusedInASentence() {
        assertThatThrownBy(() -> provider.faults().cutReads(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("most: 0 (expected: >= 1)");
        assertThatThrownBy(() -> provider.faults().blockWrites(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("times: -1 (expected: >= 0)");
        assertThatThrownBy(() -> provider.faults().randomly(1, 1.0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("share: 1.0 (expected: 0 <= share < 1)");
    }

    // ---- by lot

    @Test
    void everyByteArrivesThoughLotsAreDrawn(TestReporter reporter) throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        reporter.publishEntry("verdant.seed", String.valueOf(seed));
        provider.faults().randomly(seed, 0.5);
        var sent = new byte[20_000];
        new Random(seed).nextBytes(sent);
        var received = new byte[sent.length];
        assertThat(transfer(sent, received)).as("seed %d", seed).isTrue();
        assertThat(received).as("seed %d", seed).isEqualTo(sent);
        assertThat(provider.faults().injected()).isGreaterThan(50);
    }

    @Test
    void aSeedRepeatsItself() throws Exception {
        List<List<Integer>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            provider.faults().randomly(42, 0.5);
            List<Integer> counts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                counts.add(client.write(new byte[50], 0, 50));
            }
            runs.add(counts);
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1)).contains(0, 50);
    }

    /** Tries once for each event, as an edge-triggered loop does: whatever a fault holds back must be told of. */
    private boolean transfer(byte[] sent, byte[] received) throws IOException {
        int gone = 0;
        int got = 0;
        clientTold = Readiness.WRITE;
        serverTold = Readiness.READ;
        long start = System.nanoTime();
        while (got < received.length && System.nanoTime() - start < PATIENCE_NANOS) {
            if ((clientTold & Readiness.WRITE) != 0 && gone < sent.length) {
                clientTold = 0;
                gone += client.write(sent, gone, Math.min(MOST, sent.length - gone));
                client.arm(Readiness.WRITE);
            }
            if ((serverTold & Readiness.READ) != 0) {
                serverTold = 0;
                got += server.read(received, got, Math.min(MOST, received.length - got));
                server.arm(Readiness.READ);
            }
            hub.poll(10 * MILLI);
        }
        return got == received.length;
    }

    // ---- moves

    @Test
    void aChannelMovesToAnotherHubOfTheSameFaultyProviderWithWhatIsHeldBack() throws Exception {
        try (Hub other = provider.open()) {
            assertThat(client.write(new byte[8], 0, 8)).isEqualTo(8);
            awaitAtServer(Readiness.READ);
            provider.faults().cutReads(3);
            assertThat(server.read(new byte[8], 0, 8)).isEqualTo(3);
            server.moveTo(other);
            int[] told = {0};
            server.register(ops -> told[0] |= ops);
            server.arm(Readiness.READ);
            serverTold = 0;
            hub.poll(0);
            long start = System.nanoTime();
            while (told[0] == 0 && System.nanoTime() - start < PATIENCE_NANOS) {
                other.poll(10 * MILLI);
            }
            assertThat(told[0] & Readiness.READ).isNotZero();
            assertThat(server.read(new byte[8], 0, 8)).isEqualTo(3);
            assertThat(serverTold).isZero();
        }
    }

    @Test
    void aChannelDoesNotMoveToAHubThatIsNotFaultyInTheSameWay() {
        try (Hub sound = new NioHubProvider().open();
                Hub stranger = new FaultyHub(new NioHubProvider()).open()) {
            for (Hub target : List.of(sound, stranger)) {
                assertThatThrownBy(() -> client.moveTo(target)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    // ---- tools

    private void awaitAtServer(int op) throws IOException {
        server.arm(op);
        until(() -> (serverTold & op) != 0);
    }

    private void awaitAtClient(int op) throws IOException {
        client.arm(op);
        until(() -> (clientTold & op) != 0);
    }

    private void until(Condition condition) throws IOException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            assertThat(System.nanoTime() - start).as("nanoseconds waited").isLessThan(PATIENCE_NANOS);
            hub.poll(10 * MILLI);
        }
    }

    private interface Condition {
        boolean holds() throws IOException;
    }
}
