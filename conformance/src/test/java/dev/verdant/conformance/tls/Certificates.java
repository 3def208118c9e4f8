package dev.verdant.conformance.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Makes certificates, good ones and each kind of bad one.
 */
final class Certificates {

    /** Every certificate has another number. Used by those that follow. */
    private static final AtomicLong SERIAL = new AtomicLong(1);

    /** A root that our side trusts. */
    static final Issued CA = authority("CN=Verdant root").issue();

    /** A root that nobody trusts. */
    static final Issued STRANGER = authority("CN=A stranger").issue();

    private Certificates() {}

    /** A kind of key. */
    enum Kind {
        /** P-256. */
        EC("EC", 256, "SHA256withECDSA"),
        /** RSA of today. */
        RSA("RSA", 2048, "SHA256withRSA"),
        /** RSA of yesterday. */
        RSA_1024("RSA", 1024, "SHA256withRSA"),
        /** Edwards curve. */
        ED25519("Ed25519", 255, "Ed25519");

        private final String algorithm;
        private final int bits;
        private final String signature;

        Kind(String algorithm, int bits, String signature) {
            this.algorithm = algorithm;
            this.bits = bits;
            this.signature = signature;
        }

        private KeyPair newKeys() {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
                generator.initialize(bits, new SecureRandom());
                return generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A certificate for these names, of our root: what a server shows. */
    static Issued server(String... names) {
        return certificate().names(names).issue();
    }

    /** A certificate of our root that is good for a client alone. */
    static Issued client(String name) {
        return certificate().subject("CN=" + name).use(KeyPurposeId.id_kp_clientAuth).issue();
    }

    /** A certificate that {@link #CA} will have signed, with an EC key, valid since yesterday for a month. */
    static Recipe certificate() {
        return new Recipe();
    }

    /** As {@link #certificate}, for a root. */
    static Recipe authority(String subject) {
        return new Recipe().subject(subject).authority().self();
    }

    /** Root, then {@code length} authorities one below the other, then a server's certificate of the last. */
    static Issued longChain(int length, String... names) {
        Issued last = CA;
        for (int i = 0; i < length; i++) {
            last = certificate().subject("CN=Authority " + i + ", OU=" + "x".repeat(60)).authority().by(last).issue();
        }
        return certificate().names(names).by(last).issue();
    }

    /** What a certificate is to be like. */
    static final class Recipe {

        private Kind kind = Kind.EC;
        private String subject = "CN=leaf";
        private @Nullable Issued issuer;
        private boolean self;
        private boolean authority;
        private boolean withChain = true;
        private @Nullable String signature;
        private Instant from = Instant.now().minus(Duration.ofDays(1));
        private Instant until = Instant.now().plus(Duration.ofDays(30));
        private final List<GeneralName> names = new ArrayList<>();
        private final List<KeyPurposeId> uses = new ArrayList<>();

        Recipe kind(Kind which) {
            this.kind = which;
            return this;
        }

        Recipe subject(String name) {
            this.subject = name;
            return this;
        }

        /** DNS names, wildcards too. */
        Recipe names(String... dns) {
            for (String each : dns) {
                names.add(new GeneralName(GeneralName.dNSName, each));
            }
            return this;
        }

        Recipe address(String ip) {
            names.add(new GeneralName(GeneralName.iPAddress, ip));
            return this;
        }

        /** By {@link #CA} if it is never called. */
        Recipe by(Issued who) {
            this.issuer = who;
            return this;
        }

        /** Signed by itself. */
        Recipe self() {
            this.self = true;
            return this;
        }

        Recipe authority() {
            this.authority = true;
            return this;
        }

        /** What it is good for; for everything if it is never called. */
        Recipe use(KeyPurposeId... what) {
            uses.addAll(List.of(what));
            return this;
        }

        Recipe expired() {
            this.from = Instant.now().minus(Duration.ofDays(20));
            this.until = Instant.now().minus(Duration.ofDays(10));
            return this;
        }

        Recipe notYetValid() {
            this.from = Instant.now().plus(Duration.ofDays(10));
            this.until = Instant.now().plus(Duration.ofDays(20));
            return this;
        }

        /** Signed in a way that nobody should believe; the issuer's key must fit. */
        Recipe signature(String algorithm) {
            this.signature = algorithm;
            return this;
        }

        /** Leaves out the authorities between it and the root. */
        Recipe withoutChain() {
            this.withChain = false;
            return this;
        }

        Issued issue() {
            KeyPair keys = kind.newKeys();
            Issued by = self ? null : issuer != null ? issuer : CA;
            X500Name issuerName = by == null ? new X500Name(subject) : by.name();
            PrivateKey signer = by == null ? keys.getPrivate() : by.key;
            Kind signerKind = by == null ? kind : by.kind;
            try {
                var builder = new JcaX509v3CertificateBuilder(issuerName, BigInteger.valueOf(SERIAL.incrementAndGet()),
                        Date.from(from), Date.from(until), new X500Name(subject), keys.getPublic());
                extend(builder);
                X509Certificate certificate = new JcaX509CertificateConverter().getCertificate(builder.build(
                        new JcaContentSignerBuilder(signature != null ? signature : signerKind.signature)
                                .build(signer)));
                var chain = new ArrayList<X509Certificate>();
                chain.add(certificate);
                if (by != null && withChain) {
                    by.chain.stream().filter(each -> !isRoot(each)).forEach(chain::add);
                }
                return new Issued(kind, keys.getPrivate(), List.copyOf(chain));
            } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
                throw new AssertionError(e);
            }
        }

        private void extend(JcaX509v3CertificateBuilder builder) throws CertIOException {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (authority) {
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            }
            if (!names.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false,
                        new GeneralNames(names.toArray(GeneralName[]::new)));
            }
            if (!uses.isEmpty()) {
                builder.addExtension(Extension.extendedKeyUsage, false,
                        new ExtendedKeyUsage(uses.toArray(KeyPurposeId[]::new)));
            }
        }

        private static boolean isRoot(X509Certificate certificate) {
            return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
        }
    }

    /**
     * A certificate and its key.
     *
     * @param kind of the key
     * @param key the private one
     * @param chain the certificate, then those of the authorities between it and the root
     */
    record Issued(Kind kind, PrivateKey key, List<X509Certificate> chain) {

        X509Certificate certificate() {
            return chain.getFirst();
        }

        private X500Name name() {
            return X500Name.getInstance(certificate().getSubjectX500Principal().getEncoded());
        }

        X509Certificate[] chainArray() {
            return chain.toArray(X509Certificate[]::new);
        }

        String chainPem() {
            var text = new StringBuilder();
            try {
                for (X509Certificate each : chain) {
                    text.append(pem("CERTIFICATE", each.getEncoded()));
                }
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
            return text.toString();
        }

        String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        /** Writes {@code NAME.pem}, the chain. */
        Path writeChain(Path dir, String name) throws IOException {
            return Files.writeString(dir.resolve(name + ".pem"), chainPem());
        }

        /** Writes {@code NAME.key}, the key without a password. */
        Path writeKey(Path dir, String name) throws IOException {
            return Files.writeString(dir.resolve(name + ".key"), keyPem());
        }

        /** For the JDK's {@code KeyManagerFactory}. */
        KeyStore keyStore(char[] password) {
            try {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                store.setKeyEntry("key", key, password, chainArray());
                return store;
            } catch (GeneralSecurityException | IOException e) {
                throw new AssertionError(e);
            }
        }

        /** For the JDK's {@code TrustManagerFactory}. */
        KeyStore trustStore() {
            try {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                store.setCertificateEntry("ca", certificate());
                return store;
            } catch (GeneralSecurityException | IOException e) {
                throw new AssertionError(e);
            }
        }

        /** The list, in PEM, by which this authority takes certificates back. */
        String revoking(X509Certificate... certificates) {
            try {
                var builder = new X509v2CRLBuilder(name(), Date.from(Instant.now().minus(Duration.ofHours(1))));
                builder.setNextUpdate(Date.from(Instant.now().plus(Duration.ofDays(1))));
                for (X509Certificate each : certificates) {
                    builder.addCRLEntry(each.getSerialNumber(), Date.from(Instant.now()), CRLReason.keyCompromise);
                }
                return pem("X509 CRL",
                        builder.build(new JcaContentSignerBuilder(kind.signature).build(key)).getEncoded());
            } catch (OperatorCreationException | IOException e) {
                throw new AssertionError(e);
            }
        }

        private static String pem(String label, byte[] der) {
            return "-----BEGIN " + label + "-----\n"
                    + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(der) + "\n-----END " + label
                    + "-----\n";
        }
    }
}
