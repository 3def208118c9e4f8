package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.EventLoop;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.SslOptions;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The file server and the mirror as the clients of others see them. A test of a program that is not installed is skipped. */
@Timeout(120)
class HttpClientsTest {

    @TempDir
    private Path folder;

    private final StringBuilder log = new StringBuilder();
    private byte[] content = {};
    private EventLoop loop;

    @BeforeEach
    void start() throws Exception {
        content = new byte[300_000];
        new Random(1).nextBytes(content);
        Files.write(folder.resolve("big"), content);
        Files.writeString(folder.resolve("small"), "0123456789");
        loop = EventLoop.start();
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    private interface Serving {
        HttpService.Builder on(GreenServerSocket listener) throws Exception;
    }

    private GreenServerSocket listen() throws Exception {
        return loop.spawn(() -> Net.listen(new InetSocketAddress("localhost", 0), 100)).get();
    }

    private String serve(GreenServerSocket listener, Serving service) {
        loop.spawn(() -> service.on(listener).log(log).serve());
        return "localhost:" + listener.getLocalPort() + "/";
    }

    private String serve(Serving service) throws Exception {
        return serve(listen(), service);
    }

    private String serveFiles() throws Exception {
        return "http://" + serve(listener -> FileServer.on(listener, folder));
    }

    // ---- programs

    @SuppressWarnings("ArrayRecordComponent") // not compared
    private record Ended(byte[] bytes, String err) {

        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static boolean isInstalled(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** What it says on standard error goes to a file, so that it need not be read while it says it. */
    private Ended run(String... command) throws Exception {
        assumeTrue(isInstalled(command[0]), command[0]);
        Path errors = Files.createTempFile(folder, "errors", "");
        var process = new ProcessBuilder(command).redirectInput(folder.resolve("big").toFile())
                .redirectError(errors.toFile()).start();
        byte[] out = process.getInputStream().readAllBytes();
        int status = process.waitFor();
        String err = Files.readString(errors);
        assertThat(status).as(String.join(" ", command) + "\n" + err).isZero();
        return new Ended(out, err);
    }

    // ---- curl

    @Test
    void curlKeepsItsConnection() throws Exception {
        String server = serveFiles();
        var ended = run("curl", "-s", "-w", " %{num_connects} %{response_code}\n", server + "small", server + "small",
                server + "none");
        assertThat(ended.out().lines()).containsExactly("0123456789 1 200", "0123456789 0 200", "That is not here.",
                " 0 404");
    }

    @Test
    void curlAsksForHeadsRangesAndFolders() throws Exception {
        String server = serveFiles();
        assertThat(run("curl", "-s", "-I", server + "small").out()).startsWith("HTTP/1.1 200 OK\r\n")
                .contains("Content-Length: 10\r\n").endsWith("\r\n\r\n");
        assertThat(run("curl", "-s", "-r", "2-4", server + "small").out()).isEqualTo("234");
        assertThat(run("curl", "-s", "-C", "7", server + "small").out()).isEqualTo("789");
        Files.createDirectory(folder.resolve("inner"));
        assertThat(run("curl", "-s", "-L", server + "inner").out()).contains("Index of /inner/");
        assertThat(run("curl", "-s", "--http1.0", server + "big").bytes()).isEqualTo(content);
    }

    @Test
    void curlUploadsWithAnExpectationAndInChunks() throws Exception {
        String server = "http://" + serve(HttpEcho::on);
        String file = folder.resolve("big").toString();
        var expecting = run("curl", "-s", "-v", "-H", "Expect: 100-continue", "-T", file, server);
        assertThat(expecting.bytes()).isEqualTo(content);
        assertThat(expecting.err()).contains("< HTTP/1.1 100 Continue").contains("< HTTP/1.1 200 OK");
        var chunked = run("curl", "-s", "-v", "-T", "-", server);
        assertThat(chunked.bytes()).isEqualTo(content);
        assertThat(chunked.err()).containsIgnoringCase("> Transfer-Encoding: chunked");
        assertThat(run("curl", "-s", "-d", "a=b", server + "echo?x").out()).startsWith("POST /echo?x HTTP/1.1\n")
                .contains("\nContent-type: application/x-www-form-urlencoded\n");
    }

    @Test
    void curlTalksTls() throws Exception {
        X509Bundle root = new CertificateBuilder().ecp256().subject("CN=root").setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle leaf = new CertificateBuilder().ecp256().subject("CN=localhost").addSanDnsName("localhost")
                .buildIssuedBy(root);
        Path authority = Files.writeString(folder.resolve("ca.pem"), root.getCertificatePEM());
        Path certificate = Files.writeString(folder.resolve("cert.pem"), leaf.getCertificatePathPEM());
        Path key = Files.writeString(folder.resolve("key.pem"), leaf.getPrivateKeyPEM());
        var options = SslOptions.forServer().certificate(certificate, key).build();
        String server = "https://" + serve(listener -> HttpEcho.on(listener).tls(options));
        var ended = run("curl", "-s", "--cacert", authority.toString(), "-w", "%{num_connects}", "-T", "-", server,
                "-T",
                folder.resolve("small").toString(), server);
        assertThat(ended.bytes()).startsWith(content).hasSize(content.length + 1 + 10 + 1);
        assertThat(ended.out()).endsWith("01234567890");
    }

    // ---- those that measure

    @Test
    void abIsServed() throws Exception {
        String server = serveFiles();
        for (String keep : List.of("-k", "-q")) {
            String said = run("ab", keep, "-n", "200", "-c", "10", server + "small").out();
            assertThat(said).containsPattern("Complete requests: +200").containsPattern("Failed requests: +0")
                    .doesNotContain("Non-2xx");
        }
    }

    @Test
    void wrkIsServed() throws Exception {
        String said = run("wrk", "-t1", "-c8", "-d1s", serveFiles() + "small").out();
        assertThat(said).containsPattern("[1-9]\\d* requests in").doesNotContain("Socket errors", "Non-2xx");
    }

    @Test
    void h2loadIsServed() throws Exception {
        String said = run("h2load", "--h1", "-n", "200", "-c", "10", serveFiles() + "big").out();
        assertThat(said).contains("200 done, 200 succeeded, 0 failed, 0 errored, 0 timeout");
    }

    // ---- the JDK's

    @Test
    void theJdksClientIsServed() throws Exception {
        String files = serveFiles();
        String mirror = "http://" + serve(HttpEcho::on);
        try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.ALWAYS).build()) {
            Files.createDirectory(folder.resolve("inner"));
            assertThat(client.send(HttpRequest.newBuilder(URI.create(files + "inner")).build(), BodyHandlers.ofString())
                    .body()).contains("Index of /inner/");
            assertThat(client.send(HttpRequest.newBuilder(URI.create(files + "big")).build(),
                    BodyHandlers.ofByteArray()).body()).isEqualTo(content);
            for (boolean expects : new boolean[]{false, true}) {
                var post = HttpRequest.newBuilder(URI.create(mirror)).expectContinue(expects)
                        .timeout(Duration.ofSeconds(60));
                assertThat(client.send(post.POST(BodyPublishers.ofByteArray(content)).build(),
                        BodyHandlers.ofByteArray()).body()).isEqualTo(content);
                assertThat(client.send(
                        post.POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content))).build(),
                        BodyHandlers.ofByteArray()).body()).isEqualTo(content);
            }
        }
    }

    // ---- a browser

    @Test
    void aBrowserLoadsAPageOfAHundredResources(@TempDir Path profile) throws Exception {
        var page = new StringBuilder("<!DOCTYPE html><title>x</title><script>let n = 0</script>\n");
        for (int i = 0; i < 50; i++) {
            Files.writeString(folder.resolve("script" + i + ".js"), "n++;\n");
            Files.writeString(folder.resolve("picture " + i + ".svg"),
                    "<svg xmlns='http://www.w3.org/2000/svg' width='20'"
                            + " height='20'><circle cx='10' cy='10' r='9' fill='hsl(" + i * 7 + " 80% 50%)'/></svg>");
            page.append("<script src='script").append(i).append(".js'></script><img onload='n++' src='picture%20")
                    .append(i).append(".svg'>\n");
        }
        page.append("<script>onload = () => document.title = n + ' loaded'</script>\n");
        Files.writeString(folder.resolve("page.html"), page);
        var listener = listen();
        String server = "http://" + serve(listener, listening -> FileServer.on(listening, folder));
        String dom = run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile,
                "--dump-dom", server + "page.html").out();
        assertThat(dom).contains("<title>100 loaded</title>");
        assertThat(Net.stop(listener, Duration.ofSeconds(30))).isEmpty(); // Then all has been logged.
        var expected = new ArrayList<>(List.of("page.html"));
        IntStream.range(0, 50).forEach(i -> expected.addAll(List.of("script" + i + ".js", "picture%20" + i + ".svg")));
        assertThat(log.toString().lines().filter(line -> line.contains("\" 200 "))
                .map(line -> line.replaceFirst(".*\"GET /(\\S+) HTTP/1.1\".*", "$1")))
                .containsExactlyInAnyOrderElementsOf(expected);
    }
}
