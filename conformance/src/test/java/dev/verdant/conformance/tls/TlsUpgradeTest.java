package dev.verdant.conformance.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSSLSocketFactory;
import dev.verdant.green.ssl.GreenSsl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.net.ssl.SSLException;

/** TLS that begins in the middle of a connection, ends before it, or runs within TLS. */
class TlsUpgradeTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    private record Plain(GreenSocket client, GreenSocket server) implements AutoCloseable {

        static Plain open() throws IOException {
            try (var listener = Net.listen(TlsPair.ANY)) {
                GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
                return new Plain(connected, listener.accept());
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** One line and no byte more. */
    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the stream ended after " + line);
            }
            line.append((char) c);
        }
        return line.toString();
    }

    @HubTest
    void aDialogueGoesFromPlainToTlsAndBackAndToTlsAgain(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            var options = TlsPair.serverOptions(engine).protocols(version).build();
            try (var plain = Plain.open()) {
                var server = Green.spawn(() -> {
                    GreenSocket socket = plain.server();
                    for (int round = 0; round < 2; round++) {
                        assertThat(line(socket.getInputStream())).isEqualTo("STARTTLS");
                        socket.sendAll(utf8("go ahead\n"));
                        GreenSSLSocket tls = GreenSsl.wrap(socket, options);
                        assertThat(line(tls.getInputStream())).isEqualTo("secret " + round);
                        tls.sendAll(utf8("understood\n"));
                        assertThat(tls.recv(1)).isEmpty();
                        assertThat(tls.unwrap()).isSameAs(socket);
                        assertThat(tls.isClosed()).isTrue();
                    }
                    assertThat(line(socket.getInputStream())).isEqualTo("plain again");
                    socket.sendAll(utf8("bye\n"));
                    return null;
                });
                var client = TlsPair.clientOfLocalhost(engine);
                for (int round = 0; round < 2; round++) {
                    plain.client().sendAll(utf8("STARTTLS\n"));
                    assertThat(line(plain.client().getInputStream())).isEqualTo("go ahead");
                    GreenSSLSocket tls = GreenSsl.wrap(plain.client(), client);
                    tls.sendAll(utf8("secret " + round + "\n"));
                    assertThat(line(tls.getInputStream())).isEqualTo("understood");
                    assertThat(tls.unwrap()).isSameAs(plain.client());
                    assertThatThrownBy(() -> tls.recv(1)).isInstanceOf(IOException.class)
                            .hasMessageContaining("unwrap");
                    tls.close();
                    assertThat(plain.client().isClosed()).isFalse();
                }
                plain.client().sendAll(utf8("plain again\n"));
                assertThat(line(plain.client().getInputStream())).isEqualTo("bye");
                server.await();
            }
        }
    }

    /** What comes in plain right behind the goodbye belongs to the plain socket. */
    @HubTest
    void whatComesInPlainBehindTheGoodbyeIsReadInPlain(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{true, false}) {
                try (var plain = Plain.open();
                        var peer = RawPeer.of(plain.server(), !weAreClient, version)) {
                    var options = weAreClient
                            ? TlsPair.clientOfLocalhost(engine)
                            : TlsPair.server(engine);
                    GreenSSLSocket tls = GreenSsl.wrap(plain.client(), options);
                    var ours = Green.spawn(() -> {
                        assertThat(tls.recv(10)).asString().isEqualTo("in tls");
                        return tls.unwrap();
                    });
                    peer.shake();
                    byte[] data = peer.wrap(utf8("in tls"));
                    peer.engine.closeOutbound();
                    byte[] goodbye = peer.wrap(new byte[0]);
                    byte[] behind = utf8("in plain");
                    byte[] all = Arrays.copyOf(data, data.length + goodbye.length + behind.length);
                    System.arraycopy(goodbye, 0, all, data.length, goodbye.length);
                    System.arraycopy(behind, 0, all, data.length + goodbye.length, behind.length);
                    peer.send(all);
                    assertThat(ours.await()).isSameAs(plain.client());
                    assertThat(plain.client().recv(100)).asString().isEqualTo("in plain");
                }
            }
        }
    }

    @HubTest
    void dataWhereTheEndOfTlsIsExpectedClosesTheConnection(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            pair.server().sendAll(utf8("unexpected"));
            assertThatThrownBy(() -> pair.client().unwrap()).isInstanceOf(SSLException.class)
                    .hasMessageContaining("before unwrap");
            assertThat(pair.client().isClosed()).isTrue();
        }
    }

    /** The flaw of many mail servers: commands that were put behind STARTTLS by somebody on the wire. */
    @HubTest
    void plainBytesBehindTheCommandAreNeverTakenForData(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{true, false}) {
            for (boolean unread : new boolean[]{true, false}) {
                try (var plain = Plain.open()) {
                    plain.server().sendAll(utf8("STARTTLS\nMAIL FROM:<evil@example>\n"));
                    assertThat(line(plain.client().getInputStream())).isEqualTo("STARTTLS");
                    if (unread) {
                        // As if a reader with a buffer of its own had put back what it had read too much of.
                        byte[] ahead = plain.client().recv(100);
                        plain.client().unread(java.nio.ByteBuffer.wrap(ahead));
                    }
                    var options = weAreClient
                            ? TlsPair.clientOfLocalhost(engine)
                            : TlsPair.server(engine);
                    GreenSSLSocket tls = GreenSsl.wrap(plain.client(), options);
                    for (int i = 0; i < 3; i++) {
                        assertThatThrownBy(() -> tls.recv(100)).isInstanceOf(IOException.class);
                    }
                    assertThat(tls.isClosed()).isTrue();
                }
            }
        }
    }

    /** CPython's CVE-2023-40217: what came in plain before the peer closed was read as if it had come in TLS. */
    @HubTest
    void plainBytesOfAPeerThatHasClosedAreNeverTakenForData(Engine engine) throws Exception {
        for (boolean weAreClient : new boolean[]{true, false}) {
            try (var plain = Plain.open()) {
                plain.server().sendAll(utf8("DELETE / HTTP/1.1\r\n\r\n"));
                plain.server().close();
                var options = weAreClient
                        ? TlsPair.clientOfLocalhost(engine)
                        : TlsPair.serverOptions(engine).certReqs(dev.verdant.green.ssl.CertReqs.REQUIRED)
                                .caCerts(Certificates.CA.certificate()).build();
                GreenSSLSocket tls = GreenSsl.wrap(plain.client(), options);
                assertThatThrownBy(() -> tls.recv(100)).isInstanceOf(IOException.class);
                assertThatThrownBy(() -> tls.getInputStream().read()).isInstanceOf(IOException.class);
            }
        }
    }

    // ---- TLS within TLS

    @HubTest(seconds = 60)
    void tlsRunsWithinTls(Engine engine) throws Exception {
        for (Engine inner : Engine.values()) {
            try (var outer = TlsPair.open(engine)) {
                GreenSSLSocket client = GreenSsl.wrap(outer.client(),
                        TlsPair.clientOfLocalhost(inner));
                GreenSSLSocket server = GreenSsl.wrap(outer.server(), TlsPair.server(inner));
                byte[] much = new byte[300_000];
                new java.util.Random(5).nextBytes(much);
                var echo = Green.spawn(() -> {
                    byte[] got = server.getInputStream().readNBytes(much.length);
                    server.sendAll(got);
                    assertThat(server.recv(1)).isEmpty();
                    server.close();
                    return null;
                });
                client.sendAll(much);
                assertThat(client.getInputStream().readNBytes(much.length)).isEqualTo(much);
                client.shutdownOutput();
                assertThat(client.recv(1)).isEmpty();
                echo.await();
                client.close();
                assertThat(outer.client().isClosed()).isTrue();
                assertThat(outer.server().isClosed()).isTrue();
            }
        }
    }

    @HubTest
    void aPeerOfTlsWithinTlsThatIsNotTrustedIsRefused(Engine engine) throws Exception {
        try (var outer = TlsPair.open(engine)) {
            var server = Green
                    .spawn(() -> GreenSsl.wrap(outer.server(), TlsPair.server(engine)).recv(1));
            GreenSSLSocket client = GreenSsl.wrap(outer.client(),
                    TlsPair.clientOptions(engine).serverName("elsewhere.example").build());
            assertThatThrownBy(() -> client.recv(1)).isInstanceOf(SSLException.class);
            assertThatThrownBy(server::await).isInstanceOf(IOException.class);
        }
    }

    /** The plain bytes come with the goodbye, and behind it. */
    @HubTest
    void aCloseOfALayerLeavesThePlainBytesBehindItToTheSocketBeneath(Engine engine) throws Exception {
        var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).build());
        for (boolean readsToTheEnd : new boolean[]{true, false}) {
            try (var listener = Net.listen(TlsPair.ANY);
                    var beneath = Net.connect(listener.getLocalSocketAddress());
                    var accepted = listener.accept()) {
                var layer = factory.createSocket(beneath, "localhost", 1, false);
                var server = GreenSsl.wrap(accepted, TlsPair.serverOptions(engine).build());
                var serving = Green.spawn(() -> {
                    server.startHandshake();
                    server.shutdownOutput();
                    accepted.sendAll("plain ".getBytes(UTF_8));
                });
                layer.startHandshake();
                serving.await();
                if (readsToTheEnd) {
                    assertThat(layer.recv(1)).isEmpty();
                }
                layer.close();
                assertThat(layer.isClosed()).isTrue();
                assertThat(beneath.isClosed()).isFalse();
                accepted.sendAll("again".getBytes(UTF_8));
                assertThat(beneath.getInputStream().readNBytes(11)).asString(UTF_8).isEqualTo("plain again");
                server.close();
            }
        }
    }
}
