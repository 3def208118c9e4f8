package dev.verdant.green.ssl;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.util.function.UnaryOperator;

/** Authorities and certificates, made for one run. */
final class Authority {

    static final X509Bundle CA = authority("CN=Verdant test CA");
    static final X509Bundle OTHER_CA = authority("CN=Another CA");

    private Authority() {}

    static X509Bundle authority(String subject) {
        try {
            return new CertificateBuilder().ecp256().subject(subject).setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static X509Bundle leaf(X509Bundle by, UnaryOperator<CertificateBuilder> more) {
        try {
            return more.apply(new CertificateBuilder().ecp256().subject("CN=leaf")).buildIssuedBy(by);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A certificate of {@link #CA} for these names. */
    static X509Bundle server(String... names) {
        return leaf(CA, builder -> {
            for (String name : names) {
                builder.addSanDnsName(name);
            }
            return builder;
        });
    }

    static X509Bundle client() {
        return leaf(CA, builder -> builder.subject("CN=client").addExtendedKeyUsageClientAuth());
    }

    static Identity identity(X509Bundle bundle) {
        return Identity.of(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath());
    }
}
