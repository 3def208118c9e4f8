package dev.verdant.conformance.tls;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS between two who know each other as {@code localhost}, by the JDK's own means: for suites that are not about TLS. */
public final class Localhost {

    private static final char[] PASSWORD = "password".toCharArray();

    private Localhost() {}

    /** For the server. */
    public static SSLContext server() throws GeneralSecurityException {
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(Certificates.server("localhost").keyStore(PASSWORD), PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** For a client, which trusts the server. */
    public static SSLContext client() throws GeneralSecurityException {
        KeyStore known = Certificates.CA.trustStore();
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(known);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
