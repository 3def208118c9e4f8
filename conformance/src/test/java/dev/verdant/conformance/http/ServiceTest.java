package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsExchange;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.tls.Localhost;
import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenStream;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.green.sync.Event;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** What a service can be told, and what its handlers can do beyond answering. */
class ServiceTest {

    @TempDir
    private Path directory;

    private static Answer answer(@Nullable Answer answer) {
        return Objects.requireNonNull(answer, "no answer");
    }

    private static void say(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    // ---- who answers

    @HubTest
    void theContextWithTheLongestPathAnswersAndNobodyIs404() throws Exception {
        try (var served = Served.with(builder -> builder.context("/a", exchange -> say(exchange, "a"))
                .context("/a/b", exchange -> say(exchange, "b"))); var client = served.connect()) {
            assertThat(answer(client.get("/a/x")).body()).isEqualTo("a");
            assertThat(answer(client.get("/a/b/c")).body()).isEqualTo("b");
            assertThat(answer(client.get("/%61/b")).body()).isEqualTo("b");
            assertThat(answer(client.get("/x")).status()).isEqualTo(404);
        }
    }

    @HubTest
    void filtersRunInFrontOfTheirHandlerInTheirOrder() throws Exception {
        Filter first = Filter.beforeHandler("first", exchange -> exchange.setAttribute("seen", "1"));
        Filter second = Filter.adaptRequest("second", request -> request.with("X-Seen", List.of("2")));
        HttpHandler handler = exchange -> say(exchange,
                exchange.getAttribute("seen") + exchange.getRequestHeaders().getFirst("X-Seen"));
        try (var served = Served.with(builder -> builder.handler(handler, first, second))) {
            assertThat(answer(served.ask(Wire.SIMPLE)).body()).isEqualTo("12");
        }
    }

    @HubTest
    void behindAFilterThatWrapsTheExchangeItIsOneOfOursStill() throws Exception {
        Path file = Files.writeString(directory.resolve("file" + System.nanoTime()), "0123456789");
        Filter adapts = Filter.adaptRequest("asks for a part", request -> request.with("Range", List.of("bytes=2-4")));
        HttpHandler handler = exchange -> {
            assertThat(exchange).isNotInstanceOf(GreenExchange.class);
            GreenExchange ours = GreenExchange.of(exchange);
            assertThat(ours.requestTarget()).isEqualTo("/x?%20");
            ours.sendFile(file);
        };
        try (var served = Served.with(builder -> builder.handler(handler, adapts, adapts));
                var client = served.connect()) {
            Answer part = answer(client.get("/x?%20"));
            assertThat(part.status()).isEqualTo(206);
            assertThat(part.body()).isEqualTo("234");
        }
    }

    @HubTest
    void whatIsNoneOfOursSaysWhatItShouldBe() throws Exception {
        HttpHandler handler = exchange -> {
            HttpExchange hiding = new HidingExchange(exchange);
            assertThatThrownBy(() -> GreenExchange.of(hiding)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("exchange: ").hasMessageContaining("expected: one of Verdant's")
                    .hasMessageContaining("getAttribute");
            say(exchange, "ok");
        };
        try (var served = Served.by(handler)) {
            assertThat(answer(served.ask(Wire.SIMPLE)).body()).isEqualTo("ok");
        }
    }

    @HubTest
    void onlyThoseWhoProveWhoTheyAreGetThrough() throws Exception {
        var guard = new BasicAuthenticator("here") {
            @Override
            public boolean checkCredentials(String user, String password) {
                return user.equals("alice") && password.equals("secret");
            }
        };
        HttpHandler handler = exchange -> say(exchange, exchange.getPrincipal().getUsername());
        try (var served = Served.with(builder -> builder.context("/", guard, handler)); var client = served.connect()) {
            assertThat(answer(client.get("/")).status()).isEqualTo(401);
            assertThat(answer(client.ask("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n"))
                    .body()).isEqualTo("alice");
        }
    }

    @HubTest
    void whatTheEnvironmentHoldsIsAnAttributeOfEveryExchange() throws Exception {
        HttpHandler handler = exchange -> {
            String before = String.valueOf(exchange.getAttribute("name"));
            exchange.setAttribute("name", "own");
            say(exchange, before + exchange.getAttribute("name"));
        };
        try (var served = Served.with(builder -> builder.handler(handler).environ(Map.of("name", "all")));
                var client = served.connect()) {
            assertThat(answer(client.get("/")).body()).isEqualTo("allown");
            assertThat(answer(client.get("/")).body()).isEqualTo("allown");
        }
    }

    @HubTest
    void theTargetIsThereAsItCame() throws Exception {
        HttpHandler handler = exchange -> say(exchange, GreenExchange.of(exchange).requestTarget() + " "
                + exchange.getRequestURI().getPath());
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.get("/a%20b?x=%00")).body()).isEqualTo("/a%20b?x=%00 /a b");
            assertThat(answer(client.get("//x/y")).body()).isEqualTo("//x/y //x/y");
        }
    }

    // ---- bodies

    @HubTest
    void a100IsSentWhenAHandlerReadsAndNotBefore() throws Exception {
        var reads = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            await(reads);
            say(exchange, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            Green.sleep(Duration.ofMillis(20));
            assertThat(client.socket.getInputStream().available()).isZero();
            reads.send(true);
            String interim = "HTTP/1.1 100 Continue\r\n\r\n";
            assertThat(client.bytes(interim.length())).isEqualTo(interim);
            client.send("he");
            Green.sleep(Duration.ofMillis(20)); // The handler waits a second time.
            Answer answer = answer(client.ask("llo"));
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.interim()).isEmpty();
            assertThat(answer(client.get("/")).status()).isEqualTo(200);
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
    void whoAnswersWithoutReadingSendsNo100AndEndsTheConnection() throws Exception {
        try (var served = Served.by(exchange -> say(exchange, "no")); var client = served.connect()) {
            client.send(Wire.POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            Answer answer = answer(client.next());
            assertThat(answer.interim()).isEmpty();
            assertThat(answer.closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void aBodyThatNobodyReadsIsDroppedUpToALimit() throws Exception {
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "ok")).drainLimit(100));
                var client = served.connect()) {
            client.send(Wire.POST + "Content-Length: 100\r\n\r\n" + "x".repeat(100));
            assertThat(answer(client.next()).closes()).isFalse();
            client.send(Wire.POST + "Content-Length: 101\r\n\r\n" + "x".repeat(101));
            assertThat(answer(client.next()).closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void whoReadsALargeBodyWhileHeAnswersItKeepsTheConnection() throws Exception {
        String body = "0123456789abcdef".repeat(1 << 14);
        HttpHandler handler = exchange -> {
            switch (exchange.getRequestURI().getPath()) {
                case "/chunks" -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getRequestBody().transferTo(exchange.getResponseBody());
                }
                case "/length" -> {
                    exchange.sendResponseHeaders(200, body.length());
                    exchange.getResponseHeaders().set("X-Late", "not to be sent");
                    exchange.getRequestBody().transferTo(exchange.getResponseBody());
                }
                case "/first" -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('a');
                    exchange.getRequestBody().readAllBytes();
                }
                default -> say(exchange, "next");
            }
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            for (String path : new String[]{"/chunks", "/length", "/first"}) {
                var sending = Green.spawn(() -> client.send("POST " + path + " HTTP/1.1\r\n" + Wire.HOST
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body));
                Answer answer = answer(client.next());
                sending.await();
                assertThat(answer.body().equals(path.equals("/first") ? "a" : body)).as(path).isTrue();
                assertThat(answer.closes()).as(path).isFalse();
                assertThat(answer.has("x-late")).isFalse();
                assertThat(answer(client.get("/")).body()).isEqualTo("next");
            }
        }
    }

    @HubTest
    void whoLeavesTooMuchOfABodyEndsTheConnectionAndSaysSoIfThatIsKnown() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('a');
            if (exchange.getRequestURI().getPath().equals("/flushed")) {
                exchange.getResponseBody().flush();
            }
            exchange.getRequestBody().readNBytes(900);
        };
        try (var served = Served.with(builder -> builder.handler(handler).drainLimit(100))) {
            for (String path : new String[]{"/whole", "/flushed"}) {
                try (var client = served.connect()) {
                    client.send("POST " + path + " HTTP/1.1\r\n" + Wire.HOST + "Content-Length: 1001\r\n\r\n"
                            + "x".repeat(1001) + Wire.EVIL);
                    Answer answer = answer(client.next());
                    assertThat(answer.body()).isEqualTo("a");
                    assertThat(answer.closes()).isEqualTo(path.equals("/whole"));
                    assertThat(client.isAtEnd()).isTrue();
                }
            }
        }
    }

    @HubTest
    void trailersOfARequestAreThereBehindItsBodyAndNowhereElse() throws Exception {
        HttpHandler handler = exchange -> {
            GreenExchange ours = GreenExchange.of(exchange);
            assertThat(ours.requestTrailers()).isNull();
            exchange.getRequestBody().readAllBytes();
            say(exchange, Objects.requireNonNull(ours.requestTrailers()).getFirst("X-Sum") + " "
                    + exchange.getRequestHeaders().getFirst("X-Sum"));
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.ask(Wire.CHUNKED + "5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n")).body())
                    .isEqualTo("42 null");
        }
    }

    @HubTest
    void aBodyThatIsCutOffFailsTheReadAndIsAnsweredWith400() throws Exception {
        var seen = new Event<String>();
        HttpHandler handler = exchange -> {
            try {
                exchange.getRequestBody().readAllBytes();
            } catch (IOException e) {
                seen.send(Objects.toString(e.getMessage()));
                throw e;
            }
            say(exchange, "whole");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.POST + "Content-Length: 10\r\n\r\nhello");
            client.socket.shutdownOutput();
            assertThat(answer(client.next()).status()).isEqualTo(400);
            assertThat(client.isAtEnd()).isTrue();
            assertThat(seen.await()).contains("in the middle");
        }
    }

    // ---- streaming

    @HubTest
    void aFlushSendsWhatWasWritten() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("one".getBytes(StandardCharsets.US_ASCII));
            exchange.getResponseBody().flush();
            await(goOn);
            exchange.getResponseBody().write("two".getBytes(StandardCharsets.US_ASCII));
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            String all = "";
            while (!all.endsWith("3\r\none\r\n")) {
                all += client.bytes(1);
            }
            goOn.send(true);
            assertThat(client.rest()).isEqualTo("3\r\ntwo\r\n0\r\n\r\n");
        }
    }

    @HubTest
    void anEventIsSentWhenItIsWritten() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("data: 1\n\n".getBytes(StandardCharsets.US_ASCII));
            await(goOn);
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            String all = "";
            while (!all.endsWith("data: 1\n\n")) {
                all += client.bytes(1);
            }
            goOn.send(true);
        }
    }

    @HubTest
    void anExchangeCanHaveASmallestChunkOfItsOwnAlsoWhereTheLengthIsKnown() throws Exception {
        var goOn = new Event<Boolean>();
        HttpHandler handler = exchange -> {
            GreenExchange.of(exchange).minimumChunkSize(1);
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(' ');
            await(goOn);
            exchange.getResponseBody().write(' ');
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            String all = "";
            while (!all.endsWith("\r\n\r\n ")) {
                all += client.bytes(1);
            }
            goOn.send(true);
            assertThat(client.bytes(1)).isEqualTo(" ");
        }
    }

    // ---- something else than HTTP

    @HubTest
    void anUpgradeGoesOnWithWhatTheClientHasSentAlready() throws Exception {
        HttpHandler handler = exchange -> {
            GreenStream stream = GreenExchange.of(exchange).upgrade("chat");
            stream.sendAll(stream.recv(100));
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello");
            assertThat(client.rest()).startsWith("HTTP/1.1 101 Switching Protocols\r\n").contains("Upgrade: chat\r\n")
                    .endsWith("\r\n\r\nhello");
        }
    }

    @HubTest
    void anUpgradeThatNobodyOffersIsRefused() throws Exception {
        HttpHandler handler = exchange -> {
            assertThatThrownBy(() -> GreenExchange.of(exchange).upgrade("chat"))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("chat");
            say(exchange, "plain");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            for (String head : new String[]{"", "Upgrade: chat\r\n", "Connection: upgrade\r\n",
                    "Connection: upgrade\r\nUpgrade: other\r\n"}) {
                assertThat(answer(client.ask(Wire.GET + head + "\r\n")).body()).isEqualTo("plain");
            }
        }
    }

    @HubTest
    void aHijackedConnectionIsTheHandlersAndEndsWithIt() throws Exception {
        HttpHandler handler = exchange -> GreenExchange.of(exchange).hijack()
                .sendAll("raw".getBytes(StandardCharsets.US_ASCII));
        try (var served = Served.by(handler); var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).isEqualTo("raw");
        }
    }

    // ---- connections

    @HubTest
    void connectionsBeyondTheMostWaitForAPlace() throws Exception {
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "ok")).maxSize(1));
                var first = served.connect();
                var second = served.connect()) {
            assertThat(answer(first.get("/")).status()).isEqualTo(200);
            second.send(Wire.SIMPLE);
            Green.sleep(Duration.ofMillis(20));
            assertThat(second.socket.getInputStream().available()).isZero();
            first.socket.close();
            assertThat(answer(second.next()).status()).isEqualTo(200);
        }
    }

    @HubTest
    void connectionsCanRunInAPoolOfTheUsers() throws Exception {
        var pool = new GreenPool(5);
        try (var served = Served
                .with(builder -> builder.handler(exchange -> say(exchange, "" + pool.running())).customPool(pool));
                var client = served.connect()) {
            assertThat(answer(client.get("/")).body()).isEqualTo("1");
        }
        pool.waitAll();
    }

    @HubTest
    void aConnectionThatIsNotKeptEndsBehindItsAnswer() throws Exception {
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "ok")).keepAlive(false));
                var client = served.connect()) {
            assertThat(answer(client.get("/")).closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void aHandlerCanEndTheConnection() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().set("Connection", "close");
            say(exchange, "bye");
        };
        try (var served = Served.by(handler); var client = served.connect()) {
            assertThat(answer(client.get("/")).closes()).isTrue();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void anIdleConnectionIsEndedInSilenceAndClientsThatAskAreToldWhen() throws Exception {
        try (var served = Served
                .with(builder -> builder.handler(exchange -> say(exchange, "ok")).keepAlive(Duration.ofSeconds(1)));
                var client = served.connect()) {
            Answer answer = answer(client.ask(Wire.GET + "Connection: keep-alive\r\n\r\n"));
            assertThat(answer.values("keep-alive")).isEqualTo("timeout=1");
            assertThat(answer(client.get("/")).has("keep-alive")).isFalse();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @HubTest
    void aHeadThatIsNotWholeInTimeIsAnsweredWith408() throws Exception {
        try (var served = Served.with(
                builder -> builder.handler(exchange -> say(exchange, "ok")).headerTimeout(Duration.ofMillis(100)));
                var client = served.connect()) {
            client.send("GET / HT");
            Answer answer = answer(client.next());
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.closes()).isTrue();
        }
    }

    @HubTest
    void aBodyThatDoesNotComeIsAnsweredWith408() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getRequestBody().readAllBytes();
            say(exchange, "whole");
        };
        try (var served = Served.with(builder -> builder.handler(handler).bodyTimeout(Duration.ofMillis(100)));
                var client = served.connect()) {
            assertThat(answer(client.ask(Wire.POST + "Content-Length: 10\r\n\r\nhello")).status()).isEqualTo(408);
        }
    }

    @HubTest
    void aClientThatTakesNothingIsGivenUp() throws Exception {
        var failed = new Event<String>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[100_000]);
                }
            } catch (IOException e) {
                failed.send(Objects.toString(e.getMessage()));
                throw e;
            }
        };
        try (var served = Served.with(builder -> builder.handler(handler).writeTimeout(Duration.ofMillis(100)));
                var client = Client.slow(served.address())) {
            client.send(Wire.SIMPLE);
            assertThat(failed.await()).contains("takes nothing");
        }
    }

    @HubTest
    void aServerOfHttp10SendsNoChunksAndKeepsNothing() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("hello".getBytes(StandardCharsets.US_ASCII));
        };
        try (var served = Served.with(builder -> builder.handler(handler).maxHttpVersion("HTTP/1.0"));
                var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).startsWith("HTTP/1.0 200 OK\r\n").contains("Connection: close")
                    .doesNotContain("chunked").endsWith("\r\n\r\nhello");
        }
    }

    @HubTest
    void limitsAreThoseThatWereSet() throws Exception {
        HttpHandler handler = exchange -> say(exchange, "" + exchange.getRequestBody().readAllBytes().length);
        try (var served = Served.with(builder -> builder.handler(handler).urlLengthLimit(100).headerLimit(200, 3)
                .bodyLimit(10))) {
            assertThat(answer(served.ask("GET /" + "x".repeat(200) + " HTTP/1.1\r\nHost: a\r\n\r\n")).status())
                    .isEqualTo(414);
            assertThat(answer(served.ask(Wire.GET + "X: " + "x".repeat(200) + "\r\n\r\n")).status()).isEqualTo(431);
            assertThat(answer(served.ask(Wire.GET + "A: 1\r\nB: 1\r\nC: 1\r\n\r\n")).status()).isEqualTo(431);
            assertThat(answer(served.ask(Wire.POST + "Content-Length: 11\r\n\r\n")).status()).isEqualTo(413);
            assertThat(answer(served.ask(Wire.CHUNKED + "b\r\n01234567890\r\n0\r\n\r\n")).status()).isEqualTo(413);
            assertThat(answer(served.ask(Wire.CHUNKED + "6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n")).status())
                    .isEqualTo(413);
            assertThat(answer(served.ask(Wire.CHUNKED + "a\r\n0123456789\r\n0\r\n\r\n")).body()).isEqualTo("10");
        }
    }

    @HubTest
    void badSettingsAreRefusedByName() throws Exception {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var builder = HttpService.on(listener);
            assertThatThrownBy(() -> builder.maxSize(0)).hasMessage("connections: 0 (expected: >= 1)");
            assertThatThrownBy(() -> builder.bodyLimit(-1)).hasMessage("bytes: -1 (expected: >= 0)");
            assertThatThrownBy(() -> builder.headerTimeout(Duration.ZERO)).hasMessageStartingWith("time: PT0S");
            assertThatThrownBy(() -> builder.maxHttpVersion("HTTP/2")).hasMessageStartingWith("version: HTTP/2");
            assertThatThrownBy(() -> builder.logFormat("%(nonsense)s")).hasMessageStartingWith("format: %(nonsense)");
            assertThatThrownBy(() -> builder.context("x", _ -> {})).hasMessageStartingWith("path: x");
        }
    }

    // ---- where

    @HubTest
    @NotSimulated("its paths are no files")
    void aServiceCanBeAtAPath() throws Exception {
        var path = UnixDomainSocketAddress.of(directory.resolve("http" + System.nanoTime()));
        try (var served = Served.at(path, builder -> builder.handler(exchange -> say(exchange,
                exchange.getRemoteAddress().getHostString())))) {
            assertThat(answer(served.ask(Wire.SIMPLE)).body()).isEqualTo("unix");
        }
    }

    @HubTest
    @NotSimulated("one loop is all that there is")
    void severalLoopsServeOneAddress() throws Exception {
        Set<String> loops = ConcurrentHashMap.newKeySet();
        HttpHandler handler = exchange -> {
            loops.add(Objects.requireNonNull(EventLoop.current()).toString());
            say(exchange, "ok");
        };
        try (var group = EventLoopGroup.start(2);
                var server = Net.listen(group, new InetSocketAddress("127.0.0.1", 0))) {
            var service = HttpService.on(server).handler(handler).build();
            var serving = Green.spawn(() -> service.serve());
            for (int i = 0; i < 1000 && loops.size() < 2; i++) {
                try (var client = Client.of(service.address())) {
                    assertThat(answer(client.get("/")).status()).isEqualTo(200);
                }
            }
            assertThat(loops).hasSize(2);
            assertThat(service.stop(Duration.ofSeconds(10))).isEmpty();
            serving.await();
        }
    }

    @HubTest
    void aServiceCanTalkTls() throws Exception {
        HttpHandler handler = exchange -> say(exchange, ((HttpsExchange) exchange).getSSLSession().getProtocol());
        try (var served = Served.with(builder -> builder.handler(handler).tls(tls()));
                var plain = Net.connect(served.address());
                var client = GreenSsl.wrap(plain,
                        SslOptions.forClient(Localhost.client()).serverName("localhost").build())) {
            client.sendAll(Wire.bytes("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
            assertThat(Wire.text(client.getInputStream().readAllBytes())).startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("TLSv1.3");
        }
    }

    private static SslOptions tls() {
        try {
            return SslOptions.forServer(Localhost.server()).build();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @HubTest
    void aClientThatTalksPlainlyToAServiceWithTlsIsTurnedAwayAndOthersAreServed() throws Exception {
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "ok")).tls(tls()));
                var client = served.connect()) {
            client.send(Wire.SIMPLE);
            assertThat(client.rest()).doesNotContain("HTTP");
        }
    }

    // ---- the log

    @HubTest
    void everyRequestIsLoggedAlsoThoseThatWereRefused() throws Exception {
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "hello")).log(log));
                var client = served.connect()) {
            answer(client.ask(Wire.GET + "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n\r\n"));
            answer(client.ask("GET /a\u0001 HTTP/1.1\r\n\r\n"));
        }
        assertThat(log.toString().lines().toList()).satisfiesExactly(
                line -> assertThat(line)
                        .matches("10.0.0.1,10.0.0.2,127.0.0.1 - - \\[\\d\\d/\\w{3}/\\d{4}:[\\d:]+ \\+0000]"
                                + " \"GET / HTTP/1.1\" 200 5 \\d+\\.\\d{6}"),
                line -> assertThat(line).contains("\"GET /a\\x01 HTTP/1.1\" 400 0"));
    }

    @HubTest
    void aLogInJsonHoldsWhatAClientSaysWithoutBecomingAnotherLine() throws Exception {
        var log = new StringBuilder();
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "hello")).log(log)
                .logFormat(HttpService.JSON)); var client = served.connect()) {
            answer(client.ask(Wire.GET + "User-Agent: a\"b\\c\t\u0085\r\n\r\n"));
        }
        assertThat(log.toString().lines().toList()).singleElement().asString()
                .contains("\"status\":200,\"bytes\":5,").endsWith("\"user_agent\":\"a\\\"b\\\\c\\u0009\\u0085\"}");
    }

    @HubTest
    void aLogThatFailsEndsNothing() throws Exception {
        Appendable broken = new Appendable() {
            @Override
            public Appendable append(@Nullable CharSequence text) throws IOException {
                throw new IOException("disk full");
            }

            @Override
            public Appendable append(@Nullable CharSequence text, int start, int end) throws IOException {
                throw new IOException("disk full");
            }

            @Override
            public Appendable append(char c) throws IOException {
                throw new IOException("disk full");
            }
        };
        try (var served = Served.with(builder -> builder.handler(exchange -> say(exchange, "ok")).log(broken));
                var client = served.connect()) {
            assertThat(answer(client.get("/")).status()).isEqualTo(200);
            assertThat(answer(client.get("/")).status()).isEqualTo(200);
        }
    }
}
