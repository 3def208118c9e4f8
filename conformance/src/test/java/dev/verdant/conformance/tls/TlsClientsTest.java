package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.ChildJvm;
import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.NativePool;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLServerSocket;
import dev.verdant.green.ssl.GreenSSLSocketFactory;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;

/** TLS as libraries and other programs use it: sessions that resume, sockets from factories, wires that cut. */
class TlsClientsTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    // ---- sessions

    /** Counts how often a client looks at a certificate: a resumed session needs none. */
    private static final class Looking extends javax.net.ssl.X509ExtendedTrustManager {

        private int looks;

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type,
                javax.net.ssl.SSLEngine engine) {
            looks++;
        }

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type, Socket socket) {
            looks++;
        }

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {
            looks++;
        }

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type,
                javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }

    /** One listener, so that host and port are the same, as sessions are kept by these. */
    private static int looks(Engine engine, String version, SslOptions... servers) throws Exception {
        var trust = new Looking();
        var client = SslOptions.forClient().engine(engine).protocols(version).serverName("localhost")
                .trustManager(trust).doHandshakeOnConnect(false).build();
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (SslOptions options : servers) {
                var connected = Net.connect(listener.getLocalSocketAddress());
                try (var server = GreenSsl.wrap(listener.accept(), options);
                        var ours = GreenSsl.wrap(connected, client)) {
                    var echo = Green.spawn(() -> {
                        server.sendAll(server.recv(1));
                        assertThat(server.recv(1)).isEmpty();
                        return null;
                    });
                    ours.sendAll(new byte[1]);
                    assertThat(ours.recv(1)).hasSize(1);
                    ours.shutdownOutput();
                    echo.await();
                }
            }
        }
        return trust.looks;
    }

    @HubTest
    void theNextHandshakeResumesTheSessionAndANewServerMakesAFullOne(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            var server = TlsPair.serverOptions(engine).build();
            var restarted = TlsPair.serverOptions(engine).build();
            assertThat(looks(engine, version, server, server, server)).as("resumed, %s", version).isEqualTo(1);
            assertThat(looks(engine, version, server, restarted)).as("restarted, %s", version).isEqualTo(2);
        }
    }

    // ---- a wire that cuts

    /** Where the wire cuts, by the seed of the exchange that is under way. */
    private static final class Cuts implements IntSupplier {

        private Random random = new Random(0);
        private int most = 1;

        void startAnew(long seed, int longest) {
            random = new Random(seed);
            most = longest;
        }

        @Override
        public int getAsInt() {
            return 1 + random.nextInt(most);
        }
    }

    /** How many seeds follow one another on a connection, of which the first has the handshake cut as well. */
    private static final int SEEDS_A_CONNECTION = 100;

    @HubTest(seconds = 900)
    void whateverTheWireDoesEveryByteArrives(Engine engine) throws Exception {
        long first = Long.getLong("verdant.seed", new Random().nextLong());
        int count = Counts.of(100_000);
        for (int done = 0; done < count; done += SEEDS_A_CONNECTION) {
            long seed = first + done;
            try {
                exchangeAll(engine, seed, Math.min(SEEDS_A_CONNECTION, count - done));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("to see this connection fail first: -Dverdant.seed=" + seed, e);
            }
        }
    }

    private static void exchangeAll(Engine engine, long first, int count) throws Exception {
        var cuts = new Cuts();
        try (var slices = Slices.open(TlsPair.clientOfLocalhost(engine), TlsPair.server(engine), cuts)) {
            for (long seed = first; seed < first + count; seed++) {
                try {
                    exchange(slices.ends(), cuts, seed);
                } catch (Exception | AssertionError e) {
                    throw new AssertionError("to see this exchange fail alone: -Dverdant.seed=" + seed, e);
                }
            }
            slices.ends().client().shutdownOutput();
            assertThat(slices.ends().server().recv(1)).isEmpty();
        }
    }

    /** Something goes there and, at the same time, something back. */
    private static void exchange(TlsPair ends, Cuts cuts, long seed) throws Exception {
        var random = new Random(seed);
        byte[] there = bytes(random);
        byte[] back = bytes(random);
        cuts.startAnew(seed, 1 + random.nextInt(Math.max(there.length, back.length)));
        var answering = Green.spawn(() -> {
            ends.server().sendAll(back);
            return ends.server().getInputStream().readNBytes(there.length);
        });
        ends.client().sendAll(there);
        assertThat(Arrays.equals(ends.client().getInputStream().readNBytes(back.length), back)).as("back").isTrue();
        assertThat(Arrays.equals(answering.await(), there)).as("there").isTrue();
    }

    /** Mostly some, at times more than a record. */
    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(100) == 0 ? 40_000 : 1_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    // ---- answers of HTTP, and libraries that take a factory

    private static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }

    /** The lengths at which records and windows begin and end. */
    private static final int[] LENGTHS = {0, 1, 16383, 16384, 16385, 16386, 65535, 65536, 65537, 999_999, 1_000_000,
            1_000_001};

    /** Answers {@code GET /N} and {@code GET /chunked/N} with N bytes, and keeps the connection, which {@code GET /last/N} ends. */
    private static void answer(InputStream in, java.io.OutputStream out) throws IOException {
        while (true) {
            String path = null;
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                if (path == null) {
                    path = line.substring(4, line.indexOf(' ', 4));
                }
            }
            if (path == null) {
                return;
            }
            String length = path.substring(path.lastIndexOf('/') + 1);
            byte[] body = body(length.isEmpty() ? 0 : Integer.parseInt(length));
            var answer = new java.io.ByteArrayOutputStream();
            if (path.startsWith("/chunked")) {
                answer.writeBytes(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
                for (int from = 0; from < body.length; from += 10_000) {
                    int size = Math.min(10_000, body.length - from);
                    answer.writeBytes(ascii(Integer.toHexString(size) + "\r\n"));
                    answer.write(body, from, size);
                    answer.writeBytes(ascii("\r\n"));
                }
                answer.writeBytes(ascii("0\r\n\r\n"));
            } else {
                answer.writeBytes(ascii("HTTP/1.1 200 OK\r\nContent-Length: " + body.length
                        + (path.startsWith("/last") ? "\r\nConnection: close" : "") + "\r\n\r\n"));
                answer.writeBytes(body);
            }
            out.write(answer.toByteArray());
            if (path.startsWith("/last")) {
                return;
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static void fetch(GreenSSLSocketFactory factory, int port, String kind, int length) throws IOException {
        var connection = (HttpsURLConnection) URI.create("https://localhost:" + port + "/" + kind + length).toURL()
                .openConnection();
        connection.setSSLSocketFactory(factory);
        try (var in = connection.getInputStream()) {
            assertThat(Arrays.equals(in.readAllBytes(), body(length))).as("%s%s", kind, length).isTrue();
        }
    }

    /** A large write goes out in batches, which would otherwise wait for the peer's acknowledgement one by one. */
    @HubTest
    void recordsAreSentAtOnceUnlessThatIsSwitchedOff(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            assertThat(pair.client().getTcpNoDelay()).isTrue();
            assertThat(pair.server().getTcpNoDelay()).isTrue();
            pair.client().setTcpNoDelay(false);
            pair.client().sendAll(new byte[1]);
            assertThat(pair.server().recv(1)).hasSize(1);
            assertThat(pair.client().getTcpNoDelay()).isFalse();
        }
    }

    @HubTest(seconds = 60)
    void answersOfEachLengthAreWholeAndTheNextFollows(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY),
                    TlsPair.serverOptions(engine).protocols(version).build());
            try {
                var server = Green.spawn(() -> {
                    while (true) {
                        try (var connection = listener.accept()) {
                            answer(connection.getInputStream(), connection.getOutputStream());
                        } catch (IOException e) {
                            if (listener.isClosed()) {
                                return null;
                            }
                        }
                    }
                });
                var factory = new GreenSSLSocketFactory(TlsPair.client(engine));
                for (int length : LENGTHS) {
                    fetch(factory, listener.getLocalPort(), "", length);
                    fetch(factory, listener.getLocalPort(), "chunked/", length);
                }
                fetch(factory, listener.getLocalPort(), "last/", 5);
                listener.close();
                server.await();
            } finally {
                listener.close();
            }
        }
    }

    @HubTest(seconds = 60)
    @NotSimulated(NotSimulated.JDK_SOCKETS)
    void anHttpClientOfTheJdksTalksToAServerOfTheJdksThroughOurSockets(Engine engine) throws Exception {
        var https = com.sun.net.httpserver.HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        https.setHttpsConfigurator(new com.sun.net.httpserver.HttpsConfigurator(RawPeer.context(TlsPair.ISSUED)));
        https.createContext("/", exchange -> {
            byte[] body = body(100_000);
            exchange.getResponseHeaders().set("Connection", "close"); // Else the client keeps the last one.
            exchange.sendResponseHeaders(200, body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        https.start();
        try {
            var factory = new GreenSSLSocketFactory(TlsPair.client(engine));
            for (int i = 0; i < 3; i++) {
                var connection = (HttpsURLConnection) URI
                        .create("https://localhost:" + https.getAddress().getPort() + "/").toURL().openConnection();
                connection.setSSLSocketFactory(factory);
                try (var in = connection.getInputStream()) {
                    assertThat(Arrays.equals(in.readAllBytes(), body(100_000))).isTrue();
                }
            }
        } finally {
            https.stop(0);
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_SOCKETS)
    void aBlockingClientOfTheJdksTalksToOurListener(Engine engine) throws Exception {
        try (var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY), TlsPair.server(engine))) {
            var server = Green.spawn(() -> {
                try (var connection = listener.accept()) {
                    connection.sendAll(connection.recv(100));
                    assertThat(connection.recv(1)).isEmpty();
                }
                return null;
            });
            SSLContext context = RawPeer.context(null);
            assertThat(NativePool.execute(() -> {
                try (var socket = (SSLSocket) context.getSocketFactory().createSocket("localhost",
                        listener.getLocalPort())) {
                    socket.getOutputStream().write(ascii("blocking"));
                    return new String(socket.getInputStream().readNBytes(8), StandardCharsets.US_ASCII);
                }
            })).isEqualTo("blocking");
            server.await();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_SOCKETS)
    void aFactoryLayersTlsOnWhateverConnectionThereIs(Engine engine) throws Exception {
        var factory = new GreenSSLSocketFactory(TlsPair.client(engine));
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (boolean autoClose : new boolean[]{true, false}) {
                for (boolean ours : new boolean[]{true, false}) {
                    Socket carrier = ours
                            ? Net.connect(listener.getLocalSocketAddress())
                            : new Socket("127.0.0.1", listener.getLocalPort());
                    var accepted = listener.accept();
                    var server = Green.spawn(() -> {
                        var tls = GreenSsl.wrap(accepted, TlsPair.server(engine));
                        tls.sendAll(tls.recv(100));
                        assertThat(tls.recv(1)).isEmpty();
                        return tls;
                    });
                    var layered = factory.createSocket(carrier, "localhost", listener.getLocalPort(), autoClose);
                    layered.getOutputStream().write(ascii("hello"));
                    assertThat(layered.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
                    layered.close();
                    assertThat(layered.isClosed()).isTrue();
                    assertThat(carrier.isClosed()).isEqualTo(autoClose);
                    server.await().close();
                    carrier.close();
                }
            }
        }
    }

    // ---- what testssl.sh says

    /** Its name and what it is. Those of severity WARN are what could not be tried, as on a machine that is too slow. */
    private static final Pattern FINDING = Pattern.compile("\"id\"\\s*:\\s*\"([^\"]*)\"[^}]*"
            + "\"severity\"\\s*:\\s*\"(?:MEDIUM|HIGH|CRITICAL)\"[^}]*\"finding\"\\s*:\\s*\"([^\"]*)\"");

    /** What it says of the certificate that was made for the test: it is good for a month, and nobody keeps a list of revoked ones. */
    private static final Set<String> ABOUT_OUR_CERTIFICATE = Set.of("cert_expirationStatus", "cert_notAfter",
            "cert_revocation");

    @HubTest(seconds = 660)
    @NotSimulated("a program of others connects")
    void testsslFindsNothingOfMediumSeverityOrAbove(Engine engine, @TempDir Path dir) throws Exception {
        Assumptions.assumeTrue(Boolean.getBoolean("verdant.full"), "only with -Pfull: it takes more than a minute");
        Assumptions.assumeTrue(ChildJvm.can("testssl", "--version"), "testssl.sh is not installed");
        var listener = Net.listen(TlsPair.ANY);
        try {
            var options = TlsPair.server(engine);
            var server = Green.spawn(() -> {
                Net.serve(listener, socket -> {
                    try (var tls = GreenSsl.wrap(socket, options)) {
                        answer(tls.getInputStream(), tls.getOutputStream());
                    } catch (IOException e) {
                        // Most of what it does is to be refused.
                    }
                }, 100);
                return null;
            });
            Path json = dir.resolve("found.json");
            // In a session of its own: at its end it signals its whole process group.
            Process testssl = new ProcessBuilder("setsid", "--wait", "testssl", "--quiet", "--warnings", "batch",
                    "--color", "0", "--ip",
                    "127.0.0.1", "--add-ca", Certificates.CA.writeChain(dir, "ca").toString(), "--severity", "MEDIUM",
                    "--jsonfile", json.toString(), "-p", "-s", "-f", "-S", "-U", "-P",
                    "localhost:" + listener.getLocalPort()).redirectErrorStream(true)
                    .redirectOutput(dir.resolve("out").toFile()).start();
            try {
                assertThat(NativePool.execute(() -> testssl.waitFor(600, TimeUnit.SECONDS)))
                        .as("testssl.sh has ended; it says: %s", Files.readString(dir.resolve("out"))).isTrue();
                assertThat(Files.readString(dir.resolve("out"))).contains("TLS 1.3");
                assertThat(FINDING.matcher(Files.readString(json)).results()
                        .filter(found -> !ABOUT_OUR_CERTIFICATE.contains(found.group(1)))
                        .map(found -> found.group(1) + ": " + found.group(2))).isEmpty();
            } finally {
                testssl.descendants().forEach(ProcessHandle::destroyForcibly);
                testssl.destroyForcibly();
                listener.close();
                server.await();
            }
        } finally {
            listener.close();
        }
    }
}
