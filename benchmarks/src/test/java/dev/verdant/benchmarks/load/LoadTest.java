package dev.verdant.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Hubs;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The loads against a small server in this process. */
@Timeout(60)
@Execution(ExecutionMode.SAME_THREAD)
class LoadTest {

    private static final String RIGHT = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!";
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final Hub hub = Hubs.select().open();
    private volatile boolean over;
    private final Thread heartbeat = Thread.ofPlatform().daemon().start(() -> {
        while (!over) {
            LockSupport.parkNanos(10_000_000);
            hub.wakeup();
        }
    });

    @AfterEach
    void close() throws Exception {
        over = true;
        heartbeat.join();
        hub.close();
    }

    /** Answers what it is told to, and counts. */
    private static final class Server implements AutoCloseable {

        private final ServerSocket listener = new ServerSocket(0, 200, InetAddress.getByName("127.0.0.1"));
        private final IntFunction<String> answer;
        private final AtomicInteger accepted = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();
        private final AtomicInteger requests = new AtomicInteger();

        /** @param answer makes the answer to a request, of its number from 1; on one thread at a time */
        Server(IntFunction<String> answer) throws IOException {
            this.answer = answer;
            Thread.ofPlatform().daemon().start(this::accept);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) listener.getLocalSocketAddress();
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    accepted.incrementAndGet();
                    Thread.ofPlatform().daemon().start(() -> talk(socket));
                }
            } catch (IOException e) {
                // It was closed.
            }
        }

        private void talk(Socket socket) {
            try (socket) {
                socket.setTcpNoDelay(true);
                byte[] request = new byte[4096];
                while (socket.getInputStream().read(request) > 0) {
                    byte[] bytes;
                    synchronized (this) {
                        bytes = answer.apply(requests.incrementAndGet()).getBytes(StandardCharsets.US_ASCII);
                    }
                    socket.getOutputStream().write(bytes);
                }
            } catch (IOException e) {
                // The client has closed it.
            } finally {
                closed.incrementAndGet();
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private static Figures run(Load load) throws IOException {
        try (load) {
            load.open();
            return load.run();
        }
    }

    private static void stall() {
        long end = System.nanoTime() + STALL_NANOS;
        for (long left = STALL_NANOS; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    @Test
    void everyAnswerOfAClosedLoopIsCounted() throws Exception {
        try (var server = new Server(_ -> RIGHT)) {
            var figures = run(new ClosedLoop(hub, server.address(), 3, TimeUnit.MILLISECONDS.toNanos(200)));
            assertThat(figures.get("errors")).as(figures.firstError()).isZero();
            // Each of the connections was answered once before the figures were taken.
            assertThat(figures.get("requests")).isPositive().isEqualTo(server.requests.get() - 3);
            assertThat(figures.get("p50")).isPositive().isLessThanOrEqualTo(figures.get("max"));
        }
    }

    @Test
    void aByteThatIsWrongIsAnErrorAndItsConnectionIsReplaced() throws Exception {
        String wrong = RIGHT.replace("world", "w0rld");
        try (var server = new Server(number -> number == 20 || number == 30 ? wrong : RIGHT)) {
            var figures = run(new ClosedLoop(hub, server.address(), 2, TimeUnit.MILLISECONDS.toNanos(200)));
            assertThat(figures.get("errors")).isEqualTo(2);
            assertThat(figures.firstError()).contains("not the answer expected", "w0rld");
            assertThat(server.accepted.get()).isEqualTo(4);
            assertThat(figures.get("requests")).isEqualTo(server.requests.get() - 2 - 2);
        }
    }

    @Test
    void anAnswerTooLongAndOneWithAnotherLengthAreErrors() throws Exception {
        for (String wrong : new String[]{RIGHT + "!", RIGHT.replace("13", "12"), RIGHT.replace("200", "500")}) {
            try (var server = new Server(number -> number == 5 ? wrong : RIGHT)) {
                var figures = run(new ClosedLoop(hub, server.address(), 1, TimeUnit.MILLISECONDS.toNanos(100)));
                assertThat(figures.get("errors")).as(wrong).isEqualTo(1);
            }
        }
    }

    @Test
    void anAnswerThatComesInPiecesIsOne() throws Exception {
        try (var listener = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofPlatform().daemon().start(() -> {
                try (Socket socket = listener.accept()) {
                    socket.setTcpNoDelay(true);
                    byte[] request = new byte[4096];
                    while (socket.getInputStream().read(request) > 0) {
                        for (int from = 0; from < RIGHT.length(); from += 17) {
                            socket.getOutputStream().write(RIGHT.substring(from, Math.min(RIGHT.length(), from + 17))
                                    .getBytes(StandardCharsets.US_ASCII));
                            LockSupport.parkNanos(1_000_000);
                        }
                    }
                } catch (IOException e) {
                    // The client has closed it.
                }
            });
            var figures = run(new ClosedLoop(hub, (InetSocketAddress) listener.getLocalSocketAddress(), 1,
                    TimeUnit.MILLISECONDS.toNanos(100)));
            assertThat(figures.get("errors")).as(figures.firstError()).isZero();
            assertThat(figures.get("requests")).isPositive();
        }
    }

    @Test
    void whatIsDueWhileTheServerStallsCountsFromWhenItWasDue() throws Exception {
        int perSecond = 500;
        try (var server = new Server(number -> {
            if (number == 100) {
                stall();
            }
            return RIGHT;
        })) {
            var figures = run(
                    new OpenLoop(hub, server.address(), 2, TimeUnit.SECONDS.toNanos(1), perSecond, 1));
            assertThat(figures.get("errors")).as(figures.firstError()).isZero();
            // All that was due is asked. Two connections hold two requests; had the rest not counted from when they were due, two would be slow.
            assertThat(figures.get("requests")).isBetween(400L, 600L)
                    .isEqualTo(OpenLoop.schedule(TimeUnit.SECONDS.toNanos(1), perSecond, 1).length);
            // Some 200 of 500 came within the stall, and waited for half of it in the mean.
            assertThat(figures.get("p90")).isGreaterThan(STALL_NANOS / 4);
            assertThat(figures.get("max")).isGreaterThan(STALL_NANOS * 9 / 10);
        }
    }

    @Test
    void aScheduleIsTheSameForTheSameSeedAndHasItsRate() {
        long[] schedule = OpenLoop.schedule(TimeUnit.SECONDS.toNanos(1), 10_000, 7);
        assertThat(schedule).isEqualTo(OpenLoop.schedule(TimeUnit.SECONDS.toNanos(1), 10_000, 7))
                .isNotEqualTo(OpenLoop.schedule(TimeUnit.SECONDS.toNanos(1), 10_000, 8)).isSorted();
        assertThat(schedule.length).isBetween(9_500, 10_500);
    }

    @Test
    void aServerThatNeverAnswersAgainIsChargedForAllThatWasDue() throws Exception {
        var never = new java.util.concurrent.CountDownLatch(1);
        try (var server = new Server(number -> {
            if (number == 10) {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return RIGHT;
        })) {
            var figures = run(new OpenLoop(hub, server.address(), 2, TimeUnit.MILLISECONDS.toNanos(300), 300, 1));
            assertThat(figures.get("errors")).isGreaterThan(30);
            assertThat(figures.get("max")).isGreaterThan(Traffic.PATIENCE_NANOS);
            never.countDown();
        }
    }

    @Test
    void churnAsksOnceOnEachConnectionAndLeavesNoneOpen() throws Exception {
        try (var server = new Server(_ -> RIGHT)) {
            var figures = run(new Churn(hub, server.address(), 4, TimeUnit.MILLISECONDS.toNanos(200)));
            assertThat(figures.get("errors")).as(figures.firstError()).isZero();
            assertThat(figures.get("requests")).isPositive().isEqualTo(server.requests.get())
                    .isEqualTo(server.accepted.get());
            while (server.closed.get() < server.accepted.get()) {
                Thread.onSpinWait(); // It hears of the last ones a little later.
            }
        }
    }

    @Test
    void messagesThatDoNotReturnAreErrorsAndTheOthersAreCounted() throws Exception {
        try (var socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            var returned = new AtomicInteger();
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    var packet = new DatagramPacket(new byte[100], 100);
                    for (int number = 0; !over; number++) {
                        socket.receive(packet);
                        if (number != 5) {
                            socket.send(packet);
                            returned.incrementAndGet();
                        }
                    }
                } catch (IOException e) {
                    // It was closed.
                }
            });
            var figures = run(new Datagrams(hub, (InetSocketAddress) socket.getLocalSocketAddress(), 1, 1,
                    TimeUnit.SECONDS.toNanos(1)));
            assertThat(figures.get("errors")).as(figures.firstError()).isEqualTo(1);
            assertThat(figures.firstError()).isEqualTo("messages were lost");
            assertThat(figures.get("requests")).isGreaterThan(5).isEqualTo(returned.get());
        }
    }

    private String obey(String lines) throws IOException {
        var out = new ByteArrayOutputStream();
        new LoadGenerator(hub, new BufferedReader(new StringReader(lines)), new PrintStream(out)).obey();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void itIsReadyWhenItsConnectionsAreOpenAndGoesWhenTold() throws Exception {
        try (var server = new Server(_ -> RIGHT)) {
            String said = obey("hold " + server.address().getPort() + " 100\ngo\nclose\n");
            assertThat(said.lines()).hasSize(3);
            assertThat(said).startsWith("ready\ndone ").endsWith("closed\n");
            assertThat(server.requests.get()).isEqualTo(100);
            while (server.closed.get() < 100) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void whatItCannotDoItSaysAndGoesOn() throws Exception {
        int nobody;
        try (var socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }
        assertThat(obey("dance 1\nclosed " + nobody + " 1 10\nopen 1 1 1 0 1\n").lines()).hasSize(3)
                .allMatch(line -> line.startsWith("failed ")).anyMatch(line -> line.contains("dance (expected: closed"))
                .anyMatch(line -> line.contains("refused")).anyMatch(line -> line.contains("rate: 0.0"));
    }

    @Test
    void figuresSurviveTheirLine() {
        var figures = new Figures(java.util.Map.of("requests", 12L, "p99", 3L), "Connection reset\nby peer");
        assertThat(Figures.parse(figures.line()).values()).isEqualTo(figures.values());
        assertThat(Figures.parse(figures.line()).firstError()).isEqualTo("Connection reset by peer");
    }
}
