package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.tls.Localhost;
import dev.verdant.green.Green;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.green.sync.Event;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens on a connection between and behind its answers, and where clients or handlers do what they should not. */
class ConnectionTest {

    private static final Logger SERVER = Logger.getLogger("dev.verdant.green.http");

    private static final HttpHandler OK = exchange -> say(exchange, "ok");

    private static Answer answer(@Nullable Answer answer) {
        return Objects.requireNonNull(answer, "no answer");
    }

    private static void say(HttpExchange exchange, String text) throws IOException {
        exchange.sendResponseHeaders(200, text.length());
        write(exchange, text);
    }

    private static void write(HttpExchange exchange, String text) throws IOException {
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static SslOptions tls() throws Exception {
        return SslOptions.forServer(Localhost.server()).build();
    }

    // ---- waiting for a request

    @HubTest
    void anEmptyLineBehindARequestIsNotTheBeginningOfTheNext() throws Exception {
        try (var served = Served.with(builder -> builder.handler(OK).headerTimeout(Duration.ofMillis(100)));
                var client = served.connect()) {
            answer(client.ask(Wire.SIMPLE + "\r\n"));
            Green.sleep(Duration.ofMillis(400));
            assertThat(answer(client.get("/")).status()).isEqualTo(200);
        }
    }

    @HubTest
    void whatIsNoRequestYetDoesNotProlongTheWaitForOne() throws Exception {
        try (var served = Served.with(builder -> builder.handler(OK).keepAlive(Duration.ofSeconds(3)));
                var client = served.connect()) {
            for (int i = 0; i < 2; i++) {
                Green.sleep(Duration.ofSeconds(1));
                client.send("\r\n");
            }
            long before = Green.nanoTime();
            assertThat(client.rest()).isEmpty();
            assertThat(Duration.ofNanos(Green.nanoTime() - before)).isLessThan(Duration.ofMillis(2_800));
        }
    }

    @HubTest
    void aTimeThatNobodyLivesToSeeIsForEver() throws Exception {
        var endless = Duration.ofSeconds(Long.MAX_VALUE);
        try (var served = Served.with(builder -> builder.handler(OK).keepAlive(endless).headerTimeout(endless)
                .bodyTimeout(endless).writeTimeout(endless)); var client = served.connect()) {
            client.send("GET / HT");
            Green.sleep(Duration.ofMillis(20));
            assertThat(answer(client.ask("TP/1.1\r\nHost: a\r\n\r\n")).status()).isEqualTo(200);
        }
    }

    @HubTest
    void anIdleConnectionWithTlsIsToldThatTheServiceStops() throws Exception {
        var options = tls();
        try (var served = Served.with(builder -> builder.handler(OK).tls(options));
                var plain = Net.connect(served.address());
                var client = GreenSsl.wrap(plain,
                        SslOptions.forClient(Localhost.client()).serverName("localhost").build())) {
            client.sendAll(Wire.bytes(Wire.SIMPLE));
            assertThat(Wire.text(client.recv(1000))).startsWith("HTTP/1.1 200");
            var stop = Green.spawn(() -> served.service.stop(Duration.ofSeconds(5)));
            String rest = Wire.text(client.getInputStream().readAllBytes()); // Without its goodbye this would fail.
            assertThat(rest).doesNotContain("HTTP");
            assertThat(stop.await()).isEmpty();
        }
    }

    // ---- what a client does not send

    @Test
    @Timeout(60)
    void theTimeThatAHandlerTakesIsNotTheClients() throws Exception {
        var begun = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            var body = exchange.getRequestBody();
            body.readNBytes(2);
            begun.send(true);
            Green.sleep(Duration.ofSeconds(7));
            say(exchange, new String(body.readAllBytes(), StandardCharsets.US_ASCII));
        };
        Simulation.seed(1).run(() -> { // Where nobody waits for those seconds.
            try (var served = Served.by(handler); var client = served.connect()) {
                client.send(Wire.POST + "Content-Length: 5\r\n\r\nh");
                Green.sleep(Duration.ofMillis(20)); // So that it has waited once.
                client.send("el");
                boolean _ = begun.await();
                Green.sleep(Duration.ofMillis(7100));
                assertThat(answer(client.ask("lo")).body()).isEqualTo("llo");
            }
        });
    }

    @HubTest
    void aClientThatLeavesWhileItsBodyIsDroppedIsLoggedAndNoFailure() throws Exception {
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(OK).log(log)); var client = served.connect()) {
            assertThat(answer(client.ask(Wire.POST + "Content-Length: 5\r\n\r\nhel")).status()).isEqualTo(200);
            client.socket.shutdownOutput();
            assertThat(client.isAtEnd()).isTrue();
        }
        assertThat(log).contains("\"POST / HTTP/1.1\" 200 2");
    }

    // ---- answers that are cut off

    @HubTest
    void aBodyThatTheEndOfTheConnectionWouldEndIsResetWhenItsHandlerFails() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "x".repeat(5000));
            throw new IllegalStateException("in the middle");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send("GET / HTTP/1.0\r\n\r\n");
            assertThatThrownBy(client::rest).isInstanceOf(IOException.class);
        }
    }

    @HubTest
    void alsoWhenItsHandlerIsKilledAndBeneathTls() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "x".repeat(5000));
            Green.current().kill();
        };
        var options = tls();
        try (var served = Served.with(builder -> builder.handler(handler).tls(options));
                var plain = Net.connect(served.address());
                var client = GreenSsl.wrap(plain,
                        SslOptions.forClient(Localhost.client()).serverName("localhost").build())) {
            client.sendAll(Wire.bytes("GET / HTTP/1.0\r\n\r\n"));
            assertThatThrownBy(() -> client.getInputStream().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @HubTest
    void aClientThatTakesNothingIsReset() throws Exception {
        var failed = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[100_000]);
                }
            } catch (IOException e) {
                failed.send(true);
                throw e;
            }
        };
        try (var served = Served.with(builder -> builder.handler(handler).writeTimeout(Duration.ofMillis(100)));
                var client = Client.slow(served.address())) {
            client.send(Wire.SIMPLE);
            boolean _ = failed.await();
            Green.sleep(Duration.ofMillis(20));
            assertThatThrownBy(client::rest).isInstanceOf(IOException.class);
        }
    }

    // ---- what a handler does to its answer

    @HubTest
    void theSmallestChunkCanGrowInTheMiddleOfAnAnswer() throws Exception {
        HttpHandler handler = exchange -> {
            GreenExchange.of(exchange).minimumChunkSize(10);
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "12345");
            GreenExchange.of(exchange).minimumChunkSize(1000);
            write(exchange, "x".repeat(500));
        };
        try (var served = Served.by(handler)) {
            assertThat(answer(served.ask(Wire.SIMPLE)).body()).isEqualTo("12345" + "x".repeat(500));
        }
    }

    @HubTest
    void whoWaitsForEventsIsToldAtOnceThatTheyWillCome() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "Text/Event-Stream; charset=utf-8");
            exchange.sendResponseHeaders(200, 0);
            await(goOn);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.bytes(15)).isEqualTo("HTTP/1.1 200 OK");
            goOn.send(true);
        }
    }

    private static void await(Event<Boolean> event) throws IOException {
        try {
            boolean _ = event.await();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @HubTest
    void whatIsWrittenBehindTheEndReachesNobody() throws Exception {
        var kept = new AtomicReference<@Nullable OutputStream>();
        var failed = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            OutputStream former = kept.get();
            if (former == null) {
                kept.set(exchange.getResponseBody());
                say(exchange, "first");
                return;
            }
            exchange.sendResponseHeaders(200, 6);
            write(exchange, "sec");
            former.flush();
            assertThatThrownBy(() -> former.write("evil".getBytes(StandardCharsets.US_ASCII)))
                    .isInstanceOf(IOException.class);
            former.close();
            failed.send(true);
            write(exchange, "ond");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.get("/")).body()).isEqualTo("first");
            assertThat(answer(client.get("/")).body()).isEqualTo("second");
            boolean _ = failed.await();
        }
    }

    @HubTest
    void trailersAreThoseThatWereChecked() throws Exception {
        HttpHandler handler = exchange -> {
            GreenExchange ours = GreenExchange.of(exchange);
            assertThatThrownBy(() -> ours.responseTrailers(Headers.of("Content-Length", "7")))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("Content-length");
            var trailers = new Headers();
            trailers.add("X", "1");
            ours.responseTrailers(trailers);
            Objects.requireNonNull(trailers.get("X")).set(0, "1\r\n\r\nHTTP/1.1 200 OK");
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "hello");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.GET + "Connection: close\r\n\r\n");
            assertThat(client.rest()).endsWith("0\r\nX: 1\r\n\r\n");
        }
    }

    @HubTest
    void anUpgradeWaitsUntilTheBodyHasBeenRead() throws Exception {
        HttpHandler handler = exchange -> {
            GreenExchange ours = GreenExchange.of(exchange);
            assertThatThrownBy(() -> ours.upgrade("chat")).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("body");
            exchange.getRequestBody().readAllBytes();
            ours.upgrade("chat").sendAll(Wire.bytes("up"));
        };
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(handler).log(log)); var client = served.connect()) {
            client.send(Wire.POST + "Connection: Upgrade\r\nUpgrade: chat\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.rest()).startsWith("HTTP/1.1 101 ").endsWith("\r\n\r\nup");
        }
        assertThat(log).contains("\"POST / HTTP/1.1\" 101 0");
    }

    @HubTest
    void a100ThatAHandlerSendsIsTheOnlyOne() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(100, -1);
            say(exchange, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII));
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            Green.sleep(Duration.ofMillis(20));
            Answer answer = answer(client.ask("hello"));
            assertThat(answer.interim()).containsExactly(100);
            assertThat(answer.body()).isEqualTo("hello");
        }
    }

    @HubTest
    void aHandlerMayEndTheConnectionByAnyOfItsFields() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().put("Connection", List.of("x", "close"));
            say(exchange, "bye");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.get("/")).closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    // ---- where to

    @HubTest
    void theUriOfAHostAloneIsThatOfItsRoot() throws Exception {
        try (var served = Served.with(builder -> builder.handler(OK).context("/a", OK));
                var client = served.connect()) {
            for (String target : new String[]{"http://a", "http://a?x=1", "http://a/"}) {
                assertThat(answer(client.ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")).status())
                        .as(target).isEqualTo(200);
            }
        }
    }

    @HubTest
    void aPoolOfTheUsersBoundsHowManyAreAccepted() throws Exception {
        var pool = new GreenPool(1);
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(OK).customPool(pool).log(log));
                var first = served.connect();
                var second = served.connect()) {
            assertThat(answer(first.get("/")).status()).isEqualTo(200);
            second.send(Wire.SIMPLE);
            Green.sleep(Duration.ofMillis(20));
            assertThat(pool.waiting()).isZero();
            first.socket.close();
            assertThat(answer(second.next()).status()).isEqualTo(200);
        }
    }

    // ---- the log

    /** What the server logs as faults of its own while a handler has a client that does something. */
    private static List<LogRecord> faults(HttpHandler handler, ClientsPart part) throws Exception {
        var faults = new CopyOnWriteArrayList<LogRecord>();
        SERVER.setFilter(line -> {
            if (line.getLevel().equals(Level.SEVERE)) {
                faults.add(line);
            }
            return false;
        });
        var ended = new Event<Boolean>();
        HttpHandler telling = exchange -> {
            try {
                handler.handle(exchange);
            } finally {
                ended.send(true);
            }
        };
        try (var served = Served.by(telling); var client = served.connect()) {
            part.play(client);
            boolean _ = ended.await();
        } finally {
            SERVER.setFilter(null);
        }
        return faults;
    }

    private interface ClientsPart {

        void play(Client client) throws Exception;
    }

    private static void endInTheMiddle(Client client) throws IOException {
        client.send(Wire.POST + "Content-Length: 10\r\n\r\nhello");
        client.socket.shutdownOutput();
        assertThat(answer(client.next()).status()).isEqualTo(400);
    }

    private static void askAndGo(Client client) throws IOException {
        client.send(Wire.SIMPLE);
        assertThat(client.bytes(15)).isEqualTo("HTTP/1.1 200 OK");
        client.socket.setSoLinger(true, 0);
        client.close();
    }

    private static IOException writeUntilItFails(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        while (true) {
            try {
                exchange.getResponseBody().write(new byte[10_000]);
            } catch (IOException e) {
                return e;
            }
            Green.sleep();
        }
    }

    @HubTest
    void whatTheClientDidIsNoFaultOfTheServersHoweverOftenItIsWrapped() throws Exception {
        assertThat(faults(exchange -> {
            try {
                exchange.getRequestBody().readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(new UncheckedIOException(e));
            }
        }, ConnectionTest::endInTheMiddle)).isEmpty();
        assertThat(faults(exchange -> {
            throw new IllegalStateException(writeUntilItFails(exchange));
        }, ConnectionTest::askAndGo)).isEmpty();
        assertThat(faults(exchange -> {
            writeUntilItFails(exchange);
            try {
                exchange.getResponseBody().write(new byte[10_000]);
            } catch (IOException e) { // Another one, of the same failure.
                throw new UncheckedIOException(e);
            }
        }, ConnectionTest::askAndGo)).isEmpty();
    }

    @HubTest
    void aFaultOfTheHandlersIsOneWhateverTheClientDid() throws Exception {
        var cause = new IOException("of the handler's own");
        assertThat(faults(exchange -> {
            throw new IllegalStateException(cause);
        }, client -> answer(client.get("/")))).singleElement().satisfies(
                line -> assertThat(line.getThrown()).hasCause(cause));
        assertThat(faults(exchange -> {
            writeUntilItFails(exchange);
            throw new IllegalStateException(cause);
        }, ConnectionTest::askAndGo)).hasSize(1);
        cause.initCause(new IllegalStateException(cause)); // In a circle.
        assertThat(faults(exchange -> {
            throw cause;
        }, client -> answer(client.get("/")))).hasSize(1);
    }

    @HubTest
    void theTimeInTheLogIsThatOfTheRequest() throws Exception {
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(OK).log(log).logFormat("%(wall_seconds).6f"));
                var client = served.connect()) {
            answer(client.get("/"));
            Green.sleep(Duration.ofSeconds(2));
            answer(client.get("/"));
        }
        assertThat(log.toString().lines().map(Double::parseDouble).toList()).hasSize(2)
                .allSatisfy(seconds -> assertThat(seconds).isLessThan(1.9));
    }

    @HubTest
    void noClientCanHideItsAddressBehindALongerOne() throws Exception {
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(OK).log(log)); var client = served.connect()) {
            answer(client.ask(Wire.GET + "X-Forwarded-For: " + "9.".repeat(1000) + "\r\n\r\n"));
        }
        assertThat(log).containsPattern(Pattern.compile("^(9\\.)+\\.{3},127\\.0\\.0\\.1 - - ")).hasSizeLessThan(300);
    }

    @HubTest
    void aLineOfJsonIsNotMuchLongerThanWhatItTells() throws Exception {
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(OK).log(log).logFormat(HttpService.JSON));
                var client = served.connect()) {
            answer(client.ask(Wire.GET + "User-Agent: " + "\u0085".repeat(60_000) + "\r\n\r\n"));
        }
        assertThat(log).hasSizeLessThan(50_000).contains("\\u0085...\"}");
    }

    @HubTest
    void aConnectionThatWasTakenAwayHasNoStatus() throws Exception {
        HttpHandler handler = exchange -> GreenExchange.of(exchange).hijack().sendAll(Wire.bytes("raw"));
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(handler).log(log)); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).isEqualTo("raw");
        }
        assertThat(log).contains("\"GET / HTTP/1.1\" - 0");
    }
}
