package dev.verdant.green.ssl;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A manager as the JDK's, but a host's name counts only where certificates keep them: among the alternative names, not in the subject's common name (RFC 9525, section
 * 6.3), which the JDK falls back to.
 */
final class NamesInside extends X509ExtendedTrustManager {

    private static final int DNS_NAME = 2; // RFC 5280, section 4.2.1.6

    private final X509ExtendedTrustManager manager;

    NamesInside(X509ExtendedTrustManager manager) {
        this.manager = manager;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        manager.checkServerTrusted(chain, authType, engine);
        String checked = engine.getSSLParameters().getEndpointIdentificationAlgorithm();
        String host = engine.getPeerHost();
        if (checked != null && !checked.isEmpty() && host != null && !Addresses.isLiteral(host)
                && !namesAHost(chain[0])) {
            throw new CertificateException("The certificate of " + chain[0].getSubjectX500Principal()
                    + " names no host (expected: " + host + " among its subject's alternative names)");
        }
    }

    private static boolean namesAHost(X509Certificate certificate) throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names != null && names.stream().anyMatch(each -> each.get(0).equals(DNS_NAME));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        manager.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        manager.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        manager.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        manager.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        manager.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return manager.getAcceptedIssuers();
    }
}
