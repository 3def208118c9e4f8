package dev.verdant.green.ssl;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;

/** Finds out early what a peer would complain of late and in other words. */
final class KeyCheck {

    private static final byte[] PROBE = "whether they belong together"
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private KeyCheck() {}

    static void check(Identity.Loaded identity) {
        List<X509Certificate> chain = identity.chain();
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("chain: empty (expected: the key's certificate first)");
        }
        X509Certificate certificate = identity.certificate();
        checkDates(certificate);
        checkSameKey(identity.key(), certificate);
        for (int i = 1; i < chain.size(); i++) {
            if (!chain.get(i - 1).getIssuerX500Principal().equals(chain.get(i).getSubjectX500Principal())) {
                throw new IllegalArgumentException(
                        "chain: " + name(chain.get(i)) + " did not sign " + name(chain.get(i - 1))
                                + " (expected: the certificate, then each one's issuer)");
            }
        }
    }

    private static String name(X509Certificate certificate) {
        return "\"" + certificate.getSubjectX500Principal().getName() + "\"";
    }

    private static void checkDates(X509Certificate certificate) {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            throw new IllegalArgumentException("the certificate of " + name(certificate) + " expired at "
                    + certificate.getNotAfter().toInstant() + " (expected: a valid one)", e);
        } catch (CertificateNotYetValidException e) {
            throw new IllegalArgumentException("the certificate of " + name(certificate) + " is valid from "
                    + certificate.getNotBefore().toInstant() + " (expected: a valid one; is the clock right?)", e);
        }
    }

    private static void checkSameKey(PrivateKey key, X509Certificate certificate) {
        PublicKey published = certificate.getPublicKey();
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
            default -> null;
        };
        if (algorithm == null) {
            return; // what cannot be tried is left to the handshake
        }
        boolean same;
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(published);
            signature.update(PROBE);
            same = signature.verify(signed);
        } catch (GeneralSecurityException e) {
            same = false;
        }
        if (!same) {
            throw new IllegalArgumentException("the private key is not that of the certificate of " + name(certificate)
                    + " (expected: the key it was made with)");
        }
    }
}
