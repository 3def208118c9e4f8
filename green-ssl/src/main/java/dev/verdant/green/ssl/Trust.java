package dev.verdant.green.ssl;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whom we believe. */
final class Trust {

    /** Certificates that are read later. */
    interface Source {
        List<X509Certificate> load() throws GeneralSecurityException;
    }

    private Trust() {}

    static Source fromPem(Path file) {
        java.util.Objects.requireNonNull(file, "pem");
        return () -> Pem.read(file).certificates();
    }

    static Source fromPemText(String text) {
        return () -> new Pem("the authorities' PEM", text).certificates();
    }

    static Source of(X509Certificate... certificates) {
        List<X509Certificate> copy = List.of(certificates);
        return () -> {
            if (copy.isEmpty()) {
                throw new IllegalArgumentException("caCerts: none (expected: at least one certificate)");
            }
            return copy;
        };
    }

    static Source fromKeyStore(KeyStore store) {
        return () -> {
            var certificates = new ArrayList<X509Certificate>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isCertificateEntry(alias) && store.getCertificate(alias) instanceof X509Certificate each) {
                    certificates.add(each);
                }
            }
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException(
                        "caCerts: no trusted certificate in the store (expected: at least one; "
                                + "private keys and their chains are not trusted)");
            }
            return certificates;
        };
    }

    /** What the JDK trusts. */
    static X509ExtendedTrustManager ofJdk() {
        try {
            return manager(null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The JDK's trusted certificates cannot be read: " + e.getMessage(), e);
        }
    }

    /** What these sources hold, all of them together. */
    static X509ExtendedTrustManager of(List<Source> sources) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            X509Certificate expired = null;
            boolean usable = false;
            int number = 0;
            for (Source source : sources) {
                for (X509Certificate each : source.load()) {
                    store.setCertificateEntry("ca" + number++, each);
                    if (isValid(each)) {
                        usable = true;
                    } else {
                        expired = each;
                    }
                }
            }
            if (!usable && expired != null) {
                throw new IllegalArgumentException(
                        "caCerts: every certificate has expired or is not valid yet, as that of \""
                                + expired.getSubjectX500Principal().getName() + "\", valid until "
                                + expired.getNotAfter().toInstant()
                                + " (expected: one that is valid)");
            }
            return manager(store);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("caCerts: cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean isValid(X509Certificate certificate) {
        try {
            certificate.checkValidity();
            return true;
        } catch (CertificateExpiredException | CertificateNotYetValidException _) {
            return false;
        }
    }

    /** Believes what a store trusts, the JDK's if it is null, and only strong ways from there. */
    private static X509ExtendedTrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory trusting = factory();
        trusting.init(store);
        var anchors = new HashSet<TrustAnchor>();
        for (X509Certificate each : extended(trusting).getAcceptedIssuers()) {
            anchors.add(new TrustAnchor(each, null));
        }
        if (anchors.isEmpty()) {
            return extended(trusting); // It believes nobody.
        }
        var parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
        parameters.setRevocationEnabled(false);
        parameters.addCertPathChecker(new StrongPath());
        TrustManagerFactory strong = factory();
        strong.init(new CertPathTrustManagerParameters(parameters));
        return new NamesInside(extended(strong));
    }

    private static TrustManagerFactory factory() throws GeneralSecurityException {
        return TrustManagerFactory.getInstance("PKIX");
    }

    private static X509ExtendedTrustManager extended(TrustManagerFactory factory) throws GeneralSecurityException {
        for (TrustManager each : factory.getTrustManagers()) {
            if (each instanceof X509ExtendedTrustManager manager) {
                return manager;
            }
        }
        throw new GeneralSecurityException("no trust manager for X.509 from " + factory.getProvider());
    }

    /** Believes everybody: for {@link CertReqs#NONE} on a client, where somebody asked for it in so many words. */
    static X509TrustManager everybody() {
        return new Everybody();
    }

    /** Extended, so that the engine adds no checks of its own. */
    private static final class Everybody extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
