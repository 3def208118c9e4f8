package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.green.ssl.CertReqs;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the examples that speak TLS do, with each engine. */
@Timeout(60)
class TlsExamplesTest {

    @TempDir
    private static Path folder;

    private static Path authority;
    private static Path certificate;
    private static Path key;

    @BeforeAll
    static void makeCertificates() throws Exception {
        X509Bundle root = new CertificateBuilder().ecp256().subject("CN=root").setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle leaf = new CertificateBuilder().ecp256().subject("CN=localhost").addSanDnsName("localhost")
                .buildIssuedBy(root);
        authority = Files.writeString(folder.resolve("ca.pem"), root.getCertificatePEM());
        certificate = Files.writeString(folder.resolve("cert.pem"), leaf.getCertificatePathPEM());
        key = Files.writeString(folder.resolve("key.pem"), leaf.getPrivateKeyPEM());
    }

    private static SslOptions server(Engine engine) {
        return SslOptions.forServer().certificate(certificate, key).engine(engine).build();
    }

    private static SslOptions client(Engine engine) {
        return SslOptions.forClient().caCerts(authority).engine(engine).build();
    }

    /** Serves on a port that is given to the client. */
    private static void withServer(SocketHandler handler, Client client) throws Exception {
        Green.run(() -> {
            try (var listener = Net.listen(new InetSocketAddress("localhost", 0))) {
                Green.spawnN(() -> Net.serve(listener, handler));
                client.talk(listener.getLocalPort());
            }
        });
    }

    private interface Client {
        void talk(int port) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void theTlsEchoServerGivesBackLinesAsTheyCame(Engine engine) throws Exception {
        SslOptions options = server(engine);
        withServer(connection -> TlsEcho.echo(connection, options), port -> {
            try (var tls = GreenSsl.wrap(Net.connect("localhost", port), client(engine))) {
                byte[] lines = "one\ntwo\r\n\u0000\u00ff three\n".getBytes(StandardCharsets.ISO_8859_1);
                tls.sendAll(lines);
                assertThat(tls.getInputStream().readNBytes(lines.length)).isEqualTo(lines);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTlsEchoServerThatAsksForCertificatesServesNobodyWithoutOne(Engine engine) throws Exception {
        var options = SslOptions.forServer().certificate(certificate, key).certReqs(CertReqs.REQUIRED)
                .caCerts(authority).engine(engine).build();
        var known = SslOptions.forClient().caCerts(authority).certificate(certificate, key).engine(engine).build();
        withServer(connection -> {
            try {
                TlsEcho.echo(connection, options);
            } catch (SSLException e) {
                // As it is to be.
            }
        }, port -> {
            try (var tls = GreenSsl.wrap(Net.connect("localhost", port), known)) {
                tls.sendAll(new byte[]{7});
                assertThat(tls.recv(9)).containsExactly(7);
            }
            assertThatThrownBy(() -> {
                try (var tls = GreenSsl.wrap(Net.connect("localhost", port), client(engine))) {
                    tls.sendAll(new byte[]{7});
                    assertThat(tls.recv(9)).isEmpty();
                }
            }).isInstanceOf(IOException.class);
        });
    }

    @ParameterizedTest
    @EnumSource
    void httpsFetchPrintsTheAnswerOfAServerThatItsAuthorityKnows(Engine engine) throws Exception {
        SslOptions options = server(engine);
        withServer(connection -> {
            try (var tls = GreenSsl.wrap(connection, options)) {
                assertThat(new String(tls.recv(9), StandardCharsets.US_ASCII)).startsWith("GET /page");
                tls.sendAll("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
            }
        }, port -> assertThat(HttpsFetch.fetch(URI.create("https://localhost:" + port + "/page"), client(engine)))
                .startsWith("HTTP/1.1 200").endsWith("hello"));
    }

    @ParameterizedTest
    @EnumSource
    void streamGetFetchesOverTlsWithALengthAndWithout(Engine engine) throws Exception {
        SslOptions options = server(engine);
        byte[] body = new byte[1_000_000];
        new Random(8).nextBytes(body);
        for (String length : List.of("", "Content-Length: " + body.length + "\r\n")) {
            withServer(connection -> {
                try (var tls = GreenSsl.wrap(connection, options)) {
                    assertThat(new String(tls.recv(9), StandardCharsets.US_ASCII)).startsWith("GET /page");
                    tls.sendAll(("HTTP/1.0 200 OK\r\n" + length + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    tls.sendAll(body);
                }
            }, port -> assertThat(StreamGet.get(URI.create("https://localhost:" + port + "/page"), client(engine)))
                    .isEqualTo(body));
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamGetTrustsNoStranger(Engine engine) throws Exception {
        SslOptions options = server(engine);
        withServer(connection -> {
            try (var tls = GreenSsl.wrap(connection, options)) {
                assertThat(tls.recv(9)).isEmpty();
            } catch (SSLException e) {
                // As it is to be.
            }
        }, port -> assertThatThrownBy(() -> StreamGet.get(URI.create("https://localhost:" + port),
                SslOptions.forClient().engine(engine).build())).isInstanceOf(SSLHandshakeException.class));
    }

    @ParameterizedTest
    @EnumSource
    void theFileServerTalksTls(Engine engine) throws Exception {
        Path files = Files.createDirectories(folder.resolve("files"));
        Files.writeString(files.resolve("page"), "over TLS");
        Green.run(() -> {
            try (var listener = Net.listen(new InetSocketAddress("localhost", 0))) {
                Green.spawnN(() -> FileServer.on(listener, files).tls(server(engine)).serve());
                var address = URI.create("https://localhost:" + listener.getLocalPort() + "/page");
                assertThat(HttpsFetch.fetch(address, client(engine))).startsWith("HTTP/1.1 200").endsWith("over TLS");
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void httpsFetchRefusesAServerThatNobodyKnows(Engine engine) throws Exception {
        SslOptions options = server(engine);
        var stranger = SslOptions.forClient().engine(engine).build();
        withServer(connection -> {
            try {
                GreenSsl.wrap(connection, options).close();
            } catch (SSLException e) {
                // As it is to be.
            }
        }, port -> assertThatThrownBy(() -> HttpsFetch.fetch(URI.create("https://localhost:" + port), stranger))
                .isInstanceOf(SSLHandshakeException.class));
    }

    @ParameterizedTest
    @EnumSource
    void aDialogueBeginsInPlainAndGoesOnInTls(Engine engine) throws Exception {
        SslOptions options = server(engine);
        var told = new ArrayList<String>();
        withServer(connection -> StartTls.serve(connection, options), port -> {
            try (var connection = Net.connect("localhost", port)) {
                StartTls.talk(connection, client(engine), told::add);
            }
        });
        assertThat(told).containsExactly("S: 220 localhost ready", "C: EHLO client", "S: 250 STARTTLS", "C: STARTTLS",
                "S: 220 go ahead", "TLSv1.3 C: EHLO client", "TLSv1.3 S: 250 nothing more", "TLSv1.3 C: QUIT",
                "TLSv1.3 S: 221 bye");
    }

    @Test
    void theCertificateOfTheDialogueIsItsOwnAuthority() throws Exception {
        var self = new CertificateBuilder().ecp256().subject("CN=localhost").addSanDnsName("localhost")
                .setIsCertificateAuthority(true).buildSelfSigned();
        Path pem = Files.writeString(folder.resolve("self.pem"), self.getCertificatePEM());
        Path own = Files.writeString(folder.resolve("self.key"), self.getPrivateKeyPEM());
        String[] arguments = {"--cert", pem.toString(), "--key", own.toString()};
        assertThatCode(() -> StartTls.main(arguments)).doesNotThrowAnyException();
    }
}
