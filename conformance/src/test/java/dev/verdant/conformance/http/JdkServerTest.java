package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import com.sun.net.httpserver.SimpleFileServer;
import dev.verdant.conformance.tls.Localhost;
import dev.verdant.green.Green;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.http.GreenHttpServerProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that were written for the JDK's server, on ours. */
@Timeout(60)
class JdkServerTest {

    private static final GreenHttpServerProvider PROVIDER = new GreenHttpServerProvider();

    private static final Logger SERVER = Logger.getLogger("dev.verdant.green.http");

    private HttpServer server;
    private HttpClient client;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() throws IOException {
        server = PROVIDER.createHttpServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void close() {
        client.shutdownNow();
        server.stop(0);
    }

    private HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private static void say(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Test
    void aHandlerRunsInAGreenThreadUnlessAnExecutorIsSet() throws Exception {
        server.createContext("/", exchange -> say(exchange, "" + Green.isGreen()));
        server.start();
        assertThat(get("/").body()).isEqualTo("true");
    }

    @Test
    void anExecutorRunsTheHandlers() throws Exception {
        try (var pool = Executors.newFixedThreadPool(2, task -> new Thread(task, "own-pool"))) {
            server.setExecutor(pool);
            server.createContext("/", exchange -> say(exchange,
                    Thread.currentThread().getName() + new String(exchange.getRequestBody().readAllBytes(),
                            StandardCharsets.UTF_8)));
            server.start();
            URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
            var request = HttpRequest.newBuilder(uri)
                    .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000))).build();
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(request, BodyHandlers.ofString()).body())
                        .isEqualTo("own-pool" + "x".repeat(100_000));
            }
        }
    }

    @Test
    void aHandlerMayAnswerWhenItHasReturned() throws Exception {
        try (var others = Executors.newSingleThreadExecutor()) {
            server.createContext("/", exchange -> others.execute(() -> {
                try {
                    say(exchange, "later");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
            server.start();
            assertThat(get("/").body()).isEqualTo("later");
            assertThat(get("/").body()).isEqualTo("later");
        }
    }

    @Test
    void answersFromOtherThreadsDoNotMix() throws Exception {
        try (var others = Executors.newFixedThreadPool(4)) {
            server.createContext("/", exchange -> others.execute(() -> {
                try {
                    say(exchange, "x".repeat(100) + exchange.getRequestURI().getPath());
                    exchange.getResponseBody().flush(); // As wrappers do that are closed by and by.
                    exchange.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
            server.start();
            int requests = 2000;
            String last = Green.call(() -> {
                try (var pipelining = Client.of(server.getAddress())) {
                    Green.spawnN(() -> {
                        for (int i = 0; i < requests; i++) {
                            pipelining.send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
                        }
                    });
                    String body = "";
                    for (int i = 0; i < requests; i++) {
                        body = Objects.requireNonNull(pipelining.next()).body();
                        assertThat(body).isEqualTo("x".repeat(100) + "/" + i);
                    }
                    return body;
                }
            });
            assertThat(last).endsWith("/" + (requests - 1));
        }
    }

    @Test
    void aHandlerThatHasReturnedIsNotWaitedForWhenItsClientIsGone() throws Exception {
        var begun = new CountDownLatch(1);
        var failed = new CountDownLatch(1);
        try (var others = Executors.newSingleThreadExecutor()) {
            server.createContext("/", exchange -> others.execute(() -> {
                try {
                    exchange.sendResponseHeaders(200, 0);
                    while (true) {
                        exchange.getResponseBody().write("x".repeat(5000).getBytes(StandardCharsets.US_ASCII));
                        begun.countDown();
                    }
                } catch (IOException e) {
                    failed.countDown(); // And nobody closes the exchange.
                }
            }));
            server.start();
            Green.run(() -> {
                try (var one = Client.of(server.getAddress())) {
                    one.send(Wire.SIMPLE);
                    await(begun);
                    one.socket.setSoLinger(true, 0);
                }
            });
            await(failed);
            server.stop(600); // Waits for so long at the most, and the test has a minute.
        }
    }

    // ---- handlers that hand their exchange on to another thread, and then fail

    /** What the server has to say of their failures is counted instead of shown. */
    private static CountDownLatch swallowFailures(int count) {
        var failures = new CountDownLatch(count);
        SERVER.setFilter(_ -> {
            failures.countDown();
            return false;
        });
        return failures;
    }

    @AfterEach
    void showFailures() {
        SERVER.setFilter(null);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void anAnswerThatAnotherThreadHasBegunIsThatThreadsThoughTheHandlerFails() throws Exception {
        var begun = new CountDownLatch(1);
        var failed = swallowFailures(1);
        try (var others = Executors.newSingleThreadExecutor()) {
            server.createContext("/", exchange -> say(exchange, "next"));
            server.createContext("/fails", exchange -> {
                others.execute(() -> {
                    try {
                        exchange.sendResponseHeaders(200, 0);
                        exchange.getResponseBody().write("first".getBytes(StandardCharsets.US_ASCII));
                        exchange.getResponseBody().flush();
                        begun.countDown();
                        await(failed);
                        exchange.getResponseBody().write("second".getBytes(StandardCharsets.US_ASCII));
                        exchange.close();
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                await(begun);
                throw new IllegalStateException("behind the hand-over");
            });
            server.start();
            Green.run(() -> {
                try (var one = Client.of(server.getAddress())) {
                    Answer answer = Objects.requireNonNull(one.get("/fails"));
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.body()).isEqualTo("firstsecond");
                    assertThat(Objects.requireNonNull(one.get("/")).body()).isEqualTo("next");
                }
            });
        }
    }

    @Test
    void whoWantsToAnswerBehindThe500IsTold() throws Exception {
        var answered = new CountDownLatch(1);
        var told = new CompletableFuture<Boolean>();
        swallowFailures(0);
        try (var others = Executors.newSingleThreadExecutor()) {
            server.createContext("/", exchange -> say(exchange, "next"));
            server.createContext("/fails", exchange -> {
                others.execute(() -> told.complete(isRefused(exchange, answered)));
                throw new IllegalStateException("before an answer");
            });
            server.start();
            Green.run(() -> {
                try (var one = Client.of(server.getAddress())) {
                    Answer answer = Objects.requireNonNull(one.get("/fails"));
                    answered.countDown();
                    assertThat(answer.status()).isEqualTo(500);
                    assertThat(answer.body()).isEmpty();
                    assertThat(told.get(30, TimeUnit.SECONDS)).isTrue();
                    assertThat(Objects.requireNonNull(one.get("/")).body()).isEqualTo("next");
                }
            });
        }
    }

    private static boolean isRefused(HttpExchange exchange, CountDownLatch answered) {
        try {
            await(answered);
        } catch (IOException e) {
            return false;
        }
        assertThatThrownBy(() -> exchange.sendResponseHeaders(200, 5)).isInstanceOf(IOException.class)
                .hasMessageContaining("begun already");
        assertThatThrownBy(() -> exchange.sendResponseHeaders(103, -1)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> GreenExchange.of(exchange).hijack()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> exchange.getResponseBody().write(1)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> exchange.getRequestBody().read()).isInstanceOf(IOException.class);
        exchange.close();
        return true;
    }

    @Test
    void whoStillReadsTheRequestWhenTheHandlerFailsEndsTheConnectionAndNotTheAnswer() throws Exception {
        var reads = new CountDownLatch(1);
        var ended = new CompletableFuture<Throwable>();
        swallowFailures(0);
        try (var others = Executors.newSingleThreadExecutor()) {
            server.createContext("/", exchange -> {
                others.execute(() -> {
                    try (var body = exchange.getRequestBody()) {
                        body.readNBytes(5);
                        reads.countDown();
                        body.readAllBytes();
                        ended.complete(new AssertionError("all of a body that did not come"));
                    } catch (IOException e) {
                        ended.complete(e);
                    }
                });
                await(reads);
                throw new IllegalStateException("while another thread reads");
            });
            server.start();
            Green.run(() -> {
                try (var one = Client.of(server.getAddress())) {
                    Answer answer = Objects.requireNonNull(
                            one.ask(Wire.POST + "Content-Length: 10\r\n\r\nhello"));
                    assertThat(answer.status()).isEqualTo(500);
                    assertThat(answer.closes()).isTrue();
                    assertThat(one.isAtEnd()).isTrue();
                }
            });
            assertThat(ended.get(30, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void ofAnAnswerAndA500OneIsGivenAndWhole() throws Exception {
        int requests = 2000;
        swallowFailures(0);
        try (var others = Executors.newFixedThreadPool(4)) {
            server.createContext("/", exchange -> {
                others.execute(() -> {
                    try {
                        exchange.getResponseHeaders().set("X-Of", exchange.getRequestURI().getPath());
                        say(exchange, "x".repeat(100) + exchange.getRequestURI().getPath());
                        exchange.close();
                    } catch (IOException e) {
                        assertThat(e).hasMessageContaining("begun already");
                    }
                });
                for (int i = 0; i < exchange.getRequestURI().getPath().hashCode() % 7; i++) {
                    Thread.onSpinWait();
                }
                throw new IllegalStateException("at the same time");
            });
            server.start();
            Green.run(() -> {
                try (var pipelining = Client.of(server.getAddress())) {
                    Green.spawnN(() -> {
                        for (int i = 0; i < requests; i++) {
                            pipelining.send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
                        }
                    });
                    for (int i = 0; i < requests; i++) {
                        Answer answer = Objects.requireNonNull(pipelining.next());
                        boolean isTheirs = answer.status() == 200;
                        assertThat(answer.status()).isIn(200, 500);
                        assertThat(answer.body()).isEqualTo(isTheirs ? "x".repeat(100) + "/" + i : "");
                        assertThat(answer.values("x-of")).isEqualTo(isTheirs ? "/" + i : "");
                    }
                }
            });
        }
    }

    @Test
    void aHandlerMayStopItsServer() throws Exception {
        var stopped = new CountDownLatch(1);
        server.createContext("/", exchange -> {
            say(exchange, "bye");
            server.stop(0);
            stopped.countDown();
        });
        server.start();
        assertThat(get("/").body()).isEqualTo("bye");
        assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
        PROVIDER.createHttpServer(server.getAddress(), 0).stop(0); // The port is free.
    }

    @Test
    void contextsComeAndGo() throws Exception {
        var context = server.createContext("/a");
        server.createContext("/b", exchange -> say(exchange, "b"));
        server.start();
        assertThat(get("/a").statusCode()).isEqualTo(404);
        context.setHandler(exchange -> say(exchange, "a" + exchange.getHttpContext().getPath()));
        assertThat(get("/a/x").body()).isEqualTo("a/a");
        server.removeContext(context);
        assertThat(get("/a").statusCode()).isEqualTo(404);
        server.removeContext("/b");
        assertThat(get("/b").statusCode()).isEqualTo(404);
        assertThatThrownBy(() -> server.removeContext("/b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aServerIsBoundOnceStartedOnceAndStoppedAsOftenAsOneLikes() throws Exception {
        assertThatThrownBy(() -> server.bind(new InetSocketAddress(0), 0)).isInstanceOf(BindException.class);
        assertThatThrownBy(() -> PROVIDER.createHttpServer(server.getAddress(), 0)).isInstanceOf(BindException.class);
        assertThatThrownBy(() -> PROVIDER.createHttpServer(null, 0).start()).isInstanceOf(IllegalStateException.class);
        server.start();
        assertThatThrownBy(() -> server.start()).isInstanceOf(IllegalStateException.class);
        server.stop(0);
        server.stop(0);
        PROVIDER.createHttpServer(server.getAddress(), 0).stop(0); // The port is free.
    }

    @Test
    void theJdksFileHandlerServes() throws Exception {
        Files.writeString(directory.resolve("page.txt"), "from a file");
        server.createContext("/", SimpleFileServer.createFileHandler(directory.toRealPath()));
        server.start();
        assertThat(get("/page.txt").body()).isEqualTo("from a file");
        assertThat(get("/").body()).contains("page.txt");
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void anHttpsServerTalksTlsAsItsConfiguratorSays() throws Exception {
        var context = Localhost.server();
        HttpsServer secure = PROVIDER.createHttpsServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var trusting = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .sslContext(Localhost.client()).build()) {
            secure.setHttpsConfigurator(new HttpsConfigurator(context) {
                @Override
                public void configure(HttpsParameters parameters) {
                    var own = getSSLContext().getDefaultSSLParameters();
                    own.setProtocols(new String[]{"TLSv1.2"});
                    parameters.setSSLParameters(own);
                }
            });
            secure.createContext("/",
                    exchange -> say(exchange, ((HttpsExchange) exchange).getSSLSession().getProtocol()));
            secure.start();
            URI uri = URI.create("https://localhost:" + secure.getAddress().getPort() + "/");
            assertThat(trusting.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body())
                    .isEqualTo("TLSv1.2");
        } finally {
            secure.stop(0);
        }
    }

    /** The program is the JDK's own {@code jwebserver}. */
    @Test
    void aProgramThatKnowsNothingOfUsRunsOnItByAPropertyAndTheJar() throws Exception {
        Files.writeString(directory.resolve("page.txt"), "from a file");
        Process program = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
                "-Dcom.sun.net.httpserver.HttpServerProvider=" + GreenHttpServerProvider.class.getName(), "-cp",
                System.getProperty("java.class.path"), "--add-modules=ALL-DEFAULT", "-m", "jdk.httpserver", "-b",
                "127.0.0.1", "-p", "0", "-d",
                directory.toRealPath().toString())).redirectErrorStream(true).start();
        try (BufferedReader output = program.inputReader()) {
            var told = Pattern.compile(".*port (\\d+).*");
            String port = output.lines().map(told::matcher).filter(Matcher::matches).findFirst()
                    .orElseThrow().group(1);
            URI uri = URI.create("http://127.0.0.1:" + port + "/page.txt");
            var answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("from a file");
            // The JDK's own would not refuse this.
            assertThat(Green.call(() -> {
                try (var strict = Client.of(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)))) {
                    return Objects.requireNonNull(
                            strict.ask("GET /page.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")).status();
                }
            })).isEqualTo(400);
        } finally {
            program.destroy();
            assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
