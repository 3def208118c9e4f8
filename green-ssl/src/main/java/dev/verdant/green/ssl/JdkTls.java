package dev.verdant.green.ssl;

import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Engines of the JDK's, which keep nothing that the collector does not free. */
final class JdkTls implements TlsContext {

    private final SSLContext context;
    private final Settings settings;

    JdkTls(SSLContext context, Settings settings) {
        this.context = context;
        this.settings = settings;
    }

    @Override
    public TlsEngine newEngine(@Nullable String host, int port) {
        SSLEngine engine = host == null ? context.createSSLEngine() : context.createSSLEngine(host, port);
        engine.setUseClientMode(!settings.server());
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(settings.protocols().toArray(String[]::new));
        parameters.setCipherSuites(settings.ciphers().toArray(String[]::new));
        parameters.setApplicationProtocols(settings.applicationProtocols().toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        common(parameters, host, settings);
        engine.setSSLParameters(parameters);
        return new TlsEngine(engine, false, () -> {});
    }

    /** None if it cannot be said in TLS, such as one with an underscore; the certificate is checked for it all the same. */
    private static List<SNIServerName> serverNames(String host) {
        try {
            return List.of(new SNIHostName(host));
        } catch (IllegalArgumentException _) {
            return List.of();
        }
    }

    /** What is said to both kinds of engines in the same words. */
    static void common(SSLParameters parameters, @Nullable String host, Settings settings) {
        if (settings.server()) {
            if (settings.needsClientAuth()) {
                parameters.setNeedClientAuth(true);
            } else {
                parameters.setWantClientAuth(settings.wantsClientAuth());
            }
            KnownNames known = settings.known();
            if (known != null) {
                parameters.setSNIMatchers(List.of(known));
            }
        } else {
            parameters.setEndpointIdentificationAlgorithm(settings.checkHostname() ? "HTTPS" : null);
            parameters.setServerNames(
                    host == null || Addresses.isLiteral(host) ? List.of() : serverNames(host));
        }
    }
}
