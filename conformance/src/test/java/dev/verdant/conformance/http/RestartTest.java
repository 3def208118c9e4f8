package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.ChildJvm;
import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.pool.NativePool;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** A service that is stopped and started again while {@code wrk} asks it as fast as it can. */
class RestartTest {

    /** What wrk tells if anything went wrong. What it calls an error of a write is a connect that was refused, because nobody listened just then. */
    private static final Pattern ERRORS = Pattern
            .compile("Socket errors: connect \\d+, read (\\d+), write \\d+, timeout (\\d+)");

    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");

    @HubTest(seconds = 300)
    @NotSimulated("a program of others connects")
    void noRequestIsCutOrLostHoweverOftenTheServiceIsRestarted() throws Exception {
        assumeThat(ChildJvm.can("sh", "-c", "command -v wrk")).as("wrk is installed").isTrue();
        var served = new AtomicLong();
        HttpHandler handler = exchange -> {
            served.incrementAndGet();
            exchange.sendResponseHeaders(200, 13);
            exchange.getResponseBody().write("Hello, world!".getBytes(StandardCharsets.US_ASCII));
        };
        var first = Served.by(handler);
        var address = (InetSocketAddress) first.address();
        Process wrk = new ProcessBuilder("wrk", "-t1", "-c64", "-d1000s", "--timeout", "20s",
                "http://127.0.0.1:" + address.getPort() + "/").redirectErrorStream(true).start();
        try {
            int restarts = Counts.of(100);
            Served service = first;
            for (int i = 0; i < restarts; i++) {
                awaitRequests(served, 1000);
                assertThat(service.service.stop(Duration.ofSeconds(30))).isEmpty();
                service.awaitEnd();
                service = Served.at(address, builder -> builder.handler(handler));
            }
            awaitRequests(served, 1000);
            String told = NativePool.execute(() -> interrupt(wrk));
            service.close();
            var errors = ERRORS.matcher(told);
            if (errors.find()) {
                assertThat(errors.group(1) + errors.group(2)).as(told).isEqualTo("00");
            }
            assertThat(told).doesNotContain("Non-2xx");
            var requests = REQUESTS.matcher(told);
            assertThat(requests.find()).as(told).isTrue();
            // Those that wrk had asked when it was interrupted are answered to nobody.
            assertThat(Long.parseLong(requests.group(1))).isBetween(served.get() - 64, served.get());
        } finally {
            wrk.destroyForcibly();
        }
    }

    private static void awaitRequests(AtomicLong served, int more) {
        long until = served.get() + more;
        while (served.get() < until) {
            Green.sleep(Duration.ofMillis(5));
        }
    }

    /** By SIGINT, upon which wrk tells what it has seen. */
    private static String interrupt(Process wrk) throws Exception {
        new ProcessBuilder("kill", "-INT", Long.toString(wrk.pid())).start().waitFor();
        try (InputStream output = wrk.getInputStream()) {
            return new String(output.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
