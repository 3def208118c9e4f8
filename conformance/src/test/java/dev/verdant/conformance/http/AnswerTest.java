package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.Uncaught;
import dev.verdant.green.Green;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.sync.Event;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What becomes of a handler's answer on its way: how it is framed, and what is not let through. */
class AnswerTest {

    private static final String CLOSING = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    private static void write(HttpExchange exchange, String text) throws IOException {
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static HttpHandler says(int code, long length, String... pieces) {
        return exchange -> {
            exchange.sendResponseHeaders(code, length);
            for (String piece : pieces) {
                write(exchange, piece);
            }
        };
    }

    private static Answer answer(@Nullable Answer answer) {
        return Objects.requireNonNull(answer, "no answer");
    }

    // ---- framing

    @HubTest
    void aBodyWhoseLengthIsToldHasAContentLength() throws Exception {
        try (var served = Served.by(says(200, 5, "he", "llo")); var client = served.connect()) {
            Answer answer = answer(client.get("/"));
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.values("content-length")).isEqualTo("5");
            assertThat(answer.has("transfer-encoding")).isFalse();
            assertThat(answer(client.get("/")).body()).isEqualTo("hello");
        }
    }

    @HubTest
    void aBodyWhoseLengthIsNotToldComesInChunks() throws Exception {
        try (var served = Served.by(says(200, 0, "he", "llo")); var client = served.connect()) {
            Answer answer = answer(client.get("/"));
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.values("transfer-encoding")).isEqualTo("chunked");
            assertThat(answer(client.get("/")).body()).isEqualTo("hello");
        }
    }

    @HubTest
    void aBodyInChunksThatIsEmptyIsTheLastChunkAlone() throws Exception {
        try (var served = Served.by(says(200, 0)); var client = served.connect()) {
            client.send(CLOSING);
            assertThat(client.rest()).contains("Transfer-Encoding: chunked").endsWith("\r\n\r\n0\r\n\r\n");
        }
    }

    @HubTest
    void theContentLengthThatAHandlerSetsFramesTheBodyAndIsSentOnce() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Content-length", "5");
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "hello");
        };
        try (var served = Served.by(handler)) {
            Answer answer = answer(served.ask(Wire.SIMPLE));
            assertThat(answer.values("content-length")).isEqualTo("5");
            assertThat(answer.has("transfer-encoding")).isFalse();
        }
    }

    @HubTest
    void aClientOfHttp10GetsABodyWithoutLengthUntilTheEnd() throws Exception {
        try (var served = Served.by(says(200, 0, "hello")); var client = served.connect()) {
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(client.rest()).contains("Connection: close").doesNotContain("chunked").endsWith("\r\n\r\nhello");
        }
    }

    @HubTest
    void aClientOfHttp10ThatAsksForItKeepsItsConnection() throws Exception {
        try (var served = Served.by(says(200, 5, "hello")); var client = served.connect()) {
            Answer answer = answer(client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
            assertThat(answer.values("connection")).isEqualTo("keep-alive");
            assertThat(answer(client.ask("GET / HTTP/1.0\r\n\r\n")).closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void anAnswerToHeadHasTheLengthAndNoBody() throws Exception {
        try (var served = Served.by(says(200, 5, "hello")); var client = served.connect()) {
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(answer(client.nextHead()).values("content-length")).isEqualTo("5");
            assertThat(answer(client.get("/")).body()).isEqualTo("hello");
        }
    }

    @HubTest
    void anAnswerToHeadMayTellTheLengthByItsField() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Content-Length", "1234");
            exchange.sendResponseHeaders(200, -1);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(answer(client.nextHead()).values("content-length")).isEqualTo("1234");
        }
    }

    @HubTest
    void whatAHandlerWritesInto304And204IsDroppedAndTheConnectionKept() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/304") ? 304 : 204, 5);
            write(exchange, "hello");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            Answer none = answer(client.get("/204"));
            assertThat(none.has("content-length") || none.has("transfer-encoding")).isFalse();
            assertThat(answer(client.get("/304")).values("content-length")).isEqualTo("5");
            assertThat(answer(client.get("/204")).status()).isEqualTo(204);
        }
    }

    @HubTest
    void anAnswerThatResetsHasALengthOfZeroAndWhatAHandlerWritesIntoItIsDropped() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Content-Length", "5");
            exchange.sendResponseHeaders(205, exchange.getRequestURI().getPath().equals("/told") ? 5 : 0);
            write(exchange, "hello");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            for (String path : new String[]{"/told", "/not", "/told"}) {
                Answer reset = answer(client.get(path));
                assertThat(reset.status()).isEqualTo(205);
                assertThat(reset.values("content-length")).isEqualTo("0");
                assertThat(reset.has("transfer-encoding")).isFalse();
            }
        }
    }

    @HubTest
    void whoIsRefusedAMethodIsToldOfOthers() throws Exception {
        try (var served = Served.by(says(200, -1)); var client = served.connect()) {
            Answer refused = answer(client.ask("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"));
            assertThat(refused.status()).isEqualTo(405);
            assertThat(refused.values("allow").split(", ", -1)).contains("GET", "HEAD", "POST").doesNotContain("TRACE");
        }
    }

    @HubTest
    void noBodyIsALengthOfZero() throws Exception {
        try (var served = Served.by(says(404, -1)); var client = served.connect()) {
            assertThat(answer(client.get("/")).values("content-length")).isEqualTo("0");
            assertThat(answer(client.get("/")).status()).isEqualTo(404);
        }
    }

    @HubTest
    void anInterimAnswerComesBeforeTheAnswer() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Link", "</style.css>; rel=preload");
            exchange.sendResponseHeaders(103, -1);
            exchange.sendResponseHeaders(200, -1);
        };
        try (var served = Served.by(handler)) {
            Answer answer = answer(served.ask(Wire.SIMPLE));
            assertThat(answer.interim()).containsExactly(103);
            assertThat(answer.status()).isEqualTo(200);
        }
    }

    @HubTest
    void theLastDataOfABodyInChunksGoesWithItsEnd() throws Exception {
        var closed = new Event<Boolean>();
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (var body = exchange.getResponseBody()) {
                write(exchange, "first");
                body.flush();
                write(exchange, "second");
            }
            closed.send(true);
            await(goOn);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(CLOSING);
            String all = "";
            while (!all.endsWith("5\r\nfirst\r\n")) {
                all += client.bytes(1);
            }
            boolean _ = closed.await();
            Green.sleep(Duration.ofMillis(20));
            assertThat(client.socket.getInputStream().available()).isZero();
            goOn.send(true);
            assertThat(client.rest()).isEqualTo("6\r\nsecond\r\n0\r\n\r\n");
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
    void trailersFollowTheLastChunk() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "hello");
            GreenExchange.of(exchange).responseTrailers(Headers.of("X-Sum", "42"));
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(CLOSING);
            assertThat(client.rest()).endsWith("5\r\nhello\r\n0\r\nX-sum: 42\r\n\r\n");
        }
    }

    @HubTest
    void fieldsAreCapitalizedUnlessThatIsSwitchedOff() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("sOMe-WEirD", "x");
            exchange.sendResponseHeaders(200, -1);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(CLOSING);
            assertThat(client.rest()).contains("\r\nSome-Weird: x\r\n");
        }
        try (var served = Served.with(builder -> builder.handler(handler).capitalizeResponseHeaders(false));
                var client = served.connect()) {
            client.send(CLOSING);
            assertThat(client.rest()).contains("\r\nSome-weird: x\r\n");
        }
    }

    @HubTest
    void anAnswerIsDatedUnlessItsHandlerHasDatedIt() throws Exception {
        HttpHandler handler = exchange -> {
            if (exchange.getRequestURI().getPath().equals("/own")) {
                exchange.getResponseHeaders().set("Date", "then");
            }
            exchange.sendResponseHeaders(200, -1);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.get("/")).values("date"))
                    .matches("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
            assertThat(answer(client.get("/own")).values("date")).isEqualTo("then");
        }
    }

    @HubTest
    void aLargeBodyComesWhole() throws Exception {
        var text = "0123456789abcdef".repeat(1 << 16);
        try (var served = Served.by(says(200, text.length(), text)); var client = served.connect()) {
            assertThat(answer(client.get("/")).body()).isEqualTo(text);
        }
        try (var served = Served.by(says(200, 0, text, "!")); var client = served.connect()) {
            assertThat(answer(client.get("/")).body()).isEqualTo(text + "!");
        }
    }

    // ---- what is wrong

    @HubTest
    void aBodyThatIsTooShortEndsTheConnectionThere() throws Exception {
        try (var served = Served.by(says(200, 5, "hel")); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).endsWith("Content-Length: 5\r\n\r\nhel");
        }
    }

    @HubTest
    void aBodyThatIsTooShortBehindAStreamThatClosesNothingEndsTheConnectionToo() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 5);
            write(exchange, "hel");
            exchange.setStreams(null, OutputStream.nullOutputStream());
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE + Wire.SIMPLE);
            assertThat(client.rest()).doesNotContain("helHTTP");
        }
    }

    @HubTest
    void aBodyThatIsTooLongIsCutAndTheConnectionEnds() throws Exception {
        var thrown = new AtomicReference<@Nullable IOException>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 5);
            try {
                write(exchange, "hello, world");
            } catch (IOException e) {
                thrown.set(e);
            }
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE + Wire.SIMPLE);
            assertThat(client.rest()).endsWith("\r\n\r\nhello").containsOnlyOnce("HTTP/1.1");
            assertThat(thrown.get()).hasMessageContaining("more than the 5 bytes");
        }
    }

    @HubTest
    void aFieldThatWouldBreakTheAnswerIsRefusedAndNothingOfItIsSent() throws Exception {
        HttpHandler handler = exchange -> {
            // The JDK's Headers refuse most of these by themselves.
            String value = exchange.getRequestURI().getQuery().equals("fold") ? "a\r\n b" : "a\u0000b";
            exchange.getResponseHeaders().add("X", value);
            exchange.sendResponseHeaders(200, -1);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            for (String bad : new String[]{"fold", "nul"}) {
                Answer answer = answer(client.get("/?" + bad));
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.has("x")).isFalse();
            }
        }
    }

    @HubTest
    void anAnswerBeginsOnceAndWithACodeThatIsOne() throws Exception {
        HttpHandler handler = exchange -> {
            assertThatThrownBy(() -> exchange.getResponseBody().write(1)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> exchange.sendResponseHeaders(42, -1))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("code: 42");
            assertThatThrownBy(() -> exchange.sendResponseHeaders(200, -2))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("length: -2");
            exchange.sendResponseHeaders(200, -1);
            assertThatThrownBy(() -> exchange.sendResponseHeaders(200, -1)).isInstanceOf(IOException.class)
                    .hasMessageContaining("begun");
        };
        try (var served = Served.by(handler)) {
            assertThat(answer(served.ask(Wire.SIMPLE)).status()).isEqualTo(200);
        }
    }

    // ---- handlers that fail

    @HubTest
    void aHandlerThatThrowsIsAnsweredForWith500AndAnEmptyBodyAndTheConnectionKept() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("X-Prepared", "yes");
            throw new IllegalStateException("secret");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            for (int i = 0; i < 2; i++) {
                Answer answer = answer(client.get("/"));
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.body()).isEmpty();
                assertThat(answer.has("x-prepared")).isFalse();
            }
        }
    }

    @HubTest
    void anErrorIsAFailureLikeAnyOther() throws Exception {
        HttpHandler handler = exchange -> {
            throw new AssertionError("an Error");
        };
        try (var served = Served.by(handler)) {
            assertThat(answer(served.ask(Wire.SIMPLE)).status()).isEqualTo(500);
        }
    }

    @HubTest
    void onlyToDebugAClientIsShownTheStack() throws Exception {
        HttpHandler handler = exchange -> {
            throw new IllegalStateException("secret");
        };
        try (var served = Served.with(builder -> builder.handler(handler).debug(true))) {
            assertThat(answer(served.ask(Wire.SIMPLE)).body()).contains("IllegalStateException: secret");
        }
    }

    @HubTest
    void aHandlerThatThrowsInTheMiddleOfChunksLeavesABodyWithoutAnEnd() throws Exception {
        HttpHandler handler = exchange -> {
            try (exchange) { // Which closes the body before anybody hears of the failure.
                exchange.sendResponseHeaders(200, 0);
                write(exchange, "x".repeat(5000));
                throw new IllegalStateException("in the middle");
            }
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            String all = client.rest();
            assertThat(all).contains("1388\r\nxxx").doesNotContain("\r\n0\r\n");
        }
    }

    @HubTest
    void alsoWhereAllOfItIsGatheredStillAndItsBodyIsClosed() throws Exception {
        HttpHandler handler = exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, 0);
                write(exchange, "little");
                throw new IllegalStateException("behind a little");
            }
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).doesNotContain("\r\n0\r\n");
        }
    }

    @HubTest
    void aHandlerThatClosesItsExchangeAndThrowsBeforeAnAnswerIsAnsweredForWith500() throws Exception {
        HttpHandler handler = exchange -> {
            try (exchange) {
                throw new IllegalStateException("before the answer");
            }
        };
        try (var served = Served.by(handler)) {
            assertThat(answer(served.ask(Wire.SIMPLE)).status()).isEqualTo(500);
        }
    }

    @HubTest
    void aHandlerThatReturnsWithoutAnAnswerIsAnsweredForWith500() throws Exception {
        try (var served = Served.by(exchange -> {})) {
            assertThat(answer(served.ask(Wire.SIMPLE)).status()).isEqualTo(500);
        }
    }

    @HubTest
    void aHandlerThatThrowsBehindItsWholeAnswerHasAnswered() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 5);
            write(exchange, "hello");
            throw new IllegalStateException("behind");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.get("/")).body()).isEqualTo("hello");
            assertThat(answer(client.get("/")).body()).isEqualTo("hello");
        }
    }

    @HubTest
    void aKilledHandlerEndsItsConnectionAndNobodyIsTold(Uncaught uncaught) throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            write(exchange, "x".repeat(5000));
            Green.current().kill();
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).doesNotContain("\r\n0\r\n");
        }
        assertThat(uncaught.failures()).isEmpty();
    }
}
