package dev.verdant.green.ssl;

import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what can be forged, and what the JDK still takes of private authorities, on the way from the authority to the peer: signatures with SHA-1 or MD5, and RSA
 * keys of less than 2048 bits. What is trusted itself is not looked at.
 */
final class StrongPath extends PKIXCertPathChecker {

    private static final int LEAST_RSA_BITS = 2048;

    @Override
    public void init(boolean forward) throws CertPathValidatorException {
        if (forward) {
            throw new CertPathValidatorException("Paths are checked from the authority on");
        }
    }

    @Override
    public boolean isForwardCheckingSupported() {
        return false;
    }

    @Override
    public @Nullable Set<String> getSupportedExtensions() {
        return null;
    }

    @Override
    public void check(Certificate certificate, @Nullable Collection<String> unresolved)
            throws CertPathValidatorException {
        if (!(certificate instanceof X509Certificate x509)) {
            return;
        }
        String signature = x509.getSigAlgName().toUpperCase(Locale.ROOT);
        if (signature.startsWith("SHA1") || signature.startsWith("SHA-1") || signature.startsWith("MD")) {
            throw new CertPathValidatorException("The certificate of " + x509.getSubjectX500Principal()
                    + " is signed with " + x509.getSigAlgName() + " (expected: SHA-256 or better)");
        }
        if (x509.getPublicKey() instanceof RSAKey key && key.getModulus().bitLength() < LEAST_RSA_BITS) {
            throw new CertPathValidatorException("The certificate of " + x509.getSubjectX500Principal()
                    + " has an RSA key of " + key.getModulus().bitLength() + " bits (expected: >= " + LEAST_RSA_BITS
                    + ")");
        }
    }
}
