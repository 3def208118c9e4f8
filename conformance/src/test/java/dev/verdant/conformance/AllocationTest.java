package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.queue.LightQueue;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;

/**
 * How much a loop's thread allocates for a request in steady state. What green threads allocate is counted there, too: it is the thread that runs them. The
 * peer is a thread of its own. The compilers take some rounds to leave out objects that nobody needs, so the least of all rounds counts.
 */
@Tag("hot")
@NotSimulated("the peer is a thread of its own")
class AllocationTest {

    private static final int REQUEST = 64;
    private static final int ROUND = Counts.of(250_000);
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @HubTest(seconds = 120)
    void aRequestInBuffersAllocatesNothing(TestReporter reporter) throws Exception {
        assertAtMost(0, "buffers", reporter, socket -> {
            var buffer = ByteBuffer.allocateDirect(REQUEST);
            while (socket.read(buffer.clear()) >= 0) {
                socket.writeFully(buffer.flip());
            }
        });
    }

    /** NIO lists them for the system anew each time. */
    @HubTest(seconds = 120)
    void aRequestInSeveralBuffersAllocatesNothingUnlessOnNio(TestReporter reporter) throws Exception {
        assertAtMost(limitOnNio(300), "several buffers", reporter, socket -> {
            ByteBuffer[] buffers = {ByteBuffer.allocateDirect(12), ByteBuffer.allocateDirect(REQUEST - 12)};
            while (socket.read(buffers) >= 0) {
                buffers[0].flip();
                buffers[1].flip();
                socket.writeFully(buffers);
                buffers[0].clear();
                buffers[1].clear();
            }
        });
    }

    @HubTest(seconds = 120)
    void aRequestByStreamsAllocatesAtMost200Bytes(TestReporter reporter) throws Exception {
        assertAtMost(200, "streams", reporter, socket -> {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            var buffer = new byte[REQUEST];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
        });
    }

    @HubTest(seconds = 120)
    void aRequestUnderATimeoutAllocatesAtMost200Bytes(TestReporter reporter) throws Exception {
        var time = Duration.ofSeconds(30);
        assertAtMost(200, "Timeout.call around a read", reporter, socket -> {
            var buffer = ByteBuffer.allocateDirect(REQUEST);
            while (Timeout.call(time, () -> socket.read(buffer.clear())) >= 0) {
                socket.writeFully(buffer.flip());
            }
        });
    }

    /** The clock of the call: 40. */
    @HubTest(seconds = 120)
    void aRequestUnderSoTimeoutAllocatesLittle(TestReporter reporter) throws Exception {
        assertAtMost(40, "SO_TIMEOUT", reporter, socket -> {
            socket.setSoTimeout(30_000);
            var buffer = ByteBuffer.allocateDirect(REQUEST);
            while (socket.read(buffer.clear()) >= 0) {
                socket.writeFully(buffer.flip());
            }
        });
    }

    /** NIO copies addresses to where the system reads them. */
    @HubTest(seconds = 120)
    void anEchoedDatagramAllocatesNothingUnlessOnNio(TestReporter reporter) throws Exception {
        int limit = limitOnNio(200);
        long loop = Loops.currentThreadId();
        try (var socket = new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            SocketAddress address = Objects.requireNonNull(socket.getLocalSocketAddress());
            var peer = new FutureTask<>(() -> askByDatagrams(address, limit, reporter, loop));
            var _ = Thread.ofPlatform().name("peer").start(peer);
            var message = ByteBuffer.allocateDirect(REQUEST);
            do {
                SocketAddress sender = socket.receive(message.clear());
                socket.send(message.flip(), sender);
            } while (message.limit() > 0);
            assertThat(peer.get()).as("bytes for a message").isLessThanOrEqualTo(limit);
        }
    }

    private static long askByDatagrams(SocketAddress address, int limit, TestReporter reporter, long loop)
            throws Exception {
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(10_000);
            var message = new DatagramPacket(new byte[REQUEST], REQUEST, address);
            try {
                return least(limit, "datagrams", reporter, loop, () -> {
                    for (int i = 0; i < ROUND; i++) {
                        socket.send(message);
                        socket.receive(message);
                    }
                });
            } finally {
                socket.send(new DatagramPacket(new byte[0], 0, address));
            }
        }
    }

    @HubTest(seconds = 120)
    void aSleepAllocatesNothing(TestReporter reporter) throws Exception {
        var shortly = Duration.ofNanos(1);
        assertThat(least(0, "sleep", reporter, () -> {
            for (int i = 0; i < ROUND; i++) {
                Green.sleep(shortly);
            }
        })).isZero();
    }

    @HubTest(seconds = 120)
    void anItemThatIsHandedOverAllocatesNothing(TestReporter reporter) throws Exception {
        var queue = new LightQueue<String>(1);
        Green.spawnN(() -> {
            while (!queue.take().isEmpty()) {
                // The next one.
            }
        });
        assertThat(least(0, "hand-over", reporter, () -> {
            for (int i = 0; i < ROUND; i++) {
                queue.put("item");
            }
        })).isZero();
        queue.put("");
    }

    // ---- measuring

    private static int limitOnNio(int bytes) {
        return Objects.requireNonNull(EventLoop.current()).hubName().equals("nio") ? bytes : 0;
    }

    /** Serves one connection to its end. */
    private interface Handler {

        void handle(GreenSocket socket) throws Exception;
    }

    /** The same a number of times. */
    private interface Round {

        void run() throws Exception;
    }

    private static void assertAtMost(int limit, String what, TestReporter reporter, Handler handler) throws Exception {
        long loop = Loops.currentThreadId();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            int port = listener.getLocalPort();
            var peer = new FutureTask<>(() -> ask(port, limit, what, reporter, loop));
            var _ = Thread.ofPlatform().name("peer").start(peer);
            try (var socket = listener.accept()) {
                handler.handle(socket);
            }
            assertThat(peer.get()).as("bytes for a request").isLessThanOrEqualTo(limit);
        }
    }

    private static long ask(int port, int limit, String what, TestReporter reporter, long loop) throws Exception {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            var message = new byte[REQUEST];
            return least(limit, what, reporter, loop, () -> {
                for (int i = 0; i < ROUND; i++) {
                    out.write(message);
                    int _ = in.readNBytes(message, 0, REQUEST);
                }
            });
        }
    }

    private static long least(int limit, String what, TestReporter reporter, Round round) throws Exception {
        return least(limit, what, reporter, Loops.currentThreadId(), round);
    }

    /** Returns how many bytes the thread allocates for each time, in the first round that needs no more than the limit, or at least. */
    private static long least(int limit, String what, TestReporter reporter, long thread, Round round)
            throws Exception {
        long least = Long.MAX_VALUE;
        for (long begin = System.nanoTime(); least > limit && System.nanoTime() - begin < PATIENCE_NANOS;) {
            long before = THREADS.getThreadAllocatedBytes(thread);
            round.run();
            least = Math.min(least, (THREADS.getThreadAllocatedBytes(thread) - before) / ROUND);
        }
        reporter.publishEntry(what, least + " bytes");
        return least;
    }

    /** Finds the thread that the caller's loop is. */
    private static final class Loops {

        static long currentThreadId() {
            String name = Objects.requireNonNull(EventLoop.current()).snapshot().name();
            return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals(name))
                    .findAny()
                    .orElseThrow().threadId();
        }
    }
}
