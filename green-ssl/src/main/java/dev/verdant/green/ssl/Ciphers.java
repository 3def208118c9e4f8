package dev.verdant.green.ssl;

import java.util.List;
import java.util.stream.Stream;

/** The versions and suites that are good today. */
final class Ciphers {

    static final String TLS_1_2 = "TLSv1.2";
    static final String TLS_1_3 = "TLSv1.3";

    /** Best first. */
    static final List<String> PROTOCOLS = List.of(TLS_1_3, TLS_1_2);

    /** RFC 8446, section 9.1. */
    static final List<String> FOR_1_3 = List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256");

    /** Forward secret and authenticated, as RFC 9325 recommends in section 4.2. */
    static final List<String> FOR_1_2 = List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private Ciphers() {}

    static boolean isFor13(String suite) {
        return FOR_1_3.contains(suite) || suite.startsWith("TLS_AES_") || suite.startsWith("TLS_CHACHA20_");
    }

    /** What {@code asked} for one version or the other comes to for both; empty stands for the good ones. */
    static List<String> complete(List<String> asked) {
        if (asked.isEmpty()) {
            return Stream.concat(FOR_1_3.stream(), FOR_1_2.stream()).toList();
        }
        return asked.stream().anyMatch(Ciphers::isFor13)
                ? asked
                : Stream.concat(FOR_1_3.stream(), asked.stream()).toList();
    }
}
