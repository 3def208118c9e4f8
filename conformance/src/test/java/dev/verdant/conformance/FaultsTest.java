package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.spi.LoopSnapshot;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.testkit.faulty.Faults;
import dev.verdant.testkit.faulty.FaultyHub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Green code over a hub that has a bad day: whatever is cut, refused, late or out of descriptors, every byte is right and nothing is left. */
class FaultsTest {

    private static final int CLIENTS = 8;
    private static final int MOST_BYTES = 40_000;
    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    /** Each accept that fails is logged, and here they are many. */
    private static final Logger ACCEPTS = Logger.getLogger("dev.verdant.green.net");

    @BeforeAll
    static void doNotLogAccepts() {
        ACCEPTS.setLevel(Level.SEVERE);
    }

    @AfterAll
    static void logAccepts() {
        ACCEPTS.setLevel(null);
    }

    @HubTest(seconds = 300)
    void anEchoOverAFaultyHubLosesNothingAndLeavesNothing(HubProvider hub) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var seeds = new Random(seed);
        long injected = 0;
        for (int round = 0; round < Counts.of(1_000); round++) {
            injected += echo(hub, seeds.nextLong());
        }
        assertThat(injected).as("faults").isGreaterThan(100L * Counts.of(1_000));
    }

    /** One loop, one server, some clients; returns how many faults they met. */
    private static long echo(HubProvider hub, long seed) throws Exception {
        var random = new Random(seed);
        var faulty = new FaultyHub(hub);
        var faults = faulty.faults();
        var unseen = new Uncaught();
        try (var loop = EventLoop
                .start(options -> options.hub(faulty).name("faulty").onUncaught((_, e) -> unseen.add(e)))) {
            faults.randomly(random.nextLong(), random.nextDouble(0.1, 0.6));
            loop.spawn(() -> serveAndConnect(faults, random, seed)).await();
            assertThat(loop.spawn(FaultsTest::left).await()).as("left behind, seed %d", seed).isEmpty();
        }
        assertThat(unseen.failures()).as("failures that nobody saw, seed %d", seed).isEmpty();
        return faults.injected();
    }

    private static void serveAndConnect(Faults faults, Random random, long seed) throws Exception {
        var served = new AtomicInteger();
        GreenThread<?> server;
        try (var listener = Net.listen(ANY)) {
            server = Green.spawn(() -> Net.serve(listener, socket -> {
                socket.getInputStream().transferTo(socket.getOutputStream());
                served.incrementAndGet();
            }));
            var clients = new ArrayList<GreenThread<?>>();
            for (int i = 0; i < CLIENTS; i++) {
                disturb(faults, random);
                byte[] sent = new byte[random.nextInt(MOST_BYTES)];
                random.nextBytes(sent);
                var own = new Random(random.nextLong());
                clients.add(Green.spawn(() -> sendAndCompare(listener.getLocalSocketAddress(), sent, own, seed)));
            }
            for (GreenThread<?> client : clients) {
                client.await();
            }
        }
        server.await();
        assertThat(served).as("connections served, seed %d", seed).hasValue(CLIENTS);
    }

    /** What comes once, beside what comes by lot. */
    private static void disturb(Faults faults, Random random) {
        faults.blockWrites(random.nextInt(2));
        faults.blockReads(random.nextInt(2));
        if (random.nextInt(CLIENTS) == 0) {
            faults.failAccepts(1 + random.nextInt(2),
                    () -> new ResourceExhaustedException("Too many open files", new IOException("a fault")));
        }
    }

    private static void sendAndCompare(SocketAddress to, byte[] sent, Random random, long seed) throws Exception {
        try (var socket = Net.connect(to)) {
            var writer = Green.spawn(() -> {
                for (int at = 0; at < sent.length;) {
                    int piece = Math.min(sent.length - at, 1 + random.nextInt(10_000));
                    if (random.nextBoolean()) {
                        socket.getOutputStream().write(sent, at, piece);
                    } else {
                        socket.writeFully(ByteBuffer.wrap(sent, at, piece));
                    }
                    at += piece;
                }
                socket.shutdownOutput();
            });
            assertThat(readAll(socket)).as("seed %d", seed).isEqualTo(sent);
            writer.await();
        }
    }

    private static byte[] readAll(GreenSocket socket) throws IOException {
        int _ = socket.getInputStream().available(); // Reads ahead, under the same faults.
        return socket.getInputStream().readAllBytes();
    }

    /** What the loop holds beside the caller. Threads that are ending may take a few turns more. */
    private static List<String> left() {
        EventLoop loop = Objects.requireNonNull(EventLoop.current());
        LoopSnapshot seen = loop.snapshot();
        for (int turn = 0; turn < 1000 && !isClean(seen); turn++) {
            Green.sleep();
            seen = loop.snapshot();
        }
        return isClean(seen) ? List.of() : List.of(seen.toString());
    }

    private static boolean isClean(LoopSnapshot seen) {
        return seen.channels() == 0 && seen.timers() == 0 && seen.threads().size() == 1;
    }
}
