package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.tls.Certificates.Issued;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.CertReqs;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;

/** Whom we believe: as a client, and as a server that asks its clients who they are. */
class TlsCertificatesTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    private static final Issued GOOD = TlsPair.ISSUED;
    private static final Issued GOOD_CLIENT = Certificates.client("friend");

    /** A client's bad certificates, by what is wrong with them. */
    private static final Map<String, Issued> BAD_CLIENTS = Map.of(
            "expired", Certificates.certificate().use(KeyPurposeId.id_kp_clientAuth).expired().issue(),
            "untrusted", Certificates.certificate().by(Certificates.STRANGER).issue(),
            "self-signed", Certificates.certificate().self().issue(),
            "too long a chain", Certificates.longChain(12, "localhost"),
            "wrong use", Certificates.certificate().use(KeyPurposeId.id_kp_serverAuth).issue());

    /** A server's bad certificates, by what is wrong with them. */
    private static final Map<String, Issued> BAD_SERVERS = badServers();

    private static Map<String, Issued> badServers() {
        var bad = new LinkedHashMap<String, Issued>();
        bad.put("expired", Certificates.certificate().names("localhost").expired().issue());
        bad.put("not yet valid", Certificates.certificate().names("localhost").notYetValid().issue());
        bad.put("self-signed", Certificates.certificate().names("localhost").self().issue());
        bad.put("unknown root", Certificates.certificate().names("localhost").by(Certificates.STRANGER).issue());
        bad.put("wrong host", Certificates.certificate().names("elsewhere.example").issue());
        bad.put("wildcard over two labels", Certificates.certificate().names("*.example").issue());
        bad.put("common name only", Certificates.certificate().subject("CN=localhost").issue());
        bad.put("wrong use", Certificates.certificate().names("localhost").use(KeyPurposeId.id_kp_clientAuth).issue());
        bad.put("address of another", Certificates.certificate().address("127.0.0.2").issue());
        bad.put("SHA-1", Certificates.certificate().names("localhost").signature("SHA1withECDSA").issue());
        bad.put("RSA-1024", Certificates.certificate().names("localhost").kind(Certificates.Kind.RSA_1024).issue());
        Issued between = Certificates.certificate().subject("CN=between").authority().issue();
        bad.put("incomplete chain", Certificates.certificate().names("localhost").by(between).withoutChain().issue());
        return bad;
    }

    private static final Map<String, Issued> GOOD_SERVERS = Map.of(
            "localhost", GOOD,
            "127.0.0.1", GOOD,
            "a.wild.example", Certificates.server("*.wild.example"),
            "long.example", Certificates.longChain(3, "long.example"),
            "rsa.example", Certificates.certificate().kind(Certificates.Kind.RSA).names("rsa.example").issue());

    private static final Map<String, SslOptions> OPTIONS = new ConcurrentHashMap<>();

    private static Issued badServer(String what) {
        return Objects.requireNonNull(BAD_SERVERS.get(what), what);
    }

    /** Our side, which has just connected, and the other. */
    private record Ends(GreenSSLSocket ours, GreenSocket theirs) implements AutoCloseable {

        static Ends open(SslOptions options) throws IOException {
            try (var listener = Net.listen(TlsPair.ANY)) {
                GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
                return new Ends(GreenSsl.wrap(connected, options), listener.accept());
            }
        }

        @Override
        public void close() throws IOException {
            ours.close();
            theirs.close();
        }
    }

    // ---- as a client

    /** Made once: options are dear. Null for no name. */
    private static SslOptions client(Engine engine, @Nullable String name) {
        return OPTIONS.computeIfAbsent(engine + " for " + name, _ -> {
            var options = TlsPair.clientOptions(engine);
            return (name == null ? options : options.serverName(name)).build();
        });
    }

    private static void handshake(SslOptions client, Issued shown, String version) throws Exception {
        try (var ends = Ends.open(client);
                var peer = new RawPeer(ends.theirs, false, shown,
                        parameters -> parameters.setProtocols(new String[]{version}))) {
            var server = Green.spawn(() -> {
                peer.shake();
                return null;
            });
            try {
                ends.ours.startHandshake();
            } finally {
                server.kill();
            }
            server.await();
        }
    }

    @HubTest(seconds = 60)
    void aServerWithABadCertificateIsRefusedWithTheReason(Engine engine) throws Exception {
        for (Map.Entry<String, Issued> bad : BAD_SERVERS.entrySet()) {
            String name = bad.getKey().startsWith("wildcard") ? "a.b.example" : "localhost";
            for (String version : VERSIONS) {
                assertThatThrownBy(() -> handshake(client(engine, name), bad.getValue(), version))
                        .as("%s, %s", bad.getKey(), version)
                        .isInstanceOf(SSLHandshakeException.class)
                        .message().containsAnyOf("validity", "path", "name", "usage", "signed with", "RSA key");
            }
        }
    }

    @HubTest
    void theHostIsCheckedByDefaultAndTheCertificateStillIfItIsNot(Engine engine) throws Exception {
        Issued other = badServer("wrong host");
        assertThatThrownBy(() -> handshake(client(engine, null), other, "TLSv1.3"))
                .isInstanceOf(SSLHandshakeException.class);
        var careless = TlsPair.clientOptions(engine).checkHostname(false).build();
        tolerant(careless, other);
        assertThatThrownBy(() -> handshake(careless, badServer("unknown root"), "TLSv1.3"))
                .isInstanceOf(SSLHandshakeException.class);
        assertThatThrownBy(() -> handshake(careless, badServer("expired"), "TLSv1.3"))
                .isInstanceOf(SSLHandshakeException.class);
    }

    /** Both sides succeed. */
    private static void tolerant(SslOptions client, Issued shown) throws Exception {
        try (var ends = Ends.open(client); var peer = new RawPeer(ends.theirs, false, shown, _ -> {})) {
            var server = Green.spawn(() -> {
                peer.shake();
                peer.sendData("hello".getBytes(StandardCharsets.UTF_8));
                return null;
            });
            assertThat(ends.ours.recv(10)).asString().isEqualTo("hello");
            server.await();
        }
    }

    @HubTest
    void aServerWithAGoodCertificateIsBelieved(Engine engine) throws Exception {
        for (Map.Entry<String, Issued> good : GOOD_SERVERS.entrySet()) {
            tolerant(client(engine, good.getKey()), good.getValue());
        }
    }

    @HubTest
    void aRevokedCertificateIsRefusedByATrustManagerThatLooks(Engine engine) throws Exception {
        Issued revoked = Certificates.server("localhost");
        var list = CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(
                Certificates.CA.revoking(revoked.certificate()).getBytes(StandardCharsets.US_ASCII)));
        var parameters = new PKIXBuilderParameters(Certificates.CA.trustStore(), new X509CertSelector());
        parameters.setRevocationEnabled(true);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(list))));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        var client = SslOptions.forClient().engine(engine).doHandshakeOnConnect(false).serverName("localhost")
                .trustManager((X509TrustManager) factory.getTrustManagers()[0]).build();
        tolerant(client, GOOD);
        assertThatThrownBy(() -> handshake(client, revoked, "TLSv1.3")).isInstanceOf(SSLHandshakeException.class)
                .rootCause().hasMessageContaining("revoked");
    }

    /** What eventlet's wrap_ssl(cert_reqs=CERT_REQUIRED) does not do. */
    @HubTest
    void aTrustSettingIsNeverIgnored(Engine engine) throws Exception {
        var required = SslOptions.forClient().engine(engine).serverName("localhost").certReqs(CertReqs.REQUIRED)
                .doHandshakeOnConnect(false).build();
        assertThatThrownBy(() -> handshake(required, GOOD, "TLSv1.3")).isInstanceOf(SSLHandshakeException.class);
        var ours = SslOptions.forClient().engine(engine).serverName("localhost").certReqs(CertReqs.REQUIRED)
                .caCerts(Certificates.CA.certificate()).doHandshakeOnConnect(false).build();
        tolerant(ours, GOOD);
        assertThatThrownBy(() -> handshake(ours, badServer("unknown root"), "TLSv1.3"))
                .isInstanceOf(SSLHandshakeException.class);
        assertThatThrownBy(() -> SslOptions.forServer().engine(engine).certificate(TlsPair.identity(GOOD))
                .certReqs(CertReqs.REQUIRED).build()).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("caCerts");
        assertThatThrownBy(() -> SslOptions.forClient().engine(engine).certReqs(CertReqs.NONE)
                .caCerts(Certificates.CA.certificate()).build()).isInstanceOf(IllegalArgumentException.class);
        // Somebody who really wants it says so in so many words.
        tolerant(SslOptions.forClient().engine(engine).certReqs(CertReqs.NONE).doHandshakeOnConnect(false).build(),
                badServer("self-signed"));
    }

    // ---- as a server

    private static SslOptions server(Engine engine, CertReqs reqs) {
        return OPTIONS.computeIfAbsent(engine + " that asks " + reqs, _ -> {
            var options = TlsPair.serverOptions(engine).certReqs(reqs);
            return (reqs == CertReqs.NONE ? options : options.caCerts(Certificates.CA.certificate())).build();
        });
    }

    /** Returns who our server says the client is, null for nobody; it and the client each fail with an exception, and do not wait. */
    private static @Nullable String welcome(Engine engine, CertReqs reqs, @Nullable Issued shown, String version)
            throws Exception {
        try (var ends = Ends.open(server(engine, reqs));
                var peer = new RawPeer(ends.theirs, true, shown,
                        parameters -> parameters.setProtocols(new String[]{version}))) {
            var server = Green.spawn(() -> {
                ends.ours.startHandshake();
                ends.ours.sendAll("welcome".getBytes(StandardCharsets.UTF_8));
                try {
                    return ends.ours.getSession().getPeerPrincipal().getName();
                } catch (SSLPeerUnverifiedException e) {
                    return null;
                }
            });
            try {
                peer.shake(); // With TLS 1.3 a client has done its part before the server has looked at it.
                assertThat(peer.receive()).asString().isEqualTo("welcome");
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(java.io.EOFException.class).hasMessageContaining("fatal alert");
                assertThatThrownBy(server::await).isInstanceOf(SSLException.class);
                throw e;
            }
            return server.await();
        }
    }

    @HubTest(seconds = 60)
    void aClientIsAskedForItsCertificateAsTheServerWantsIt(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            for (CertReqs reqs : CertReqs.values()) {
                if (reqs == CertReqs.REQUIRED) {
                    assertThatThrownBy(() -> welcome(engine, reqs, null, version)).as("none, %s", version)
                            .isInstanceOf(IOException.class);
                } else {
                    assertThat(welcome(engine, reqs, null, version)).isNull();
                }
                assertThat(welcome(engine, reqs, GOOD_CLIENT, version)).as("good, %s, %s", reqs, version)
                        .isEqualTo(reqs == CertReqs.NONE ? null : "CN=friend");
                for (Map.Entry<String, Issued> bad : BAD_CLIENTS.entrySet()) {
                    if (reqs == CertReqs.NONE) {
                        assertThat(welcome(engine, reqs, bad.getValue(), version)).isNull();
                    } else {
                        assertThatThrownBy(() -> welcome(engine, reqs, bad.getValue(), version))
                                .as("%s, %s, %s", bad.getKey(), reqs, version).isInstanceOf(IOException.class);
                    }
                }
            }
        }
    }

    /** Our client has done its part when the server turns it away: that is told by the next read. */
    @HubTest
    void aClientThatIsTurnedAwayLateFindsOutByItsNextRead(Engine engine) throws Exception {
        for (String version : VERSIONS) {
            var client = TlsPair.clientOptions(engine).protocols(version).serverName("localhost")
                    .certificate(TlsPair.identity(Objects.requireNonNull(BAD_CLIENTS.get("wrong use")))).build();
            try (var pair = TlsPair.fresh(client, server(engine, CertReqs.REQUIRED))) {
                var server = Green.spawn(() -> pair.server().startHandshake());
                assertThatThrownBy(() -> {
                    pair.client().startHandshake();
                    pair.client().recv(10);
                }).isInstanceOf(IOException.class);
                assertThatThrownBy(() -> pair.client().recv(10)).isInstanceOf(IOException.class);
                assertThatThrownBy(server::await).isInstanceOf(SSLHandshakeException.class);
            }
        }
    }

    /** PostgreSQL's driver casts them. */
    @HubTest
    void certificatesComeInArraysOfTheirKindAsTheJdksDo(Engine engine) throws Exception {
        try (var pair = TlsPair.open(engine)) {
            assertThat(pair.client().getSession().getPeerCertificates()).isInstanceOf(X509Certificate[].class)
                    .containsExactly(TlsPair.ISSUED.chainArray());
            assertThat(pair.server().getSession().getLocalCertificates()).isInstanceOf(X509Certificate[].class)
                    .containsExactly(TlsPair.ISSUED.chainArray());
        }
    }
}
