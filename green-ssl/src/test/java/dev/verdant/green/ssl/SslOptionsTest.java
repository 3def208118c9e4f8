package dev.verdant.green.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SslOptionsTest {

    private static final X509Bundle LOCALHOST = Authority.server("localhost");

    private static SslOptions.Builder server() {
        return SslOptions.forServer().certificate(Authority.identity(LOCALHOST));
    }

    private static SslOptions.Builder client() {
        return SslOptions.forClient();
    }

    @Test
    void aPlainClientAndAPlainServerAreSafe(@TempDir Path dir) throws Exception {
        SslOptions client = SslOptions.forClient().build();
        assertThat(client.isServer()).isFalse();
        assertThat(client.enabledProtocols()).containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
        assertThat(client.handshakeTimeoutNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
        assertThat(client.suppressesRaggedEofs()).isFalse();
        Path certificate = Files.writeString(dir.resolve("cert.pem"), LOCALHOST.getCertificatePathPEM());
        Path key = Files.writeString(dir.resolve("key.pem"), LOCALHOST.getPrivateKeyPEM());
        SslOptions server = SslOptions.forServer().certificate(certificate, key).build();
        assertThat(server.isServer()).isTrue();
        assertThat(server.needsClientAuth() || server.wantsClientAuth()).isFalse();
        assertThat(server.enabledCipherSuites()).isNotEmpty().noneMatch(each -> each.contains("CBC"))
                .allMatch(each -> each.contains("ECDHE") || Ciphers.isFor13(each));
        Path both = Files.writeString(dir.resolve("both.pem"),
                LOCALHOST.getPrivateKeyPEM() + LOCALHOST.getCertificatePathPEM());
        SslOptions.forServer().certificate(Identity.fromPem(both)).build();
    }

    @Test
    void keysAndTrustComeFromKeyStores() throws Exception {
        KeyStore store = LOCALHOST.toKeyStore("pw".toCharArray());
        SslOptions server = SslOptions.forServer().certificate(Identity.fromKeyStore(store, "pw".toCharArray()))
                .build();
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("ca", Authority.CA.getCertificate());
        Pair.of(SslOptions.forClient().caCerts(trust).build(), server).shaken().close();
        assertThatThrownBy(() -> SslOptions.forServer()
                .certificate(Identity.fromKeyStore(store, "no".toCharArray())).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("password");
        assertThatThrownBy(() -> SslOptions.forServer()
                .certificate(Identity.fromKeyStore(store, "nobody", "pw".toCharArray())).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("nobody");
        assertThatThrownBy(() -> client().caCerts(KeyStoreOf.nothing()).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no trusted certificate");
    }

    private static final class KeyStoreOf {
        static KeyStore nothing() throws Exception {
            KeyStore empty = KeyStore.getInstance("PKCS12");
            empty.load(null, null);
            return empty;
        }
    }

    @Test
    void aContextOfTheUsersRunsOnTheJdksEngine() throws Exception {
        SSLContext context = SSLContext.getDefault();
        assertThat(SslOptions.forClient(context).build().engine()).isEqualTo(Engine.JDK);
        assertThatThrownBy(() -> SslOptions.forClient(context).engine(Engine.BORINGSSL).build())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("SSLContext");
    }

    @Test
    void thePropertyChoosesTheEngineAndTheOptionsGoBeforeIt() {
        try {
            assertThat(client().build().engine()).isEqualTo(Engine.BORINGSSL);
            System.setProperty(SslOptions.PROPERTY, "jdk");
            assertThat(client().build().engine()).isEqualTo(Engine.JDK);
            assertThat(client().engine(Engine.BORINGSSL).build().engine()).isEqualTo(Engine.BORINGSSL);
            System.setProperty(SslOptions.PROPERTY, "boringssl");
            assertThat(client().build().engine()).isEqualTo(Engine.BORINGSSL);
            System.setProperty(SslOptions.PROPERTY, "gnutls");
            assertThatThrownBy(() -> client().build()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("verdant.tls: gnutls (expected: jdk or boringssl)");
        } finally {
            System.clearProperty(SslOptions.PROPERTY);
        }
    }

    @Test
    void opensslsNamesOfSuitesAreUnderstoodByBoringSslAlone() {
        String name = "ECDHE-ECDSA-AES128-GCM-SHA256";
        SslOptions options = client().engine(Engine.BORINGSSL).protocols("TLSv1.2").ciphers(name).build();
        assertThat(options.enabledCipherSuites()).containsExactly("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        assertThatThrownBy(() -> client().engine(Engine.JDK).ciphers(name).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(name)
                .hasMessageContaining("boringssl");
    }

    @Test
    void suitesOfTls13AloneLeaveOutWhatIsOlder() {
        SslOptions options = client().ciphers("TLS_AES_256_GCM_SHA384").build();
        assertThat(options.engine()).as("BoringSSL would offer others too").isEqualTo(Engine.JDK);
        assertThat(options.enabledProtocols()).containsExactly("TLSv1.3");
        assertThat(options.enabledCipherSuites()).containsExactly("TLS_AES_256_GCM_SHA384");
    }

    @TestFactory
    Stream<DynamicTest> contradictionsAreRefused() throws Exception {
        X509Bundle other = Authority.server("localhost");
        X509Bundle expired = Authority.leaf(Authority.CA, builder -> builder
                .notBefore(Instant.now().minusSeconds(200_000)).notAfter(Instant.now().minusSeconds(100_000)));
        X509Bundle early = Authority.leaf(Authority.CA, builder -> builder
                .notBefore(Instant.now().plusSeconds(100_000)).notAfter(Instant.now().plusSeconds(200_000)));
        var ca = Authority.CA.getCertificate();
        SSLContext context = SSLContext.getDefault();
        return Stream.of(refused("certReqs(NONE)", client().certReqs(CertReqs.NONE).caCerts(ca)),
                refused("certReqs(NONE)", client().certReqs(CertReqs.NONE).checkHostname(true)),
                refused("certReqs(REQUIRED)", server().caCerts(ca)),
                refused("REQUIRED without caCerts", server().certReqs(CertReqs.REQUIRED)),
                refused("OPTIONAL without caCerts", server().certReqs(CertReqs.OPTIONAL)),
                refused("a server needs one", SslOptions.forServer()),
                refused("serverName: given to a server", server().serverName("x")),
                refused("checkHostname: given to a server", server().checkHostname(true)),
                refused("certificateFor: given to a client", client().certificateFor("x", Authority.identity(other))),
                refused("requireKnownName: given to a client", client().requireKnownName(true)),
                refused("beside an SSLContext", SslOptions.forClient(context).caCerts(ca)),
                refused("beside an SSLContext", SslOptions.forClient(context).certReqs(CertReqs.NONE)),
                refused("beside an SSLContext",
                        SslOptions.forServer(context).certificate(Authority.identity(other))),
                refused("is not that of the certificate", SslOptions.forServer().certificate(
                        Identity.of(other.getKeyPair().getPrivate(), LOCALHOST.getCertificatePath()))),
                refused("expired", SslOptions.forServer().certificate(Authority.identity(expired))),
                refused("valid from", SslOptions.forServer().certificate(Authority.identity(early))),
                refused("did not sign", SslOptions.forServer().certificate(Identity.of(
                        LOCALHOST.getKeyPair().getPrivate(), LOCALHOST.getCertificate(), other.getCertificate()))),
                refused("chain: empty",
                        SslOptions.forServer().certificate(Identity.of(LOCALHOST.getKeyPair().getPrivate()))),
                refused("every certificate has expired", client().caCerts(expired.getCertificate())),
                refused("there is no such file", client().caCerts(Path.of("/nonexistent/ca.pem"))),
                refused("no certificate in it", client().caCertsPem("")),
                refused("caCerts: none", client().caCerts(new java.security.cert.X509Certificate[0])),
                refused("suites of TLSv1.3 alone",
                        client().protocols("TLSv1.2", "TLSv1.3").ciphers("TLS_AES_128_GCM_SHA256")),
                refused("suites of TLSv1.3, which", client().protocols("TLSv1.2").ciphers("TLS_AES_128_GCM_SHA256")),
                refused("suites of TLSv1.2, which",
                        client().protocols("TLSv1.3").ciphers("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")),
                refused("ciphers: NO_SUCH", client().ciphers("NO_SUCH")));
    }

    private static DynamicTest refused(String message, SslOptions.Builder builder) {
        return DynamicTest.dynamicTest(message, () -> {
            for (Engine engine : new Engine[]{null, Engine.JDK}) {
                if (engine != null) {
                    builder.engine(engine);
                }
                assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(message);
            }
        });
    }

    @Test
    void argumentsAreCheckedWhenTheyAreGiven() {
        assertThatThrownBy(() -> client().protocols("TLSv1.1")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("protocols: TLSv1.1 (expected: TLSv1.3 or TLSv1.2; older versions are broken, RFC 8996)");
        assertThatThrownBy(() -> client().protocols()).hasMessage("protocols: none (expected: at least one)");
        assertThatThrownBy(() -> client().ciphers()).hasMessage("ciphers: none (expected: at least one)");
        assertThatThrownBy(() -> client().applicationProtocols("h2", ""))
                .hasMessage("applicationProtocols: a name of 0 bytes (expected: 1 to 255)");
        assertThatThrownBy(() -> client().applicationProtocols("x".repeat(256)))
                .hasMessage("applicationProtocols: a name of 256 bytes (expected: 1 to 255)");
        client().applicationProtocols("x".repeat(255)).build();
        assertThatThrownBy(() -> client().handshakeTimeout(Duration.ZERO))
                .hasMessage("handshakeTimeout: PT0S (expected: > 0, or null)");
        assertThat(client().handshakeTimeout(null).build().handshakeTimeoutNanos()).isNegative();
        assertThatThrownBy(() -> client().serverName("a b"))
                .hasMessage("serverName: a b (expected: a host's name)");
        assertThatThrownBy(() -> client().serverName("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server().certificateFor("*.", Authority.identity(LOCALHOST)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
