package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the examples of the HTTP server do, on each hub that runs here. */
@Timeout(60)
class HttpExamplesTest {

    static Stream<HubProvider> hubs() {
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty());
    }

    private static void on(HubProvider hub, GreenTask test) throws Exception {
        Green.run(options -> options.hub(hub), test);
    }

    private static InetSocketAddress serve(Function<GreenServerSocket, HttpService.Builder> service) throws Exception {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
        Green.spawnN(() -> service.apply(listener).serve());
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    // ---- a client that says what it means, byte by byte

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Sends it all, then reads to the end. */
    private static String ask(InetSocketAddress server, String request) throws Exception {
        try (var socket = Net.connect(server)) {
            socket.sendAll(bytes(request));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static String get(InetSocketAddress server, String target) throws Exception {
        return ask(server, "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    private static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    private static String readTo(GreenSocket socket, String end) throws Exception {
        var text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).as(text.toString()).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }

    // ---- hello-http, serve

    @ParameterizedTest
    @MethodSource("hubs")
    void helloIsSaidToEachRequestOfAConnection(HubProvider hub) throws Exception {
        on(hub, () -> {
            var server = serve(listener -> HttpService.on(listener).handler(HelloHttp::hello));
            String again = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
            String said = ask(server, again + again + "GET / HTTP/1.0\r\n\r\n");
            assertThat(said.split("Hello, world!", -1)).hasSize(4);
            assertThat(said).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nHello, world!");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theFileServerGivesFilesAndListsAndTellsOfEachRequest(HubProvider hub, @TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("one"), "1");
        var log = new StringBuilder();
        on(hub, () -> {
            var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
            var serving = Green.spawn(() -> FileServer.on(listener, folder).log(log).serve());
            var server = (InetSocketAddress) listener.getLocalSocketAddress();
            assertThat(get(server, "/one")).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n1");
            assertThat(get(server, "/")).contains("<a href=\"./one\">one</a>");
            assertThat(get(server, "/two")).startsWith("HTTP/1.1 404 ");
            Net.stop(listener, Duration.ofSeconds(10));
            serving.await();
        });
        assertThat(log.toString().lines()).hasSize(3).allMatch(line -> line.startsWith("127.0.0.1 - - ["))
                .first().asString().contains("\"GET /one HTTP/1.1\" 200 1 ");
    }

    // ---- http-echo

    @ParameterizedTest
    @MethodSource("hubs")
    void theMirrorAnswersAnyMethodWithTheBody(HubProvider hub) throws Exception {
        on(hub, () -> {
            var server = serve(HttpEcho::on);
            String rest = " / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
            for (String method : List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FROBNICATE")) {
                assertThat(ask(server, method + rest + "\r\n")).as(method).startsWith("HTTP/1.1 200 OK\r\n")
                        .contains("\r\nContent-Length: 0\r\n").endsWith("\r\n\r\n");
                assertThat(ask(server, method + rest + "Content-Length: 5\r\n\r\n\u0000\r\n\u00ff.")).as(method)
                        .startsWith("HTTP/1.1 200 OK\r\n").contains("\r\nContent-Length: 5\r\n")
                        .endsWith("\r\n\r\n\u0000\r\n\u00ff.");
            }
            assertThat(ask(server, "HEAD" + rest + "\r\n")).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n");
            assertThat(body(
                    ask(server, "POST" + rest + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n3\r\nbcd\r\n0\r\n\r\n"))
                    .replaceAll("[0-9a-f]+\r\n([^\r]*)\r\n", "$1")).isEqualTo("abcd");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theMirrorWaitsForNobodyToReadAndSendsEachPieceAtOnce(HubProvider hub) throws Exception {
        byte[] content = new byte[9_000_000];
        long seed = new Random().nextLong();
        new Random(seed).nextBytes(content);
        on(hub, () -> {
            var server = serve(HttpEcho::on);
            try (var socket = Net.connect(server)) {
                socket.sendAll(bytes("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
                assertThat(readTo(socket, "one\r\n")).contains("\r\n\r\n3\r\none\r\n");
                socket.sendAll(bytes("3\r\ntwo\r\n"));
                assertThat(readTo(socket, "two\r\n")).isEqualTo("3\r\ntwo\r\n");
                socket.sendAll(bytes("0\r\n\r\n"));
                assertThat(readTo(socket, "\r\n\r\n")).isEqualTo("0\r\n\r\n");

                socket.sendAll(bytes("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"));
                socket.sendAll(content);
                assertThat(readTo(socket, "\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
                byte[] back = socket.getInputStream().readNBytes(content.length);
                assertThat(Arrays.equals(back, content)).as("seed %d", seed).isTrue();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theMirrorShowsTheHeadThatTheHandlerSaw(HubProvider hub) throws Exception {
        on(hub, () -> {
            var server = serve(HttpEcho::on);
            String answer = ask(server, head("FROB /echo?a=%20b HTTP/1.1", "Host: x", "X-Two: 1", "X-Two: \u00e9",
                    "x_hidden: 1", "Connection: close"));
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
            var lines = body(answer).lines().toList();
            assertThat(lines).hasSize(5).contains("Host: x", "X-two: 1", "X-two: \u00e9", "Connection: close");
            assertThat(lines).first().isEqualTo("FROB /echo?a=%20b HTTP/1.1");
        });
    }

    // ---- events

    @ParameterizedTest
    @MethodSource("hubs")
    void eventsAreSeenWhenTheyHappenAndAClientThatHasGoneIsNoticed(HubProvider hub) throws Exception {
        on(hub, () -> {
            var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
            var serving = Green.spawn(() -> new Events(Duration.ofMillis(20)).on(listener).serve());
            assertThat(get((InetSocketAddress) listener.getLocalSocketAddress(), "/"))
                    .contains("new EventSource('/clock')");
            try (var socket = Net.connect(listener.getLocalSocketAddress())) {
                socket.sendAll(bytes("GET /clock HTTP/1.1\r\nHost: x\r\n\r\n"));
                assertThat(readTo(socket, "\r\n\r\n")).contains("\r\nContent-Type: text/event-stream\r\n");
                Instant before = Instant.EPOCH;
                for (int i = 1; i < 4; i++) {
                    String event = readTo(socket, "\n\n\r\n");
                    assertThat(event).contains("\r\nid: " + i + "\ndata: ");
                    Instant time = Instant.parse(event.replaceFirst("(?s).*data: ", "").strip());
                    assertThat(time).isAfter(before);
                    before = time;
                }
            }
            assertThat(Net.stop(listener, Duration.ofSeconds(20))).isEmpty();
            serving.await();
        });
    }

    // ---- reverse-proxy

    private static InetSocketAddress proxy(InetSocketAddress to, Duration patience) throws Exception {
        return serve(new ReverseProxy(to, patience)::on);
    }

    private static InetSocketAddress proxyTo(SocketHandler backend, Duration patience) throws Exception {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
        Green.spawnN(() -> Net.serve(listener, backend));
        return proxy((InetSocketAddress) listener.getLocalSocketAddress(), patience);
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theProxyPassesOnWhatIsNotForItAlone(HubProvider hub) throws Exception {
        on(hub, () -> {
            var proxy = proxy(serve(HttpEcho::on), Duration.ofSeconds(20));
            String answer = ask(proxy, head("FROB /echo/%20?a=%2f HTTP/1.1", "Host: example.com:80",
                    "X-Forwarded-For: 10.0.0.1", "Connection: close, x-private", "X-Private: 1", "TE: trailers",
                    "Keep-Alive: 1", "X-Public: 2"));
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\nVia: 1.1 verdant\r\n");
            var lines = body(answer).lines().toList();
            assertThat(lines).first().isEqualTo("FROB /echo/%20?a=%2f HTTP/1.1");
            assertThat(lines.subList(1, lines.size())).containsExactlyInAnyOrder("Host: example.com:80",
                    "X-forwarded-for: 10.0.0.1", "X-forwarded-for: 127.0.0.1", "Via: 1.1 verdant", "X-public: 2",
                    "Connection: close");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theProxyPassesBodiesOnWhileTheyCome(HubProvider hub) throws Exception {
        byte[] content = new byte[9_000_000];
        new Random(7).nextBytes(content);
        on(hub, () -> {
            var proxy = proxy(serve(HttpEcho::on), Duration.ofSeconds(20));
            try (var socket = Net.connect(proxy)) {
                socket.sendAll(bytes("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
                assertThat(readTo(socket, "one\r\n")).contains("\r\nTransfer-Encoding: chunked\r\n");
                socket.sendAll(bytes("3\r\ntwo\r\n"));
                assertThat(readTo(socket, "two\r\n")).isEqualTo("3\r\ntwo\r\n");
                socket.sendAll(bytes("0\r\n\r\n"));
                assertThat(readTo(socket, "0\r\n\r\n")).isEqualTo("0\r\n\r\n");

                socket.sendAll(bytes("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
                assertThat(readTo(socket, "\r\n\r\n")).startsWith("HTTP/1.1 100 ");
                socket.sendAll(bytes("hi"));
                assertThat(readTo(socket, "\r\n\r\nhi")).startsWith("HTTP/1.1 200 ");

                socket.sendAll(bytes("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"));
                var sending = Green.spawn(() -> socket.sendAll(content));
                assertThat(readTo(socket, "\r\n\r\n")).contains("\r\nContent-Length: 9000000\r\n");
                assertThat(Arrays.equals(socket.getInputStream().readNBytes(content.length), content)).isTrue();
                sending.await();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theProxyAnswersForAServerThatCannotBeReached(HubProvider hub) throws Exception {
        on(hub, () -> {
            var closed = Net.listen(new InetSocketAddress("127.0.0.1", 0));
            closed.close();
            var nobody = new InetSocketAddress("127.0.0.1", closed.getLocalPort());
            assertThat(get(proxy(nobody, Duration.ofSeconds(20)), "/")).startsWith("HTTP/1.1 502 ");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theProxyAnswersForAServerThatSaysNothing(HubProvider hub) throws Exception {
        on(hub, () -> {
            var proxy = proxyTo(server -> {
                while (server.recv(1000).length > 0) {
                    // Something is asked, and nothing said.
                }
            }, Duration.ofMillis(100));
            assertThat(get(proxy, "/")).startsWith("HTTP/1.1 504 ");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 101 Other\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\u0000b\r\n\r\n"})
    void theProxyAnswersForAServerThatTalksNonsense(String nonsense) throws Exception {
        Green.run(() -> {
            var proxy = proxyTo(server -> {
                assertThat(server.recv(1000)).isNotEmpty();
                server.sendAll(bytes(nonsense));
            }, Duration.ofSeconds(20));
            assertThat(get(proxy, "/")).startsWith("HTTP/1.1 502 ");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nx\r\n"})
    void anAnswerThatIsCutOffIsPassedOnAsOneThatIs(String half) throws Exception {
        Green.run(() -> {
            var proxy = proxyTo(server -> {
                assertThat(server.recv(1000)).isNotEmpty();
                server.sendAll(bytes("HTTP/1.1 200 OK\r\n" + half));
            }, Duration.ofSeconds(20));
            String answer = get(proxy, "/");
            assertThat(answer).startsWith("HTTP/1.1 200 ").contains("half").doesNotContain("0\r\n\r\n");
            assertThat(answer).containsAnyOf("Content-Length: 10", "Transfer-Encoding: chunked");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theProxyPassesOnWhatHasNoBodyOrNoLength(HubProvider hub) throws Exception {
        on(hub, () -> {
            var proxy = proxyTo(server -> {
                String asked = readTo(server, "\r\n\r\n");
                server.sendAll(bytes(asked.startsWith("HEAD ")
                        ? "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
                        : asked.contains("/none")
                                ? "HTTP/1.1 204 Nothing\r\nX: y\r\n\r\n"
                                : "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nto the end"));
            }, Duration.ofSeconds(20));
            assertThat(ask(proxy, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .contains("\r\nContent-Length: 7\r\n").endsWith("\r\n\r\n");
            assertThat(get(proxy, "/none")).startsWith("HTTP/1.1 204 ").contains("\r\nX: y\r\n");
            assertThat(get(proxy, "/")).contains("\r\nTransfer-Encoding: chunked\r\n").contains("to the end")
                    .endsWith("\r\n0\r\n\r\n");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void anAnswerBeforeTheBodyIsPassedOn(HubProvider hub) throws Exception {
        on(hub, () -> {
            var proxy = proxyTo(server -> {
                readTo(server, "\r\n\r\n");
                server.sendAll(bytes("HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno"));
            }, Duration.ofSeconds(20));
            assertThat(ask(proxy, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"))
                    .startsWith("HTTP/1.1 413 ").contains("\r\nConnection: close\r\n").endsWith("\r\n\r\nno");
        });
    }
}
