package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.sync.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** How a service ends: nothing that was asked is lost, and nothing that nobody asks is waited for. */
class StopServiceTest {

    private static final HttpHandler ECHO = exchange -> {
        byte[] body = exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    };

    private static Answer answer(@Nullable Answer answer) {
        return Objects.requireNonNull(answer, "no answer");
    }

    @HubTest
    void connectionsThatWaitForARequestAreEnded() throws Exception {
        try (var served = Served.by(ECHO); var used = served.connect(); var fresh = served.connect()) {
            assertThat(answer(used.get("/")).status()).isEqualTo(200);
            assertThat(served.service.stop(Duration.ofSeconds(10))).isEmpty();
            assertThat(used.isAtEnd()).isTrue();
            assertThat(fresh.isAtEnd()).isTrue();
            served.awaitEnd();
        }
    }

    @HubTest
    void aRequestThatIsUnderWayIsAnsweredAndToldThatItIsTheLast() throws Exception {
        try (var served = Served.by(ECHO); var client = served.connect()) {
            client.send(Wire.POST + "Content-Length: 30\r\n\r\n");
            Green.sleep(Duration.ofMillis(20)); // Until its handler reads.
            var stop = Green.spawn(() -> served.service.stop(null));
            Green.sleep(Duration.ofMillis(700)); // Longer than what is idle is left alone.
            assertThat(stop.isAlive()).isTrue();
            assertThat(served.hasEnded()).isFalse();
            Answer answer = answer(client.ask("x".repeat(30)));
            assertThat(answer.body()).hasSize(30);
            assertThat(answer.closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
            assertThat(stop.await()).isEmpty();
            served.awaitEnd();
        }
    }

    @HubTest
    void aRequestThatIsOnItsWayWhenTheStopBeginsIsAnswered() throws Exception {
        try (var served = Served.by(ECHO); var client = served.connect()) {
            assertThat(answer(client.get("/")).closes()).isFalse();
            var stop = Green.spawn(() -> served.service.stop(null));
            Green.sleep(Duration.ofMillis(100));
            assertThat(answer(client.get("/")).closes()).isTrue();
            assertThat(stop.await()).isEmpty();
        }
    }

    @HubTest
    void aConnectionWhoseAnswerHadBegunWhenTheStopCameEndsSoonBehindIt() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush(); // Which says that the connection is kept.
            try {
                boolean _ = goOn.await();
            } catch (Exception e) {
                throw new IOException(e);
            }
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            Green.sleep(Duration.ofMillis(20));
            var stop = Green.spawn(() -> served.service.stop(Duration.ofSeconds(15)));
            Turns.untilWaits(stop);
            Green.sleep(Duration.ofMillis(20));
            goOn.send(true);
            assertThat(answer(client.next()).closes()).isFalse();
            assertThat(client.isAtEnd()).isTrue();
            assertThat(stop.await()).isEmpty();
        }
    }

    @HubTest
    void whoHasNotFinishedWhenTheGraceIsOverIsNamed() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            try {
                boolean _ = goOn.await();
            } catch (Exception e) {
                throw new IOException(e);
            }
            exchange.sendResponseHeaders(200, -1);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            Green.sleep(Duration.ofMillis(20));
            assertThat(served.service.stop(Duration.ofMillis(50))).singleElement().asString().contains("Event");
            goOn.send(true);
            assertThat(answer(client.next()).status()).isEqualTo(200);
        }
    }

    @HubTest(seconds = 60)
    void noRequestIsLostWhileClientsAskWithoutEnd() throws Exception {
        for (int round = 0; round < 5; round++) {
            try (var served = Served.by(ECHO)) {
                var clients = new ArrayList<GreenThread<Integer>>();
                var known = new AtomicInteger();
                for (int i = 0; i < 20; i++) {
                    var client = served.connect();
                    clients.add(Green.spawn(() -> ask(client, known)));
                }
                while (known.get() < clients.size()) {
                    Green.sleep(); // Those in the backlog are the system's to refuse.
                }
                assertThat(served.service.stop(Duration.ofSeconds(10))).isEmpty();
                for (var client : clients) {
                    assertThat(client.await()).isPositive();
                }
            }
        }
    }

    /** Asks until it is told that it was the last. */
    private static int ask(Client client, AtomicInteger known) throws IOException {
        try (client) {
            for (int count = 1;; count++) {
                String body = "request " + count;
                Answer answer = answer(client.ask(Wire.POST + "Content-Length: " + body.length() + "\r\n\r\n" + body));
                assertThat(answer.body()).isEqualTo(body);
                if (count == 1) {
                    known.incrementAndGet();
                }
                if (answer.closes()) {
                    return count;
                }
            }
        }
    }

    @HubTest
    void aStopFromAHandlerIsAnswered() throws Exception {
        var served = new Served[1];
        HttpHandler handler = exchange -> {
            try {
                served[0].service.stop(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            exchange.sendResponseHeaders(200, 3);
            exchange.getResponseBody().write("bye".getBytes(StandardCharsets.US_ASCII));
        };
        try (var server = Served.by(handler)) {
            served[0] = server;
            assertThat(answer(server.ask(Wire.SIMPLE)).body()).isEqualTo("bye");
            server.awaitEnd();
        }
    }
}
