package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a request costs in system calls. */
@Timeout(60)
class EpollSystemCallTest {

    private static final Path COUNTERS = Path.of("/proc/thread-self/io");
    private static final int REQUESTS = 1_000;

    /** The calls that carry bytes, and the one that a poller which is told again and again would need. */
    private static final List<String> COUNTED = List.of("recvfrom", "sendto", "epoll_ctl");

    @TempDir
    private Path folder;

    /** By strace(1), as the difference between a program that sends some requests and one that sends more. */
    @Test
    void aRequestIsOneReceiveAndOneSendOnEachSide() throws Exception {
        assumeTrue(isTraceable(), "strace cannot trace here");

        Map<String, Integer> few = trace(10);
        Map<String, Integer> many = trace(10 + REQUESTS);

        many.replaceAll((call, count) -> count - few.getOrDefault(call, 0));
        assertThat(many).isEqualTo(Map.of("recvfrom", 2 * REQUESTS, "sendto", 2 * REQUESTS, "epoll_ctl", 0));
    }

    /** By the kernel's own count of this thread's read and write calls, to which an event descriptor or a timer descriptor would add. */
    @Test
    void aRequestReadsAndWritesNothingElse() throws Exception {
        assumeTrue(Files.isReadable(COUNTERS), "a kernel that counts");
        try (Hub hub = new EpollHubProvider().open()) {
            var conversation = new Conversation(hub);
            // The first round loads classes, which reads files.
            count(() -> conversation.ask(REQUESTS));

            Calls calls = count(() -> conversation.ask(REQUESTS));

            assertThat(calls).isEqualTo(new Calls(0, 0));
        }
    }

    /** The kernel counts writev(2) and readv(2), and not sendto(2) and recvfrom(2). */
    @Test
    void aMessageInSeveralBuffersIsOneCallEachWay() throws Exception {
        assumeTrue(Files.isReadable(COUNTERS), "a kernel that counts");
        try (Hub hub = new EpollHubProvider().open()) {
            Pair pair = Pair.connect(hub);
            count(() -> carryInSeveral(pair));

            Calls calls = count(() -> carryInSeveral(pair));

            assertThat(calls).isEqualTo(new Calls(1, 1));
        }
    }

    private static void carryInSeveral(Pair pair) throws IOException {
        ByteBuffer[] sources = {ByteBuffer.allocate(12), ByteBuffer.allocateDirect(5_000), ByteBuffer.allocate(0),
                ByteBuffer.allocate(5_000)};
        ByteBuffer[] targets = {ByteBuffer.allocateDirect(12), ByteBuffer.allocate(5_000),
                ByteBuffer.allocateDirect(5_000)};
        assertThat(pair.client().write(sources, 0, 4)).isEqualTo(10_012);
        assertThat(pair.server().read(targets, 0, 3)).isEqualTo(10_012);
    }

    private static Calls count(Round round) throws IOException {
        Calls first = Calls.soFar();
        Calls before = Calls.soFar();
        round.run();
        return Calls.soFar().minus(before).minus(before.minus(first));
    }

    private static boolean isTraceable() throws InterruptedException {
        try {
            return new ProcessBuilder("strace", "-o", "/dev/null", "true").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Map<String, Integer> trace(int requests) throws Exception {
        Path summary = folder.resolve(requests + ".txt");
        Process traced = new ProcessBuilder("strace", "-f", "-c", "-o", summary.toString(), "-e",
                "trace=" + String.join(",", COUNTED),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                EpollSystemCallTest.class.getName(), Integer.toString(requests)).inheritIO().start();
        try {
            assertThat(traced.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
            assertThat(traced.exitValue()).isZero();
        } finally {
            traced.destroyForcibly();
        }
        var counts = new TreeMap<String, Integer>();
        for (String line : Files.readAllLines(summary)) { // % time, seconds, usecs/call, calls, errors if any, syscall
            String[] columns = line.strip().split(" +", -1);
            String call = columns[columns.length - 1];
            if (COUNTED.contains(call)) {
                counts.put(call, Integer.parseInt(columns[3]));
            }
        }
        return counts;
    }

    /** The program that is traced. */
    public static void main(String[] args) throws IOException {
        try (Hub hub = new EpollHubProvider().open()) {
            new Conversation(hub).ask(Integer.parseInt(args[0]));
        }
    }

    /** Two ends of a connection, of which one echoes. */
    private static final class Conversation {

        private final Hub hub;
        private final StreamChannel client;
        private final ByteBuffer request = ByteBuffer.allocateDirect(100);
        private final ByteBuffer answer = ByteBuffer.allocateDirect(200);
        private boolean answered;

        Conversation(Hub hub) throws IOException {
            this.hub = hub;
            Pair pair = Pair.connect(hub);
            this.client = pair.client();
            pair.server().register(ops -> echo(pair.server(), ops));
            client.register(ops -> answered |= (ops & Readiness.READ) != 0);
        }

        void ask(int requests) throws IOException {
            for (int i = 0; i < requests; i++) {
                answered = false;
                assertThat(client.write(request.clear())).isEqualTo(100);
                Pair.pollUntil(hub, () -> answered);
                assertThat(client.read(answer.clear())).isEqualTo(100);
            }
        }

        private static void echo(StreamChannel server, int ops) {
            if ((ops & Readiness.READ) == 0) {
                return;
            }
            var bytes = new byte[200];
            try {
                int count = server.read(bytes, 0, bytes.length);
                assertThat(server.write(bytes, 0, count)).isEqualTo(count);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private interface Round {

        void run() throws IOException;
    }

    /** So many read and write calls, of whatever kind, of the current thread. */
    private record Calls(long reads, long writes) {

        static Calls soFar() throws IOException {
            List<String> lines = Files.readAllLines(COUNTERS);
            return new Calls(number(lines, "syscr: "), number(lines, "syscw: "));
        }

        Calls minus(Calls other) {
            return new Calls(reads - other.reads, writes - other.writes);
        }

        private static long number(List<String> lines, String name) {
            return lines.stream()
                    .filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.substring(name.length())))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
