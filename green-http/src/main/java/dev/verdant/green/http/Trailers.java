package dev.verdant.green.http;

import java.util.Locale;
import java.util.Set;

/** What follows a body in chunks. */
final class Trailers {

    /** What must be known before the body, because it frames, routes, authorizes or describes it: RFC 9110 §6.5.1. */
    private static final Set<String> FORBIDDEN = Set.of("content-length", "transfer-encoding", "host", "authorization",
            "content-type", "content-encoding", "content-range", "trailer", "connection", "expect", "cookie",
            "cache-control", "max-forwards", "te", "upgrade", "keep-alive", "proxy-authorization", "range", "if-match",
            "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "set-cookie");

    private Trailers() {}

    static boolean isForbidden(String name) {
        return FORBIDDEN.contains(name.toLowerCase(Locale.ROOT));
    }
}
