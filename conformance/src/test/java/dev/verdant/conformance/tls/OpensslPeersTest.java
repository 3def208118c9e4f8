package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.CertReqs;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.green.ssl.TruncatedException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.X509KeyManager;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Our side against OpenSSL's programs, as a server and as a client. */
@NotSimulated(NotSimulated.MACHINE)
class OpensslPeersTest {

    private static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");

    private static final Certificates.Issued OTHER = Certificates.server("other.test");
    private static final Certificates.Issued CLIENT = Certificates.client("a client");
    private static final Certificates.Issued STRANGER = Certificates.certificate().subject("CN=A strange client")
            .by(Certificates.STRANGER).issue();

    /** A mebibyte of lines, none of which begins with a command. */
    private static final String MUCH = "0123456789 - 0123456789 - 0123\n".repeat((1 << 20) / 32) + "that was all\n";

    @TempDir
    static Path files;

    @BeforeAll
    static void writeFiles() throws IOException {
        Assumptions.assumeTrue(Openssl.isThere(), "openssl is not installed");
        Certificates.CA.writeChain(files, "ca");
        for (var each : Map.of("server", TlsPair.ISSUED, "other", OTHER, "client", CLIENT, "stranger", STRANGER)
                .entrySet()) {
            each.getValue().writeChain(files, each.getKey());
            each.getValue().writeKey(files, each.getKey());
        }
    }

    private static String file(String name) {
        return files.resolve(name).toString();
    }

    private static String flag(String version) {
        return version.equals("TLSv1.2") ? "-tls1_2" : "-tls1_3";
    }

    private static String[] with(List<String> first, String... more) {
        var all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** Checks us as strictly as it can. */
    private static Openssl client(GreenServerSocket listener, String version, String... more) throws IOException {
        return Openssl.client(files, listener.getLocalPort(), with(List.of(flag(version), "-CAfile", file("ca.pem"),
                "-verify_return_error", "-verify_hostname", "localhost"), more));
    }

    private static Openssl server(String... more) throws Exception {
        return Openssl.server(files,
                with(List.of("-cert", file("server.pem"), "-key", file("server.key")), more));
    }

    private static GreenSSLSocket connect(Openssl server, SslOptions options) throws IOException {
        return GreenSsl.wrap(Net.connect(new java.net.InetSocketAddress("127.0.0.1", server.port())), options);
    }

    private static void send(GreenSSLSocket socket, String text) throws IOException {
        socket.sendAll(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String receive(GreenSSLSocket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
    }

    private static void assertReceives(GreenSSLSocket socket, String text) throws IOException {
        assertThat(receive(socket, text.length()).equals(text)).as("what came is what was typed").isTrue();
    }

    /** Each says a line, and then much at the same time as the other. */
    private static void talk(GreenSSLSocket ours, Openssl peer) throws Exception {
        peer.type("a line\n");
        assertReceives(ours, "a line\n");
        send(ours, "and back\n");
        peer.awaitOutput("and back\n");
        var writing = Green.spawn(() -> send(ours, MUCH));
        var typing = Green.spawn(() -> peer.type(MUCH));
        assertReceives(ours, MUCH);
        writing.await();
        typing.await();
        peer.awaitOutput("that was all\n");
        assertThat(peer.output().contains(MUCH)).as("what came is what was sent").isTrue();
    }

    private static void end(Closeable early) throws IOException {
        early.close();
    }

    // ---- talking, and how it ends

    @HubTest(seconds = 60)
    void aClientOfOpensslsTalksToUsAndEachHearsTheOthersEnd(Engine engine) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (String version : VERSIONS) {
                try (var peer = client(listener, version);
                        var ours = GreenSsl.wrap(listener.accept(), TlsPair.server(engine))) {
                    talk(ours, peer);
                    assertThat(ours.getSession().getProtocol()).isEqualTo(version);
                    peer.typeEnd();
                    assertThat(ours.recv(1)).isEmpty();
                }
                try (var peer = client(listener, version);
                        var ours = GreenSsl.wrap(listener.accept(), TlsPair.server(engine))) {
                    send(ours, "hello\n");
                    peer.awaitOutput("hello\n");
                    end(ours);
                    assertThat(peer.awaitEnd()).endsWith("closed\n").doesNotContain("error:");
                }
                try (var peer = client(listener, version);
                        var ours = GreenSsl.wrap(listener.accept(), TlsPair.server(engine))) {
                    send(ours, "hello\n");
                    peer.awaitOutput("hello\n");
                    peer.end();
                    assertThatThrownBy(() -> ours.recv(1)).isInstanceOf(TruncatedException.class);
                }
            }
        }
    }

    @HubTest(seconds = 60)
    void weTalkToAServerOfOpensslsAndEachHearsTheOthersEnd(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var peer = server(flag(version))) {
                try (var ours = connect(peer, TlsPair.clientOfLocalhost(engine))) {
                    talk(ours, peer);
                    assertThat(ours.getSession().getProtocol()).isEqualTo(version);
                }
                peer.awaitOutput("DONE\n");
                assertThat(peer.output()).doesNotContain("error:");
            }
            try (var peer = server(flag(version), "-www");
                    var ours = connect(peer, TlsPair.clientOfLocalhost(engine))) {
                send(ours, "GET / HTTP/1.0\r\n\r\n");
                assertThat(ours.getInputStream().readAllBytes()).asString().startsWith("HTTP/1.0 200 ");
            }
            try (var peer = server(flag(version)); var ours = connect(peer, TlsPair.clientOfLocalhost(engine))) {
                send(ours, "hello\n");
                peer.awaitOutput("hello\n");
                peer.end();
                assertThatThrownBy(() -> ours.recv(1)).isInstanceOf(TruncatedException.class);
            }
        }
    }

    // ---- new keys

    /** What a server of OpenSSL's says of that it does not print before it has something else to print. */
    private static void awaitTold(GreenSSLSocket ours, Openssl peer, String told, int before) throws Exception {
        while (peer.output().indexOf(told, before) < 0) {
            send(ours, "and now?\n");
            Green.sleep(Duration.ofMillis(5));
        }
    }

    private static void newKeys(GreenSSLSocket ours, Openssl peer, String told) throws Exception {
        send(ours, "hello\n");
        peer.awaitOutput("hello\n");
        var writing = Green.spawn(() -> send(ours, MUCH));
        for (String command : List.of("K\n", "k\n")) {
            int before = peer.output().length();
            peer.type(command);
            awaitTold(ours, peer, told, before);
            peer.type("with new keys\n");
            assertReceives(ours, "with new keys\n");
        }
        writing.await();
        peer.awaitOutput("that was all\n");
        assertThat(peer.output()).doesNotContain("error:");
    }

    @HubTest(seconds = 60)
    void theKeysThatOpensslAsksForAreTakenWhileWeWrite(Engine engine) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY);
                var peer = client(listener, "TLSv1.3");
                var ours = GreenSsl.wrap(listener.accept(), TlsPair.server(engine))) {
            newKeys(ours, peer, "KEYUPDATE");
        }
        try (var peer = server("-tls1_3"); var ours = connect(peer, TlsPair.clientOfLocalhost(engine))) {
            newKeys(ours, peer, "SSL_do_handshake -> 1");
        }
    }

    @HubTest(seconds = 60)
    void aRenegotiationOfOpensslsIsRefusedOrFollowed(Engine engine) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY);
                var peer = client(listener, "TLSv1.2");
                var ours = GreenSsl.wrap(listener.accept(), TlsPair.server(engine))) {
            send(ours, "hello\n");
            peer.awaitOutput("hello\n");
            peer.type("R\n");
            assertThatThrownBy(() -> ours.recv(1)).isInstanceOf(SSLException.class);
            assertThat(peer.awaitEnd()).contains("RENEGOTIATING");
        }
        try (var peer = server("-tls1_2"); var ours = connect(peer, TlsPair.clientOfLocalhost(engine))) {
            send(ours, "hello\n");
            peer.awaitOutput("hello\n");
            peer.type("r\n");
            if (engine == Engine.JDK) {
                var line = Green.spawn(() -> receive(ours, 15));
                awaitTold(ours, peer, "SSL_do_handshake -> 1", 0);
                peer.type("with new keys.\n");
                assertThat(line.await()).isEqualTo("with new keys.\n");
            } else {
                assertThatThrownBy(() -> ours.recv(1)).isInstanceOf(SSLException.class);
            }
        }
    }

    // ---- names and protocols

    @HubTest(seconds = 60)
    void theNameThatIsAskedForChoosesTheCertificate(Engine engine) throws Exception {
        var options = TlsPair.serverOptions(engine).certificateFor("other.test", TlsPair.identity(OTHER))
                .requireKnownName(true).build();
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (String version : VERSIONS) {
                try (var peer = client(listener, version, "-servername", "other.test", "-verify_hostname",
                        "other.test");
                        var ours = GreenSsl.wrap(listener.accept(), options)) {
                    send(ours, "hello\n");
                    peer.awaitOutput("hello\n");
                    assertThat(peer.output()).contains("Verification: OK");
                }
                try (var peer = client(listener, version, "-servername", "unknown.test");
                        var ours = GreenSsl.wrap(listener.accept(), options)) {
                    assertThatThrownBy(ours::startHandshake).isInstanceOf(SSLException.class);
                    assertThat(peer.awaitEnd()).contains("unrecognized name");
                }
            }
        }
        try (var peer = server("-servername", "other.test", "-cert2", file("other.pem"), "-key2",
                file("other.key"))) {
            for (String version : VERSIONS) {
                // Who asks for no name, such as by an address, gets the other one.
                for (String name : List.of("other.test", "127.0.0.1")) {
                    var client = TlsPair.clientOptions(engine).serverName(name).protocols(version).build();
                    try (var ours = connect(peer, client)) {
                        send(ours, "for " + name + version + "\n");
                        peer.awaitOutput("for " + name + version + "\n");
                    }
                }
            }
        }
    }

    @HubTest(seconds = 60)
    void theProtocolInsideIsAgreedOn(Engine engine) throws Exception {
        var options = TlsPair.serverOptions(engine).applicationProtocols("h2", "http/1.1").build();
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (String version : VERSIONS) {
                try (var peer = client(listener, version, "-alpn", "http/1.1,x");
                        var ours = GreenSsl.wrap(listener.accept(), options)) {
                    send(ours, "hello\n");
                    peer.awaitOutput("hello\n");
                    assertThat(peer.output()).contains("ALPN protocol: http/1.1");
                    assertThat(ours.getApplicationProtocol()).isEqualTo("http/1.1");
                }
                try (var peer = client(listener, version, "-alpn", "x,y");
                        var ours = GreenSsl.wrap(listener.accept(), options)) {
                    assertThatThrownBy(ours::startHandshake).isInstanceOf(SSLException.class);
                    assertThat(peer.awaitEnd()).contains("no application protocol");
                }
            }
        }
        try (var peer = server("-alpn", "http/1.1,h2")) {
            for (String version : VERSIONS) {
                var client = TlsPair.clientOptions(engine).serverName("localhost").protocols(version);
                try (var ours = connect(peer, client.applicationProtocols("h2", "x").build())) {
                    ours.startHandshake();
                    assertThat(ours.getApplicationProtocol()).isEqualTo("h2");
                }
                try (var ours = connect(peer, client.applicationProtocols("x").build())) {
                    assertThatThrownBy(ours::startHandshake).isInstanceOf(SSLException.class);
                }
            }
        }
    }

    // ---- clients' certificates

    @HubTest(seconds = 60)
    void aClientOfOpensslsShowsItsCertificateOrIsTurnedAway(Engine engine) throws Exception {
        var required = TlsPair.serverOptions(engine).caCerts(Certificates.CA.certificate())
                .certReqs(CertReqs.REQUIRED).build();
        var optional = TlsPair.serverOptions(engine).caCerts(Certificates.CA.certificate())
                .certReqs(CertReqs.OPTIONAL).build();
        String[] good = {"-cert", file("client.pem"), "-key", file("client.key")};
        String[] strange = {"-cert", file("stranger.pem"), "-key", file("stranger.key")};
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (String version : VERSIONS) {
                for (var options : List.of(required, optional)) {
                    try (var peer = client(listener, version, good);
                            var ours = GreenSsl.wrap(listener.accept(), options)) {
                        talkShortly(ours, peer);
                        assertThat(ours.getSession().getPeerPrincipal().getName()).isEqualTo("CN=a client");
                    }
                    try (var peer = client(listener, version, strange);
                            var ours = GreenSsl.wrap(listener.accept(), options)) {
                        assertThatThrownBy(ours::startHandshake).isInstanceOf(SSLHandshakeException.class);
                        assertThat(peer.awaitEnd())
                                .containsPattern("alert (unknown ca|certificate unknown|internal error)");
                    }
                }
                try (var peer = client(listener, version);
                        var ours = GreenSsl.wrap(listener.accept(), required)) {
                    assertThatThrownBy(ours::startHandshake).isInstanceOf(SSLHandshakeException.class);
                    assertThat(peer.awaitEnd())
                            .containsPattern(
                                    "alert (certificate required|bad certificate|handshake failure|internal error)");
                }
                try (var peer = client(listener, version);
                        var ours = GreenSsl.wrap(listener.accept(), optional)) {
                    talkShortly(ours, peer);
                }
            }
        }
    }

    private static void talkShortly(GreenSSLSocket ours, Openssl peer) throws Exception {
        send(ours, "hello\n");
        peer.awaitOutput("hello\n");
        peer.type("to you\n");
        assertReceives(ours, "to you\n");
    }

    @HubTest(seconds = 60)
    void aServerOfOpensslsAsksForOurCertificateAndRefusesAnothers(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var peer = server(flag(version), "-Verify", "1", "-verify_return_error", "-CAfile",
                    file("ca.pem"))) {
                var client = TlsPair.clientOptions(engine).serverName("localhost");
                try (var ours = connect(peer, client.build())) {
                    assertThatThrownBy(() -> refused(ours)).isInstanceOf(IOException.class);
                }
                X509KeyManager stranger = new RawPeer.Always(STRANGER);
                try (var ours = connect(peer, client.keyManager(stranger).build())) {
                    assertThatThrownBy(() -> refused(ours)).isInstanceOf(IOException.class);
                }
                var known = TlsPair.clientOptions(engine).serverName("localhost")
                        .certificate(TlsPair.identity(CLIENT));
                try (var ours = connect(peer, known.build())) {
                    talkShortly(ours, peer);
                }
            }
        }
    }

    /** With TLS 1.3 a client learns that it is turned away by its first read. */
    private static void refused(GreenSSLSocket ours) throws IOException {
        ours.startHandshake();
        assertThat(ours.recv(1)).as("read by who was turned away").isEmpty();
        throw new AssertionError("a goodbye, instead of an alert");
    }

    // ---- sessions

    @HubTest(seconds = 60)
    void aClientOfOpensslsResumesItsSession(Engine engine) throws Exception {
        var options = TlsPair.server(engine);
        try (var listener = Net.listen(TlsPair.ANY)) {
            var serving = Green.spawn(() -> {
                while (true) {
                    try (var ours = GreenSsl.wrap(listener.accept(), options)) {
                        send(ours, "hello\n");
                        while (ours.recv(1000).length > 0) {
                            Green.sleep();
                        }
                    } catch (IOException e) {
                        if (listener.isClosed()) {
                            return null;
                        }
                    }
                }
            });
            for (String version : VERSIONS) {
                String session = file("session " + engine + version);
                try (var peer = client(listener, version, "-sess_out", session)) {
                    peer.awaitOutput("hello\n");
                    peer.typeEnd();
                    assertThat(peer.awaitEnd()).contains("New, " + version);
                }
                try (var peer = client(listener, version, "-sess_in", session)) {
                    peer.awaitOutput("hello\n");
                    peer.typeEnd();
                    assertThat(peer.awaitEnd()).contains("Reused, " + version);
                }
            }
            try (var peer = client(listener, "TLSv1.2", "-reconnect")) {
                peer.awaitOutput("hello\n");
                peer.typeEnd();
                assertThat(peer.awaitEnd().split("Reused, TLSv1.2", -1)).hasSize(6);
            }
            end(listener);
            serving.await();
        }
    }

    @HubTest(seconds = 60)
    void weResumeASessionOfAServerOfOpensslsAndLeaveItsEarlyDataAlone(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            try (var peer = version.equals("TLSv1.3") ? server("-tls1_3", "-early_data") : server("-tls1_2")) {
                var client = TlsPair.clientOptions(engine).serverName("localhost").build();
                for (String line : List.of("the first\n", "the second\n")) {
                    try (var ours = connect(peer, client)) {
                        send(ours, line);
                        peer.awaitOutput(line);
                        peer.type("to you\n");
                        assertReceives(ours, "to you\n");
                    }
                }
                assertThat(peer.output().split("Reused session-id", -1)).hasSize(2);
            }
        }
    }

    /** A session of another server's that takes early data: we know nothing of it, and the data is not for us. */
    @HubTest(seconds = 60)
    void earlyDataForSomebodyElseIsDiscardedOrRefused(Engine engine) throws Exception {
        String session = file("early session " + engine);
        Path early = Files.writeString(files.resolve("early"), "much too early\n".repeat(100));
        try (var elsewhere = server("-tls1_3", "-early_data");
                var peer = Openssl.client(files, elsewhere.port(), "-tls1_3", "-sess_out", session)) {
            elsewhere.type("to you\n");
            peer.awaitOutput("to you\n");
            peer.typeEnd();
            peer.awaitEnd();
        }
        try (var listener = Net.listen(TlsPair.ANY);
                var peer = client(listener, "TLSv1.3", "-sess_in", session, "-early_data", early.toString());
                var ours = GreenSsl.wrap(listener.accept(), TlsPair.server(engine))) {
            try {
                ours.startHandshake();
            } catch (SSLHandshakeException e) {
                assertThat(peer.awaitEnd()).contains("alert");
                return;
            }
            talkShortly(ours, peer);
            assertThat(peer.output()).contains("Early data was rejected");
        }
    }

    // ---- STARTTLS

    private static String line(GreenSocket socket) throws IOException {
        var line = new StringBuilder();
        for (byte[] one = socket.recv(1); one.length == 1 && one[0] != '\n'; one = socket.recv(1)) {
            line.append((char) one[0]);
        }
        return line.toString().strip();
    }

    @HubTest(seconds = 60)
    void aClientOfOpensslsAsksForTlsInADialogueOfMail(Engine engine) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY)) {
            for (String version : VERSIONS) {
                try (var peer = client(listener, version, "-starttls", "smtp"); var plain = listener.accept()) {
                    plain.sendAll("220 mail.test\r\n".getBytes(StandardCharsets.US_ASCII));
                    assertThat(line(plain)).startsWith("EHLO ");
                    plain.sendAll("250-mail.test\r\n250-STARTTLS\r\n250 HELP\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
                    assertThat(line(plain)).isEqualTo("STARTTLS");
                    plain.sendAll("220 go on\r\n".getBytes(StandardCharsets.US_ASCII));
                    try (var ours = GreenSsl.wrap(plain, TlsPair.server(engine))) {
                        peer.type("EHLO again\r\n");
                        var in = new BufferedReader(
                                new InputStreamReader(ours.getInputStream(), StandardCharsets.US_ASCII));
                        assertThat(in.readLine()).isEqualTo("EHLO again");
                        send(ours, "250 in TLS\r\n");
                        peer.awaitOutput("250 in TLS\r\n");
                    }
                    assertThat(peer.awaitEnd()).doesNotContain("error:");
                }
            }
        }
    }
}
