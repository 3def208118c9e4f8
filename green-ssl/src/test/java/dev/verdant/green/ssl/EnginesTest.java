package dev.verdant.green.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCounted;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every case is told to both engines, on both sides. */
@Timeout(60)
class EnginesTest {

    private static final X509Bundle LOCALHOST = Authority.server("localhost");

    /** Who speaks to whom. */
    record Sides(Engine client, Engine server) {

        SslOptions.Builder clientBuilder() {
            return SslOptions.forClient().engine(client);
        }

        SslOptions.Builder clientOfOurCa() {
            return clientBuilder().caCerts(Authority.CA.getCertificate());
        }

        SslOptions.Builder serverOf(X509Bundle bundle) {
            return SslOptions.forServer().engine(server).certificate(Authority.identity(bundle));
        }
    }

    static Stream<Sides> sides() {
        return Arrays.stream(Engine.values())
                .flatMap(client -> Arrays.stream(Engine.values()).map(server -> new Sides(client, server)));
    }

    private static Pair shaken(SslOptions.Builder client, SslOptions.Builder server) throws Exception {
        return Pair.of(client.build(), server.build()).shaken();
    }

    private static void refusedByClient(SslOptions.Builder client, SslOptions.Builder server) throws Exception {
        try (var pair = Pair.of(client.build(), server.build()).shake()) {
            assertThat(pair.clientFailure).as("the client's").isNotNull();
            assertThat(pair.serverFailure).as("the server's, who was told by an alert").isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void engineSpeaksToEngineInEachVersion(Sides sides) throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            try (var pair = shaken(sides.clientOfOurCa(), sides.serverOf(LOCALHOST).protocols(version))) {
                assertThat(pair.client.ssl().getSession().getProtocol()).isEqualTo(version);
                assertThat(pair.server.ssl().getSession().getProtocol()).isEqualTo(version);
            }
            try (var pair = shaken(sides.clientOfOurCa().protocols(version), sides.serverOf(LOCALHOST))) {
                assertThat(pair.client.ssl().getSession().getProtocol()).isEqualTo(version);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void rsaKeysServeToo(Sides sides) throws Exception {
        X509Bundle rsa = Authority.leaf(Authority.CA, builder -> builder.rsa2048().addSanDnsName("localhost"));
        for (String version : Ciphers.PROTOCOLS) {
            shaken(sides.clientOfOurCa().protocols(version), sides.serverOf(rsa)).close();
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void theSuiteThatIsAskedForIsTaken(Sides sides) throws Exception {
        String suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
        try (var pair = shaken(sides.clientOfOurCa().protocols("TLSv1.2"),
                sides.serverOf(LOCALHOST).ciphers(suite))) {
            assertThat(pair.client.ssl().getSession().getCipherSuite()).isEqualTo(suite);
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void aCertificateOfAnUnknownAuthorityIsRefused(Sides sides) throws Exception {
        X509Bundle stranger = Authority.leaf(Authority.OTHER_CA, builder -> builder.addSanDnsName("localhost"));
        refusedByClient(sides.clientOfOurCa(), sides.serverOf(stranger));
        refusedByClient(sides.clientBuilder(), sides.serverOf(LOCALHOST));
        for (CertReqs each : new CertReqs[]{CertReqs.REQUIRED, CertReqs.OPTIONAL}) {
            refusedByClient(sides.clientOfOurCa().certReqs(each), sides.serverOf(stranger));
        }
        shaken(sides.clientBuilder().certReqs(CertReqs.NONE), sides.serverOf(stranger)).close();
    }

    @ParameterizedTest
    @MethodSource("sides")
    void aSelfSignedCertificateIsTrustedOnlyIfItIsNamed(Sides sides) throws Exception {
        var self = new io.netty.pkitesting.CertificateBuilder().ecp256().subject("CN=self").addSanDnsName("localhost")
                .setIsCertificateAuthority(true).buildSelfSigned();
        refusedByClient(sides.clientOfOurCa(), sides.serverOf(self));
        shaken(sides.clientBuilder().caCerts(self.getCertificate()), sides.serverOf(self)).close();
    }

    @ParameterizedTest
    @MethodSource("sides")
    void aCertificateForAnotherHostIsRefused(Sides sides) throws Exception {
        X509Bundle elsewhere = Authority.server("elsewhere.example");
        for (String version : Ciphers.PROTOCOLS) {
            refusedByClient(sides.clientOfOurCa().protocols(version), sides.serverOf(elsewhere));
        }
        shaken(sides.clientOfOurCa().checkHostname(false), sides.serverOf(elsewhere)).close();
        shaken(sides.clientOfOurCa().serverName("elsewhere.example"), sides.serverOf(elsewhere)).close();
        shaken(sides.clientOfOurCa().serverName("Elsewhere.EXAMPLE."), sides.serverOf(elsewhere)).close();
        refusedByClient(sides.clientOfOurCa().serverName("elsewhere.example"), sides.serverOf(LOCALHOST));
    }

    @ParameterizedTest
    @MethodSource("sides")
    void anAddressIsCheckedAgainstTheAddressesInTheCertificate(Sides sides) throws Exception {
        X509Bundle address = Authority.leaf(Authority.CA, builder -> builder.addSanIpAddress("127.0.0.1"));
        shaken(sides.clientOfOurCa().serverName("127.0.0.1"), sides.serverOf(address)).close();
        refusedByClient(sides.clientOfOurCa().serverName("127.0.0.2"), sides.serverOf(address));
        refusedByClient(sides.clientOfOurCa().serverName("127.0.0.1"), sides.serverOf(LOCALHOST));
    }

    @ParameterizedTest
    @MethodSource("sides")
    void withoutANameThereIsNothingToCheckAndTheClientRefuses(Sides sides) throws Exception {
        try (var pair = new Pair(sides.clientOfOurCa().build().newEngine(null, -1),
                sides.serverOf(LOCALHOST).build().newEngine(null, -1)).shake()) {
            assertThat(pair.clientFailure).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void theCertificateIsChosenByTheNameThatIsAskedFor(Sides sides) throws Exception {
        X509Bundle first = Authority.server("first.example", "unknown.example", "b.a.wild.example", "localhost");
        X509Bundle second = Authority.server("second.example");
        X509Bundle wild = Authority.server("a.wild.example");
        X509Bundle special = Authority.server("special.wild.example");
        X509Bundle idn = Authority.server("xn--bcher-kva.example");
        SslOptions server = sides.serverOf(first).certificateFor("Second.example", Authority.identity(second))
                .certificateFor("*.wild.example", Authority.identity(wild))
                .certificateFor("special.wild.example", Authority.identity(special))
                .certificateFor("bücher.example", Authority.identity(idn)).build();
        for (String version : Ciphers.PROTOCOLS) {
            assertThat(shown(sides, server, version, "second.example")).isEqualTo(second.getCertificate());
            assertThat(shown(sides, server, version, "SECOND.example.")).isEqualTo(second.getCertificate());
            assertThat(shown(sides, server, version, "a.wild.example")).isEqualTo(wild.getCertificate());
            assertThat(shown(sides, server, version, "b.a.wild.example")).isEqualTo(first.getCertificate());
            assertThat(shown(sides, server, version, "special.wild.example")).isEqualTo(special.getCertificate());
            assertThat(shown(sides, server, version, "unknown.example")).isEqualTo(first.getCertificate());
            assertThat(shown(sides, server, version, "bücher.example")).isEqualTo(idn.getCertificate());
        }
    }

    private static java.security.cert.Certificate shown(Sides sides, SslOptions server, String version, String name)
            throws Exception {
        SslOptions client = sides.clientOfOurCa().protocols(version).build();
        try (var pair = new Pair(client.newEngine(name, 443), server.newEngine(null, -1)).shaken()) {
            return pair.client.ssl().getSession().getPeerCertificates()[0];
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void anUnknownNameIsRefusedIfKnownOnesAreRequired(Sides sides) throws Exception {
        SslOptions server = sides.serverOf(Authority.server("first.example"))
                .certificateFor("second.example", Authority.identity(Authority.server("second.example")))
                .requireKnownName(true).build();
        for (String version : Ciphers.PROTOCOLS) {
            shown(sides, server, version, "first.example");
            shown(sides, server, version, "second.example");
            SslOptions client = sides.clientOfOurCa().protocols(version).build();
            try (var pair = new Pair(client.newEngine("third.example", 443), server.newEngine(null, -1)).shake()) {
                assertThat(pair.serverFailure).isNotNull();
                assertThat(pair.clientFailure).hasMessageMatching("(?is).*unrecognized.?name.*");
            }
            SslOptions nameless = sides.clientOfOurCa().protocols(version).checkHostname(false).build();
            new Pair(nameless.newEngine(null, -1), server.newEngine(null, -1)).shaken().close();
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void applicationProtocolsAreChosenByTheServersOrder(Sides sides) throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            try (var pair = shaken(sides.clientOfOurCa().protocols(version).applicationProtocols("a", "b"),
                    sides.serverOf(LOCALHOST).applicationProtocols("c", "b", "a"))) {
                assertThat(pair.client.applicationProtocol()).isEqualTo("b");
                assertThat(pair.server.applicationProtocol()).isEqualTo("b");
            }
            try (var pair = shaken(sides.clientOfOurCa().protocols(version).applicationProtocols("a"),
                    sides.serverOf(LOCALHOST))) {
                assertThat(pair.client.applicationProtocol()).isEmpty();
            }
            try (var pair = shaken(sides.clientOfOurCa().protocols(version),
                    sides.serverOf(LOCALHOST).applicationProtocols("a"))) {
                assertThat(pair.server.applicationProtocol()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void applicationProtocolsWithoutOverlapEndTheHandshake(Sides sides) throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            try (var pair = Pair.of(sides.clientOfOurCa().protocols(version).applicationProtocols("a").build(),
                    sides.serverOf(LOCALHOST).applicationProtocols("b").build()).shake()) {
                assertThat(pair.serverFailure).isNotNull();
                assertThat(pair.clientFailure).hasMessageMatching("(?is).*no.?application.?protocol.*");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void aServerThatRequiresACertificateTakesATrustedOneOnly(Sides sides) throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            SslOptions server = sides.serverOf(LOCALHOST).certReqs(CertReqs.REQUIRED)
                    .caCerts(Authority.CA.getCertificate()).build();
            X509Bundle mine = Authority.client();
            try (var pair = Pair.of(
                    sides.clientOfOurCa().protocols(version).certificate(Authority.identity(mine)).build(), server)
                    .shaken()) {
                assertThat(pair.server.ssl().getSession().getPeerCertificates()[0]).isEqualTo(mine.getCertificate());
            }
            X509Bundle stranger = Authority.leaf(Authority.OTHER_CA,
                    builder -> builder.addExtendedKeyUsageClientAuth());
            refusedByServer(sides.clientOfOurCa().protocols(version), server);
            refusedByServer(sides.clientOfOurCa().protocols(version).certificate(Authority.identity(stranger)), server);
            X509Bundle wrongUse = Authority.leaf(Authority.CA, builder -> builder.addExtendedKeyUsageServerAuth());
            refusedByServer(sides.clientOfOurCa().protocols(version).certificate(Authority.identity(wrongUse)), server);
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void aServerThatWantsACertificateGoesOnWithoutAndRefusesAWrongOne(Sides sides) throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            SslOptions server = sides.serverOf(LOCALHOST).certReqs(CertReqs.OPTIONAL)
                    .caCerts(Authority.CA.getCertificate()).build();
            X509Bundle mine = Authority.client();
            try (var pair = Pair.of(
                    sides.clientOfOurCa().protocols(version).certificate(Authority.identity(mine)).build(), server)
                    .shaken()) {
                assertThat(pair.server.ssl().getSession().getPeerCertificates()[0]).isEqualTo(mine.getCertificate());
            }
            try (var pair = Pair.of(sides.clientOfOurCa().protocols(version).build(), server).shaken()) {
                assertThatThrownBy(() -> pair.server.ssl().getSession().getPeerCertificates())
                        .isInstanceOf(SSLPeerUnverifiedException.class);
            }
            X509Bundle stranger = Authority.leaf(Authority.OTHER_CA,
                    builder -> builder.addExtendedKeyUsageClientAuth());
            refusedByServer(sides.clientOfOurCa().protocols(version).certificate(Authority.identity(stranger)), server);
        }
    }

    private static void refusedByServer(SslOptions.Builder client, SslOptions server) throws Exception {
        try (var pair = Pair.of(client.build(), server).shake()) {
            assertThat(pair.serverFailure).as("the server's").isNotNull();
            assertThat(pair.clientFailure).as("the client's, who was told by an alert").isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void theSecondHandshakeResumesTheFirst(Sides sides) throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            var counting = new CountingTrust();
            SslOptions client = sides.clientBuilder().trustManager(counting).protocols(version).build();
            SslOptions server = sides.serverOf(LOCALHOST).build();
            Pair.of(client, server).shaken().close();
            assertThat(counting.asked).as("full, " + version).isEqualTo(1);
            Pair.of(client, server).shaken().close();
            assertThat(counting.asked).as("resumed, " + version).isEqualTo(1);
            Pair.of(client, sides.serverOf(LOCALHOST).build()).shaken().close();
            assertThat(counting.asked).as("by a server that never saw it, " + version).isEqualTo(2);
        }
    }

    @Test
    void aServerOfBoringSslHidesSessionsInTicketsOfItsOwnKeys() throws Exception {
        for (String version : Ciphers.PROTOCOLS) {
            var sides = new Sides(Engine.JDK, Engine.BORINGSSL);
            SslOptions client = sides.clientOfOurCa().protocols(version).build();
            var server = new BoringSsl(Contradictions.resolve(sides.serverOf(LOCALHOST)));
            var stats = ((OpenSslSessionContext) server.context.sessionContext()).stats();
            new Pair(client.newEngine("localhost", 443), server.newEngine(null, -1)).shaken().close();
            assertThat(stats.ticketKeyNew()).as("made, " + version).isPositive();
            assertThat(stats.ticketKeyResume()).as("not yet, " + version).isZero();
            new Pair(client.newEngine("localhost", 443), server.newEngine(null, -1)).shaken().close();
            assertThat(stats.ticketKeyResume()).as("resumed, " + version).isPositive();
        }
    }

    /** A full handshake shows a certificate; a resumed one does not. */
    private static final class CountingTrust extends X509ExtendedTrustManager {

        private final X509ExtendedTrustManager trust = Trust
                .of(java.util.List.of(Trust.of(Authority.CA.getCertificate())));
        int asked;

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            asked++;
            trust.checkServerTrusted(chain, authType, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
            throw new AssertionError("no socket");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            throw new AssertionError("no engine");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new AssertionError("no client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
            throw new AssertionError("no client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new AssertionError("no client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return trust.getAcceptedIssuers();
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void anExpiredCertificateIsRefused(Sides sides) throws Exception {
        X509Bundle expired = Authority.leaf(Authority.CA, builder -> builder.addSanDnsName("localhost")
                .notBefore(Instant.now().minusSeconds(200_000)).notAfter(Instant.now().minusSeconds(100_000)));
        SslOptions.Builder server = SslOptions.forServer().engine(sides.server).keyManager(
                new NamedKeys(java.util.List.of(new NamedKeys.Entry(null,
                        new Identity.Loaded(expired.getKeyPair().getPrivate(),
                                java.util.List.of(expired.getCertificatePath()))))));
        refusedByClient(sides.clientOfOurCa(), server);
    }

    @Test
    void anEngineOfBoringSslIsReleasedOnce() throws Exception {
        var sides = new Sides(Engine.BORINGSSL, Engine.BORINGSSL);
        var pair = shaken(sides.clientOfOurCa(), sides.serverOf(LOCALHOST));
        var counted = (ReferenceCounted) pair.client.ssl();
        assertThat(counted.refCnt()).isEqualTo(1);
        pair.close();
        assertThat(counted.refCnt()).isZero();
        pair.close();
        assertThat(counted.refCnt()).isZero();
    }

    @Test
    void anEngineOfBoringSslThatNobodyReleasedIsReleasedByTheCollector() throws Exception {
        var sides = new Sides(Engine.BORINGSSL, Engine.BORINGSSL);
        SslOptions options = sides.clientOfOurCa().build();
        var counted = (ReferenceCounted) forgotten(options);
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (counted.refCnt() > 0) {
            assertThat(System.nanoTime()).as("the engine is still there").isLessThan(deadline);
            System.gc();
            Thread.onSpinWait();
        }
    }

    private static SSLEngine forgotten(SslOptions options) {
        return options.newEngine("localhost", 443).ssl();
    }

    @Test
    void aTrustManagerThatSeesNoNamesRunsOnTheJdksEngineWhichChecksThem() throws Exception {
        X509TrustManager plain = new PlainTrust();
        SslOptions client = SslOptions.forClient().trustManager(plain).build();
        assertThat(client.engine()).isEqualTo(Engine.JDK);
        SslOptions server = SslOptions.forServer().certificate(Authority.identity(LOCALHOST)).build();
        Pair.of(client, server).shaken().close();
        try (var pair = new Pair(client.newEngine("elsewhere.example", 443), server.newEngine(null, -1)).shake()) {
            assertThat(pair.clientFailure).isInstanceOf(SSLException.class);
        }
        assertThatThrownBy(() -> SslOptions.forClient().trustManager(plain).engine(Engine.BORINGSSL).build())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("X509ExtendedTrustManager");
    }

    private static final class PlainTrust implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
