package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.sync.Event;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that are slow, rude, or gone. */
class WeatherTest {

    private static final HttpHandler ECHO = exchange -> say(exchange,
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));

    private static Answer answer(@Nullable Answer answer) {
        return Objects.requireNonNull(answer, "no answer");
    }

    private static void say(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    // ---- slow ones

    @HubTest
    void aHeadThatComesByteByByteHasOneDeadlineInAll() throws Exception {
        try (var served = Served.with(builder -> builder.handler(ECHO).headerTimeout(Duration.ofMillis(200)));
                var client = served.connect()) {
            var dribble = Green.spawn(() -> {
                for (int i = 0; i < 1000; i++) {
                    client.send("G");
                    Green.sleep(Duration.ofMillis(20)); // Never so long that a wait of its own would end.
                }
            });
            assertThat(answer(client.next()).status()).isEqualTo(408);
            dribble.kill();
        }
    }

    @Test
    @Timeout(60)
    void aBodyThatDribblesIsAnsweredWith408() throws Exception {
        Simulation.seed(1).run(() -> { // It is given five seconds to gather pace, which nobody need wait for.
            try (var served = Served.with(builder -> builder.handler(ECHO).minimumRate(1000));
                    var client = served.connect()) {
                client.send(Wire.POST + "Content-Length: 100000\r\n\r\n");
                var dribble = Green.spawn(() -> {
                    while (true) {
                        client.send("x".repeat(50));
                        Green.sleep(Duration.ofMillis(300));
                    }
                });
                assertThat(answer(client.next()).status()).isEqualTo(408);
                dribble.kill();
            }
        });
    }

    @Test
    @Timeout(60)
    void aClientThatTakesAnAnswerDropByDropIsGivenUp() throws Exception {
        var failed = new AtomicReference<@Nullable String>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[100_000]);
                }
            } catch (IOException e) {
                failed.set(e.getMessage());
                throw e;
            }
        };
        Simulation.seed(1).run(() -> {
            try (var served = Served.with(builder -> builder.handler(handler).writeTimeout(null).minimumRate(1000));
                    var client = Client.slow(served.address())) {
                client.send(Wire.SIMPLE);
                while (failed.get() == null) {
                    client.bytes(50);
                    Green.sleep(Duration.ofMillis(300));
                }
            }
        });
        assertThat(failed.get()).contains("less than 1000 bytes a second");
    }

    @Test
    @Timeout(60)
    void aBodyThatIsFastAtFirstMayNotDribbleForThat() throws Exception {
        Simulation.seed(1).run(() -> {
            try (var served = Served.with(builder -> builder.handler(ECHO).minimumRate(1000));
                    var client = served.connect()) {
                client.send(Wire.POST + "Content-Length: 1000000\r\n\r\n" + "x".repeat(900_000));
                long before = Green.nanoTime();
                var dribble = Green.spawn(() -> {
                    while (true) {
                        client.send("x".repeat(50));
                        Green.sleep(Duration.ofMillis(300));
                    }
                });
                assertThat(answer(client.next()).status()).isEqualTo(408);
                // Of 300 ms, 50 are paid for; so five seconds last for six.
                assertThat(Duration.ofNanos(Green.nanoTime() - before)).isBetween(Duration.ofSeconds(5),
                        Duration.ofSeconds(8));
                dribble.kill();
            }
        });
    }

    @Test
    @Timeout(60)
    void aBodyThatComesInBurstsIsTaken() throws Exception {
        Simulation.seed(1).run(() -> {
            try (var served = Served.with(builder -> builder.handler(ECHO).minimumRate(1000));
                    var client = served.connect()) {
                client.send(Wire.POST + "Content-Length: 50000\r\n\r\n");
                for (int i = 0; i < 10; i++) {
                    Green.sleep(Duration.ofMillis(4500));
                    client.send("x".repeat(5000));
                }
                assertThat(answer(client.next()).body()).hasSize(50_000);
            }
        });
    }

    @Test
    @Timeout(60)
    void aClientThatTakesMuchAtFirstMayNotTakeDropsForThat() throws Exception {
        var failed = new AtomicReference<@Nullable String>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                exchange.getResponseBody().write(new byte[50_000_000]);
            } catch (IOException e) {
                failed.set(e.getMessage());
                throw e;
            }
        };
        Simulation.seed(1).run(() -> {
            try (var served = Served.with(builder -> builder.handler(handler).writeTimeout(null).minimumRate(1000));
                    var client = Client.slow(served.address())) {
                client.send(Wire.SIMPLE);
                client.bytes(20_000_000);
                long before = Green.nanoTime();
                while (failed.get() == null) {
                    client.bytes(50);
                    Green.sleep(Duration.ofMillis(300));
                }
                assertThat(Duration.ofNanos(Green.nanoTime() - before)).isLessThan(Duration.ofMinutes(10));
            }
        });
        assertThat(failed.get()).contains("less than 1000 bytes a second");
    }

    @HubTest
    void aBodyThatComesSlowlyAndSteadilyIsTaken() throws Exception {
        try (var served = Served
                .with(builder -> builder.handler(ECHO).bodyTimeout(Duration.ofMillis(500)).minimumRate(100));
                var client = served.connect()) {
            client.send(Wire.POST + "Content-Length: 30\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                Green.sleep(Duration.ofMillis(100));
                client.send("x".repeat(10));
            }
            assertThat(answer(client.next()).body()).hasSize(30);
        }
    }

    @HubTest
    void whoConnectsAndSaysNothingIsTurnedOutInSilence() throws Exception {
        try (var served = Served
                .with(builder -> builder.handler(ECHO).keepAlive(Duration.ofMillis(100)));
                var client = served.connect()) {
            assertThat(client.rest()).isEmpty();
        }
    }

    // ---- rude ones

    @HubTest
    void aClientThatNeverReadsGetsNoMoreThanTheBuffersHold() throws Exception {
        var answered = new AtomicInteger();
        HttpHandler handler = exchange -> {
            answered.incrementAndGet();
            say(exchange, "x".repeat(1000));
        };
        try (var served = Served.by(handler); var client = Client.slow(served.address())) {
            var asking = Green.spawn(() -> {
                while (true) {
                    client.send(Wire.SIMPLE.repeat(100));
                }
            });
            int before;
            do { // Until nothing more is answered: then nothing more is read either, and the asking stands.
                before = answered.get();
                Green.sleep(Duration.ofMillis(200));
            } while (answered.get() > before || answered.get() == 0);
            assertThat(asking.isAlive()).isTrue();
            assertThat(answered.get()).isLessThan(20_000);
            asking.kill();
        }
    }

    @HubTest
    void aRefusalIsReadWholeThoughMuchWasSentThatNobodyReads() throws Exception {
        try (var served = Served.by(ECHO); var client = served.connect()) {
            var sending = Green.spawn(() -> {
                try {
                    client.send("GET / HTTP/9.9\r\n\r\n" + "x".repeat(1 << 20));
                } catch (IOException e) {
                    // It may stop reading some time.
                }
            });
            Green.sleep(Duration.ofMillis(50));
            assertThat(answer(client.next()).status()).isEqualTo(505);
            assertThat(client.isAtEnd()).isTrue();
            sending.await();
        }
    }

    @HubTest
    void whatIsTooMuchIsRefusedWithoutWaitingForMore() throws Exception {
        String line = "GET / HTTP/1.1\r\n";
        try (var served = Served.by(ECHO)) {
            assertThat(refusal(served, "GET /" + "x".repeat(8192 - 4))).isEqualTo(414);
            assertThat(refusal(served, line + "X: " + "x".repeat(65_536 - 3))).isEqualTo(431);
            assertThat(refusal(served, line + "X: 1\r\n".repeat(100) + "X:")).isEqualTo(431);
            assertThat(refusal(served, line + "X: 1\r\n ")).isEqualTo(400);
            assertThat(refusal(served, Wire.CHUNKED + "1;" + "e".repeat(4096))).isEqualTo(400);
            assertThat(refusal(served, Wire.CHUNKED + ("1;" + "e".repeat(1023) + "\r\nx\r\n").repeat(64)))
                    .isEqualTo(400);
            assertThat(refusal(served, Wire.POST + "Content-Length: 10485761\r\nExpect: 100-continue\r\n\r\n"))
                    .isEqualTo(413);
            assertThat(refusal(served, Wire.CHUNKED + "A00001\r\n")).isEqualTo(413);
        }
    }

    private static int refusal(Served served, String wire) throws IOException {
        try (var client = served.connect()) {
            Answer answer = answer(client.ask(wire));
            assertThat(answer.interim()).isEmpty();
            assertThat(answer.closes()).isTrue();
            return answer.status();
        }
    }

    @HubTest
    void whatFollowsARefusalIsNotLookedAt() throws Exception {
        var seen = new AtomicInteger();
        HttpHandler handler = exchange -> {
            seen.incrementAndGet();
            say(exchange, "seen");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE + "garbage\r\n\r\n" + Wire.SIMPLE);
            assertThat(answer(client.next()).status()).isEqualTo(200);
            assertThat(answer(client.next()).status()).isEqualTo(400);
            assertThat(client.isAtEnd()).isTrue();
            assertThat(seen).hasValue(1);
        }
    }

    @HubTest
    void aBodyThatNobodyReadsAndThatIsWrongEndsTheConnectionBehindTheAnswer() throws Exception {
        try (var served = Served.by(exchange -> say(exchange, "unread")); var client = served.connect()) {
            client.send(Wire.CHUNKED + "5\r\nhello!\r\n0\r\n\r\n" + Wire.SIMPLE);
            assertThat(answer(client.next()).body()).isEqualTo("unread");
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void requestsThatComeTogetherAreAnsweredInTheirOrder() throws Exception {
        try (var served = Served.by(ECHO); var client = served.connect()) {
            var asking = Green.spawn(() -> {
                for (int i = 0; i < 1000; i++) {
                    String body = Integer.toString(i);
                    client.send(Wire.POST + "Content-Length: " + body.length() + "\r\n\r\n" + body);
                }
            });
            for (int i = 0; i < 1000; i++) {
                assertThat(answer(client.next()).body()).isEqualTo(Integer.toString(i));
            }
            asking.await();
        }
    }

    // ---- gone ones

    @HubTest
    void whoEndsHisSideBehindTheRequestGetsItsAnswer() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            try {
                boolean _ = goOn.await();
            } catch (Exception e) {
                throw new IOException(e);
            }
            say(exchange, "late");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            client.socket.shutdownOutput();
            Green.sleep(Duration.ofMillis(20));
            goOn.send(true);
            assertThat(answer(client.next()).body()).isEqualTo("late");
        }
    }

    @HubTest
    void aHandlerWhoseClientIsGoneIsToldWhenItWrites() throws Exception {
        var told = new Event<Boolean>();
        var begun = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            begun.send(true);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[10_000]);
                    Green.sleep();
                }
            } catch (IOException e) {
                told.send(true);
                throw e;
            }
        };
        try (var served = Served.by(handler)) {
            var client = served.connect();
            client.send(Wire.SIMPLE);
            boolean _ = begun.await();
            client.socket.setSoLinger(true, 0);
            client.close();
            assertThat(told.await()).isTrue();
        }
    }

    @HubTest(seconds = 60)
    @NotSimulated("ports are counted by the system")
    void clientsThatConnectAndGoLeaveNothing() throws Exception {
        try (var served = Served.by(ECHO)) {
            for (int i = 0; i < Counts.of(1000); i++) {
                try (var reset = served.connect(); var ended = served.connect()) {
                    reset.socket.setSoLinger(true, 0);
                    ended.socket.shutdownOutput();
                    if (i % 3 == 0) {
                        reset.send("GET / HT");
                        ended.send(i % 2 == 0 ? Wire.SIMPLE : "");
                    }
                } catch (IOException e) {
                    // It may be gone already.
                }
            }
            assertThat(answer(served.ask(Wire.SIMPLE)).status()).isEqualTo(200);
            assertThat(served.service.stop(Duration.ofSeconds(20))).isEmpty();
        }
    }

    @HubTest
    void whoIsServedWhileOthersHangIsServed() throws Exception {
        try (var served = Served.by(ECHO)) {
            var hanging = new ArrayList<Client>();
            for (int i = 0; i < 100; i++) {
                var client = served.connect();
                client.send("GET / HTTP/1.1\r\nX: ");
                hanging.add(client);
            }
            assertThat(answer(served.ask(Wire.SIMPLE)).status()).isEqualTo(200);
            for (var client : hanging) {
                client.close();
            }
        }
    }
}
