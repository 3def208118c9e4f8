package dev.verdant.green.ssl;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Turns what a user said into {@link Settings}, and refuses what cannot be meant. */
final class Contradictions {

    private static final int DNS_NAME = 2; // RFC 5280, section 4.2.1.6

    private Contradictions() {}

    static Settings resolve(SslOptions.Builder said) {
        refuse(said);
        List<NamedKeys.Entry> entries = entries(said);
        X509KeyManager keys = said.keyManager != null
                ? said.keyManager
                : entries.isEmpty() ? null : new NamedKeys(entries);
        CertReqs certReqs = certReqs(said);
        List<String> ciphers = Ciphers.complete(said.ciphers);
        return new Settings(said.server, keys, trust(said, certReqs), certReqs, protocols(said, ciphers), ciphers,
                said.applicationProtocols, checksHostname(said, certReqs), known(said, entries));
    }

    private static CertReqs certReqs(SslOptions.Builder said) {
        return said.certReqs != null ? said.certReqs : said.server ? CertReqs.NONE : CertReqs.REQUIRED;
    }

    private static boolean checksHostname(SslOptions.Builder said, CertReqs certReqs) {
        return !said.server && certReqs != CertReqs.NONE && !Boolean.FALSE.equals(said.checkHostname);
    }

    private static void refuse(SslOptions.Builder said) {
        boolean hasIdentity = !said.identities.isEmpty() || !said.named.isEmpty();
        boolean hasTrust = !said.trusted.isEmpty() || said.trustManager != null;
        CertReqs certReqs = certReqs(said);
        if (said.context != null) {
            refuseIf(hasIdentity || said.keyManager != null, "certificate and keyManager: given beside an SSLContext",
                    "put the keys into the context, or leave it out");
            refuseIf(hasTrust, "caCerts and trustManager: given beside an SSLContext",
                    "put the trust into the context, or leave it out");
            refuseIf(!said.server && certReqs == CertReqs.NONE, "certReqs: NONE beside an SSLContext",
                    "trust is the context's; give it a trust manager that trusts everybody");
        }
        refuseIf(hasIdentity && said.keyManager != null, "keyManager: given beside certificate", "one of the two");
        refuseIf(!said.trusted.isEmpty() && said.trustManager != null, "trustManager: given beside caCerts",
                "one of the two");
        if (said.server) {
            refuseIf(said.context == null && !hasIdentity && said.keyManager == null, "certificate: none",
                    "a server needs one, by certificate, certificateFor or keyManager");
            refuseIf(said.serverName != null, "serverName: given to a server", "certificateFor names hosts of ours");
            refuseIf(said.checkHostname != null, "checkHostname: given to a server",
                    "clients have no host's name to be checked");
            refuseIf(hasTrust && certReqs == CertReqs.NONE,
                    "caCerts and trustManager: given to a server that asks for no certificate",
                    "say certReqs(OPTIONAL) or certReqs(REQUIRED) too");
            refuseIf(said.context == null && !hasTrust && certReqs != CertReqs.NONE,
                    "certReqs: " + certReqs + " without caCerts",
                    "say whose certificates are to be trusted, by caCerts or trustManager");
            refuseIf(said.requireKnownName && !hasIdentity, "requireKnownName: no names known",
                    "give names by certificateFor, or certificates by certificate");
        } else {
            refuseIf(!said.named.isEmpty(), "certificateFor: given to a client", "certificate");
            refuseIf(said.requireKnownName, "requireKnownName: given to a client", "only servers are asked for names");
            refuseIf(hasTrust && certReqs == CertReqs.NONE,
                    "caCerts and trustManager: given to a client that verifies nothing",
                    "leave out certReqs(NONE)");
            refuseIf(Boolean.TRUE.equals(said.checkHostname) && certReqs == CertReqs.NONE,
                    "checkHostname: true with certReqs(NONE)",
                    "who the server is can be checked only if its certificate is; leave out certReqs(NONE)");
        }
        refuseIf(!said.protocols.isEmpty() && !said.protocols.contains(Ciphers.TLS_1_3)
                && said.ciphers.stream().anyMatch(Ciphers::isFor13),
                "ciphers: suites of TLSv1.3, which is not among protocols",
                "leave them out, or add the protocol");
        refuseIf(!said.ciphers.isEmpty() && said.protocols.contains(Ciphers.TLS_1_2)
                && said.ciphers.stream().allMatch(Ciphers::isFor13), "protocols: TLSv1.2 with suites of TLSv1.3 alone",
                "a suite of TLSv1.2 too, or protocols(\"TLSv1.3\")");
        refuseIf(!said.protocols.isEmpty() && !said.protocols.contains(Ciphers.TLS_1_2) && !said.ciphers.isEmpty()
                && !said.ciphers.stream().allMatch(Ciphers::isFor13),
                "ciphers: suites of TLSv1.2, which is not among protocols",
                "leave them out, or add the protocol");
    }

    private static void refuseIf(boolean contradiction, String what, String expected) {
        if (contradiction) {
            throw new IllegalArgumentException(what + " (expected: " + expected + ")");
        }
    }

    private static List<NamedKeys.Entry> entries(SslOptions.Builder said) {
        var entries = new ArrayList<NamedKeys.Entry>();
        for (Identity each : said.identities) {
            entries.add(new NamedKeys.Entry(null, each.load()));
        }
        for (Map.Entry<String, List<Identity>> each : said.named.entrySet()) {
            HostPattern pattern = HostPattern.parse("name", each.getKey());
            for (Identity identity : each.getValue()) {
                entries.add(new NamedKeys.Entry(pattern, identity.load()));
            }
        }
        return entries;
    }

    private static @Nullable X509TrustManager trust(SslOptions.Builder said, CertReqs certReqs) {
        if (said.trustManager != null) {
            return said.trustManager;
        }
        if (!said.trusted.isEmpty()) {
            return Trust.of(said.trusted);
        }
        if (said.context != null || said.server) {
            return null;
        }
        return certReqs == CertReqs.NONE ? Trust.everybody() : Trust.ofJdk();
    }

    private static List<String> protocols(SslOptions.Builder said, List<String> ciphers) {
        if (!said.protocols.isEmpty()) {
            return said.protocols;
        }
        return ciphers.stream().allMatch(Ciphers::isFor13) ? List.of(Ciphers.TLS_1_3) : Ciphers.PROTOCOLS;
    }

    /** The names that were given, and those in the certificates for every name. */
    private static @Nullable KnownNames known(SslOptions.Builder said, Collection<NamedKeys.Entry> entries) {
        if (!said.requireKnownName) {
            return null;
        }
        var patterns = new ArrayList<HostPattern>();
        for (NamedKeys.Entry each : entries) {
            HostPattern pattern = each.pattern();
            if (pattern != null) {
                patterns.add(pattern);
            } else {
                patterns.addAll(namesIn(each.identity().certificate()));
            }
        }
        refuseIf(patterns.isEmpty(), "requireKnownName: the certificates name no host", "give names by certificateFor");
        return new KnownNames(patterns);
    }

    private static List<HostPattern> namesIn(X509Certificate certificate) {
        var names = new ArrayList<HostPattern>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> each : alternatives) {
                    if (each.get(0).equals(DNS_NAME)) {
                        names.add(HostPattern.parse("the certificate's name", (String) each.get(1)));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            throw new IllegalArgumentException("the names in the certificate cannot be read: " + e.getMessage(), e);
        }
        return names;
    }
}
