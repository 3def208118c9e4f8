package dev.verdant.green.ssl;

import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What was decided, checked and without contradiction, for the engines to be made from.
 *
 * @param server whether ours is the server's side
 * @param keys who we are, or null for nobody; on a server an {@link X509ExtendedKeyManager} where names choose the certificate
 * @param trust whom we believe; null: there is nobody to believe, because a server asks for no certificate
 * @param certReqs what is asked of the peer
 * @param protocols the versions, in no order
 * @param ciphers the suites, the JDK's or OpenSSL's names, best first, for all versions together
 * @param applicationProtocols for ALPN, best first; empty: no ALPN
 * @param checkHostname whether the server's certificate must be for the name that was asked for
 * @param known the names that a server answers to, or null for any
 */
record Settings(boolean server, @Nullable X509KeyManager keys, @Nullable X509TrustManager trust, CertReqs certReqs,
        List<String> protocols, List<String> ciphers, List<String> applicationProtocols, boolean checkHostname,
        @Nullable KnownNames known) {

    /** Whether a server asks for a certificate and insists. */
    boolean needsClientAuth() {
        return server && certReqs == CertReqs.REQUIRED;
    }

    /** Whether a server asks for a certificate and goes on without. */
    boolean wantsClientAuth() {
        return server && certReqs == CertReqs.OPTIONAL;
    }
}
