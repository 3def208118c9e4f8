package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.CertReqs;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLServerSocket;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSSLSocketFactory;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.SocketException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** What is to be verified is verified, whatever a library sets and whatever was said before. */
class TlsTrustTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    /** Returns the first byte of each connection, until it is closed. */
    private static void echo(GreenSSLServerSocket listener) {
        Green.spawn(() -> {
            while (!listener.isClosed()) {
                try (GreenSSLSocket socket = listener.accept()) {
                    socket.sendAll(socket.recv(1));
                    byte[] _ = socket.recv(1);
                } catch (IOException e) {
                    // The next one.
                }
            }
            return null;
        });
    }

    private static void ask(GreenSSLSocket socket) throws IOException {
        socket.setSoTimeout(10_000);
        socket.sendAll(new byte[]{1});
        if (socket.recv(1).length == 0) {
            throw new SSLException("The server closed the connection without an answer");
        }
    }

    @HubTest(seconds = 60)
    void parametersThatSayNothingOfTheHostsNameLeaveTheCheckOn(Engine engine) throws Exception {
        Certificates.Issued other = Certificates.certificate().names("other.example").issue();
        SslOptions server = TlsPair.serverOptions(engine).build();
        SslOptions wrong = SslOptions.forServer().engine(engine).certificate(TlsPair.identity(other)).build();
        SslOptions client = TlsPair.clientOptions(engine).build();
        var factory = new GreenSSLSocketFactory(client);
        for (SslOptions shown : new SslOptions[]{server, wrong}) {
            try (var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY), shown)) {
                echo(listener);
                try (GreenSSLSocket socket = factory.createSocket("localhost", listener.getLocalPort())) {
                    socket.setSSLParameters(new SSLParameters());
                    if (shown == server) {
                        ask(socket);
                    } else {
                        assertThatThrownBy(() -> ask(socket)).isInstanceOf(SSLException.class);
                    }
                }
            }
        }
    }

    /** Its sessions are shared by all sockets of the same options, and one that nobody checked must not serve one that checks. */
    @HubTest(seconds = 60)
    void aSocketDoesNotTurnTheHostsCheckOffBehindTheBackOfOptionsThatShareSessions(Engine engine) throws Exception {
        for (boolean checks : new boolean[]{true, false}) {
            SslOptions client = TlsPair.clientOptions(engine).checkHostname(checks).build();
            var otherwise = new SSLParameters();
            otherwise.setEndpointIdentificationAlgorithm(checks ? "" : "HTTPS");
            try (var pair = TlsPair.fresh(client, TlsPair.serverOptions(engine).build())) {
                if (engine == Engine.BORINGSSL) {
                    assertThatThrownBy(() -> pair.client().setSSLParameters(otherwise))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("checkHostname(" + !checks + ")");
                } else {
                    pair.client().setSSLParameters(otherwise);
                    assertThat(pair.client().getSSLParameters().getEndpointIdentificationAlgorithm())
                            .isEqualTo(otherwise.getEndpointIdentificationAlgorithm());
                }
            }
        }
    }

    @HubTest(seconds = 60)
    void aConnectThatIsRefusedClosesNothing(Engine engine) throws Exception {
        try (var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY), TlsPair.serverOptions(engine).build())) {
            echo(listener);
            var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).build());
            try (GreenSSLSocket socket = factory.createSocket("localhost", listener.getLocalPort())) {
                assertThatThrownBy(() -> socket.connect(listener.getLocalSocketAddress()))
                        .isInstanceOf(SocketException.class);
                assertThat(socket.isClosed()).isFalse();
                ask(socket);
            }
        }
    }

    @HubTest(seconds = 60)
    void aSocketWhoseInputWasShutDoesNotGoOnInPlain(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            pair.client().shutdownInput();
            assertThatThrownBy(() -> pair.client().unwrap()).isInstanceOf(SSLException.class);
            assertThat(pair.client().isClosed()).isTrue();
        }
    }

    @HubTest(seconds = 60)
    void aSessionWithoutACertificateIsNotResumedWhereOneIsNeeded(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            SslOptions server = TlsPair.serverOptions(engine).certReqs(CertReqs.OPTIONAL)
                    .caCerts(Certificates.CA.certificate()).build();
            var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).protocols(version).build());
            try (var listener = new GreenSSLServerSocket(Net.listen(TlsPair.ANY), server)) {
                echo(listener);
                int port = listener.getLocalPort();
                for (int i = 0; i < 2; i++) {
                    try (GreenSSLSocket anonymous = factory.createSocket("localhost", port)) {
                        ask(anonymous);
                    }
                }
                listener.setNeedClientAuth(true);
                Green.sleep(); // The accept that waits already makes its socket when a client comes.
                try (GreenSSLSocket anonymous = factory.createSocket("localhost", port)) {
                    assertThatThrownBy(() -> ask(anonymous)).as(version).isInstanceOf(IOException.class);
                }
            }
        }
    }

    /** The JDK's check takes no such name for one. */
    @HubTest(seconds = 60)
    void aHostWithAnUnderscoreInItsNameFailsOnlyWhereItsNameIsChecked(Engine engine) throws Exception {
        Certificates.Issued issued = Certificates.certificate().names("my_host").issue();
        SslOptions server = SslOptions.forServer().engine(engine).certificate(TlsPair.identity(issued))
                .doHandshakeOnConnect(false).build();
        SslOptions unchecked = TlsPair.clientOptions(engine).serverName("my_host").checkHostname(false).build();
        try (var pair = TlsPair.open(unchecked, server)) {
            assertThat(pair.client().getSession().isValid()).isTrue();
        }
        SslOptions checked = TlsPair.clientOptions(engine).serverName("my_host").build();
        assertThatThrownBy(() -> TlsPair.open(checked, server)).isInstanceOf(SSLException.class);
    }

    @HubTest(seconds = 60)
    void whoeverIsNotNamedIsNotBelieved(Engine engine) throws Exception {
        try (var proxy = TlsPair.open(engine)) {
            var server = Green.spawn(() -> {
                try (var inner = GreenSsl.wrap(proxy.server(), TlsPair.serverOptions(engine).build())) {
                    inner.startHandshake();
                } catch (IOException e) {
                    // Told by an alert, or with a goodbye.
                }
                return null;
            });
            try (var inner = GreenSsl.wrap(proxy.client(), TlsPair.clientOptions(engine).build())) {
                assertThatThrownBy(inner::startHandshake).isInstanceOf(SSLException.class);
            }
            server.await();
        }
    }
}
