package dev.verdant.conformance.library;

import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocketFactory;
import dev.verdant.green.ssl.SslOptions;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/** How a library talks: plainly, or over TLS sockets of the JDK's or of ours. */
enum Tls {
    /** Plain. */
    NONE,
    /** The JDK's sockets. */
    JDK,
    /** Ours with the JDK's engine. */
    GREEN_JDK,
    /** Ours with BoringSSL. */
    GREEN_BORINGSSL;

    private static final SSLContext CONTEXT = newContext();

    private static SSLContext newContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[]{ServerCertificate.trustManager()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** For libraries that take nothing else. */
    static SSLContext context() {
        return CONTEXT;
    }

    boolean isOn() {
        return this != NONE;
    }

    /** What makes the sockets. */
    SSLSocketFactory factory() {
        return switch (this) {
            case NONE -> throw new IllegalStateException("plain");
            case JDK -> CONTEXT.getSocketFactory();
            case GREEN_JDK -> green(Engine.JDK);
            case GREEN_BORINGSSL -> green(Engine.BORINGSSL);
        };
    }

    private static SSLSocketFactory green(Engine engine) {
        return new GreenSSLSocketFactory(
                SslOptions.forClient().engine(engine).caCerts(ServerCertificate.root()).build());
    }
}
