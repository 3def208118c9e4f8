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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a request costs: the kernel's own count of this thread's read and write calls. */
@Timeout(60)
class EpollSystemCallTest {

    private static final Path COUNTERS = Path.of("/proc/thread-self/io");
    private static final int REQUESTS = 1_000;

    private boolean answered;

    @Test
    void aRequestIsOneReadAndOneWriteOnEachSide() throws Exception {
        assumeTrue(Files.isReadable(COUNTERS), "a kernel that counts");
        try (Hub hub = new EpollHubProvider().open()) {
            Pair pair = Pair.connect(hub);
            ByteBuffer request = ByteBuffer.allocateDirect(100);
            ByteBuffer answer = ByteBuffer.allocateDirect(200);
            pair.server().register(ops -> echo(pair.server(), ops));
            pair.client().register(ops -> answered |= (ops & Readiness.READ) != 0);
            // The first round loads classes, which reads files.
            countRound(hub, pair.client(), request, answer);

            Calls calls = countRound(hub, pair.client(), request, answer);

            assertThat(calls).isEqualTo(new Calls(2 * REQUESTS, 2 * REQUESTS));
        }
    }

    private Calls countRound(Hub hub, StreamChannel client, ByteBuffer request, ByteBuffer answer) throws IOException {
        Calls first = Calls.soFar();
        Calls before = Calls.soFar();
        for (int i = 0; i < REQUESTS; i++) {
            ask(hub, client, request, answer);
        }
        return Calls.soFar().minus(before).minus(before.minus(first));
    }

    private void ask(Hub hub, StreamChannel client, ByteBuffer request, ByteBuffer answer) throws IOException {
        answered = false;
        assertThat(client.write(request.clear())).isEqualTo(100);
        Pair.pollUntil(hub, () -> answered);
        assertThat(client.read(answer.clear())).isEqualTo(100);
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
