package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.ssl.SslOptions;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The certificates that the other tests are made with are as good, and as bad, as they claim. */
@Timeout(60)
class CertificatesTest {

    private static void check(Certificates.Issued issued) throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(Certificates.CA.trustStore());
        ((X509TrustManager) factory.getTrustManagers()[0]).checkServerTrusted(issued.chainArray(), "ECDHE_ECDSA");
    }

    private static void refused(Certificates.Issued issued) {
        assertThatThrownBy(() -> check(issued)).isInstanceOf(CertificateException.class);
    }

    @Test
    void goodOnesAreGood(@TempDir Path dir) throws Exception {
        for (Certificates.Kind kind : new Certificates.Kind[]{Certificates.Kind.EC, Certificates.Kind.RSA,
                Certificates.Kind.ED25519}) {
            Certificates.Issued good = Certificates.certificate().kind(kind).names("localhost", "*.wild.example")
                    .address("127.0.0.1").issue();
            check(good);
            SslOptions.forServer().certificate(good.writeChain(dir, "good"), good.writeKey(dir, "good")).build();
        }
        check(Certificates.longChain(3, "localhost"));
    }

    @Test
    void badOnesAreBad() {
        refused(Certificates.certificate().expired().issue());
        refused(Certificates.certificate().notYetValid().issue());
        refused(Certificates.certificate().self().issue());
        refused(Certificates.certificate().by(Certificates.STRANGER).issue());
        refused(Certificates.certificate().use(KeyPurposeId.id_kp_clientAuth).issue());
        refused(Certificates.certificate().kind(Certificates.Kind.RSA_1024).self().issue());
        Certificates.Issued between = Certificates.certificate().subject("CN=between").authority().issue();
        refused(Certificates.certificate().by(between).withoutChain().issue());
        X509Certificate sha1 = Certificates.certificate().signature("SHA1withECDSA").issue().certificate();
        assertThat(sha1.getSigAlgName()).isEqualTo("SHA1withECDSA");
        assertThat(Certificates.CA.revoking(sha1)).contains("BEGIN X509 CRL");
    }
}
