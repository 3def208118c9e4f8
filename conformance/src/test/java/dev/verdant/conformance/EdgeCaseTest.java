package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** What happens to sockets on bad days, on the loopback. */
class EdgeCaseTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    @HubTest
    void aConnectThatIsUnderWayEndsWhenItsSocketIsClosed() throws Exception {
        var socket = new GreenSocket();
        try (var full = new FullBacklog()) {
            var connecting = Green.spawn(() -> {
                socket.connect(full.address());
                return null;
            });
            awaitParked(connecting);
            socket.close();
            assertThatThrownBy(connecting::await).isInstanceOf(SocketException.class).hasMessageContaining("closed");
        }
    }

    @HubTest
    void aConnectThatIsKilledLeavesNothing() throws Exception {
        try (var full = new FullBacklog()) {
            var connecting = Green.spawn(() -> Net.connect(full.address()));
            awaitParked(connecting);
            connecting.kill();
            assertThat(connecting.isCancelled()).isTrue();
        }
    }

    /** A listener whose queue has no room: the kernel lets further connects wait. */
    private static final class FullBacklog implements AutoCloseable {

        private final GreenServerSocket listener = Net.listen(ANY, 1);
        private final List<GreenSocket> waiting = new ArrayList<>();

        FullBacklog() throws IOException {
            try {
                while (true) {
                    waiting.add(Net.connect(address(), Duration.ofMillis(100)));
                }
            } catch (SocketTimeoutException e) {
                // Full.
            }
        }

        SocketAddress address() {
            return Objects.requireNonNull(listener.getLocalSocketAddress());
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (GreenSocket each : waiting) {
                each.close();
            }
        }
    }

    private static void awaitParked(GreenThread<?> thread) {
        while (thread.thread().getState() != Thread.State.WAITING) {
            Green.sleep();
        }
    }

    @HubTest(seconds = 60)
    void clientsThatFindTheBacklogFullTryAgainAndAreServedInTheEnd() throws Exception {
        try (var listener = Net.listen(ANY, 1)) {
            var clients = new ArrayList<GreenThread<Integer>>();
            for (int i = 0; i < 20; i++) {
                clients.add(Green.spawn(() -> requestUntilServed(listener.getLocalSocketAddress())));
            }
            Green.sleep();
            Green.spawnN(() -> Net.serve(listener, connection -> connection.sendAll(new byte[]{1})));
            for (GreenThread<Integer> client : clients) {
                assertThat(client.await()).isEqualTo(1);
            }
        }
    }

    /** Where the queue is full the kernel lets the client believe that it is connected, and answers late. */
    private static int requestUntilServed(SocketAddress server) throws IOException {
        while (true) {
            try (var client = Net.connect(server, Duration.ofMillis(500))) {
                client.setSoTimeout(500);
                return client.recv(1)[0];
            } catch (SocketTimeoutException e) {
                // Once more.
            }
        }
    }

    @HubTest
    void theIpv4WildcardMeansThisHost() throws Exception {
        try (var listener = Net.listen(ANY);
                var client = Net.connect(new InetSocketAddress("0.0.0.0", listener.getLocalPort()));
                var server = listener.accept()) {
            assertThat(server.getPort()).isEqualTo(client.getLocalPort());
        }
    }

    /** TCP opens at both ends at once: the socket talks to itself. */
    @HubTest
    @NotSimulated("the simulated network knows no simultaneous open")
    void aSocketThatConnectsToItsOwnPortTalksToItself() throws Exception {
        try (var socket = new GreenSocket()) {
            socket.bind(ANY);
            socket.connect(socket.getLocalSocketAddress());
            socket.sendAll(new byte[]{1, 2});
            assertThat(socket.recv(2)).containsExactly(1, 2);
        }
    }

    @HubTest
    void aListenerRestartsAtOnceThoughItsOldConnectionsLingerInTimeWait() throws Exception {
        SocketAddress address;
        try (var listener = Net.listen(ANY)) {
            address = listener.getLocalSocketAddress();
            try (var client = Net.connect(address)) {
                listener.accept().close(); // Who closes first has the TIME_WAIT.
                assertThat(client.recv(1)).isEmpty();
            }
        }
        try (var again = Net.listen(address); var _ = Net.connect(address); var server = again.accept()) {
            assertThat(server.isConnected()).isTrue();
        }
    }

    @HubTest
    void twoListenersShareAPortIfBothAskForIt() throws Exception {
        try (var first = Net.listen(ANY, options -> options.reusePort(true));
                var second = Net.listen(first.getLocalSocketAddress(), options -> options.reusePort(true))) {
            int count = 40;
            var counts = new int[2];
            var acceptors = List.of(acceptor(first, counts, 0), acceptor(second, counts, 1));
            for (int i = 0; i < count; i++) {
                try (var client = Net.connect(first.getLocalSocketAddress())) {
                    assertThat(client.recv(1)).hasSize(1);
                }
            }
            acceptors.forEach(GreenThread::kill);
            assertThat(counts[0] + counts[1]).isEqualTo(count);
        }
    }

    private static GreenThread<?> acceptor(GreenServerSocket listener, int[] counts, int index) {
        return Green.spawn(() -> {
            while (true) {
                try (var connection = listener.accept()) {
                    counts[index]++;
                    connection.sendAll(new byte[1]);
                }
            }
        });
    }

    /** The program that was started would keep the port if it inherited the descriptor. */
    @HubTest
    void aProgramThatIsStartedMeanwhileDoesNotKeepThePort() throws Exception {
        var listener = Net.listen(ANY);
        SocketAddress address = listener.getLocalSocketAddress();
        Process child = new ProcessBuilder("sleep", "60").start();
        try {
            listener.close();
            Net.listen(address).close();
            try (var pair = SocketPair.open()) {
                Process another = new ProcessBuilder("sleep", "60").start();
                pair.client().close();
                assertThat(pair.server().recv(1)).isEmpty();
                another.destroyForcibly().waitFor();
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    @HubTest(seconds = 120)
    void whoHasEndedItsOutputCanStillReadAGibibyte() throws Exception {
        long total = (long) Counts.of(1024) << 20;
        try (var pair = SocketPair.open()) {
            var sender = Green.spawn(() -> {
                assertThat(pair.server().recv(1)).isEmpty();
                var chunk = ByteBuffer.allocateDirect(1 << 20);
                for (long sent = 0; sent < total; sent += chunk.capacity()) {
                    pair.server().writeFully(chunk.clear());
                }
                pair.server().shutdownOutput();
                return null;
            });
            pair.client().shutdownOutput();
            long received = 0;
            var target = ByteBuffer.allocateDirect(1 << 18);
            for (int count = pair.client().read(target); count >= 0; count = pair.client().read(target.clear())) {
                received += count;
            }
            assertThat(received).isEqualTo(total);
            sender.await();
        }
    }

    /** The byte at an offset is known, so that one that is lost, doubled or elsewhere shows. */
    @HubTest(seconds = 300)
    void twoGibibytesWrittenInPiecesArriveExactly() throws Exception {
        long total = (long) Counts.of(2048) << 20;
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var period = new byte[1_048_583]; // A prime: no buffer's size divides it.
        random.nextBytes(period);
        var source = ByteBuffer.allocateDirect(2 * period.length).put(period).put(period);
        try (var pair = SocketPair.open()) {
            var writer = Green.spawn(() -> {
                for (long sent = 0; sent < total;) {
                    int piece = (int) Math.min(total - sent, 1 + random.nextInt(1 << random.nextInt(10, 21)));
                    pair.client().writeFully(source.slice((int) (sent % period.length), piece));
                    sent += piece;
                }
                pair.client().shutdownOutput();
            });
            var target = ByteBuffer.allocateDirect(1 << 18);
            long received = 0;
            for (int count = pair.server().read(target); count >= 0; count = pair.server().read(target.clear())) {
                var expected = source.slice((int) (received % period.length), count);
                assertThat(target.flip().mismatch(expected)).as("from byte %d, seed %d", received, seed).isEqualTo(-1);
                received += count;
            }
            assertThat(received).as("seed %d", seed).isEqualTo(total);
            writer.await();
        }
    }

    @HubTest
    void aWriteToAPeerWhoseWindowIsShutHasItsTimeLimitAndThePeerStillGetsWhatWent() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().setKeepAlive(true);
            var source = ByteBuffer.allocate(256 << 20);
            assertThatThrownBy(() -> Timeout.call(Duration.ofSeconds(1), () -> {
                pair.client().writeFully(source);
                return null;
            })).isInstanceOf(Timeout.class);
            long received = 0;
            for (byte[] bytes = pair.server().recv(1 << 20); bytes.length > 0; bytes = pair.server().recv(1 << 20)) {
                received += bytes.length;
            }
            assertThat(received).isEqualTo(source.position());
        }
    }

    @HubTest
    void anIdleConnectionWhosePeerHasEndedDoesNotKeepTheLoopTurning() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(new byte[]{1});
            pair.client().close();
            Green.sleep(Duration.ofMillis(50));
            var loop = Objects.requireNonNull(EventLoop.current());
            long before = loop.snapshot().turns();
            Green.sleep(Duration.ofMillis(200));
            assertThat(loop.snapshot().turns() - before).isLessThan(50);
            assertThat(pair.server().recv(2)).containsExactly(1);
            assertThat(pair.server().recv(2)).isEmpty();
        }
    }

    @HubTest
    void emptyReadsAndWritesTouchNothingAndDoNotWait() throws Exception {
        try (var pair = SocketPair.open()) {
            var empty = ByteBuffer.allocate(0);
            assertThat(pair.client().read(empty)).isZero();
            pair.client().writeFully(empty);
            pair.client().sendAll(new byte[0]);
            assertThat(pair.client().getInputStream().read(new byte[0])).isZero();
            pair.client().getOutputStream().write(new byte[3], 3, 0);
            pair.client().shutdownOutput();
            assertThat(pair.server().recv(1)).isEmpty();
        }
    }

    @HubTest(seconds = 120)
    void aThousandIdleConnectionsDoNotDisturbTheActiveOnes() throws Exception {
        try (var listener = Net.listen(ANY, 1024)) {
            listener.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            Green.spawnN(() -> Net.serve(listener, connection -> connection.getInputStream()
                    .transferTo(connection.getOutputStream()), 2000));
            var idle = new ArrayList<GreenSocket>();
            for (int i = 0; i < 1000; i++) {
                idle.add(Net.connect(listener.getLocalSocketAddress()));
            }
            long parked;
            try (var active = Net.connect(listener.getLocalSocketAddress())) {
                active.sendAll(new byte[]{7});
                assertThat(active.recv(1)).containsExactly(7); // It came last, so all others have their handlers now.
                parked = Objects.requireNonNull(EventLoop.current()).snapshot().switches();
                for (int i = 0; i < 100; i++) {
                    active.sendAll(new byte[]{(byte) i});
                    assertThat(active.recv(1)).containsExactly(i);
                }
            }
            assertThat(EventLoop.current().snapshot().switches() - parked).as("switches for 100 exchanges")
                    .isLessThan(2500);
            for (GreenSocket each : idle) {
                each.close();
            }
        }
    }
}
