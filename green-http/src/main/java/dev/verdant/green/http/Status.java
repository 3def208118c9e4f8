package dev.verdant.green.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Status codes and what they are called, RFC 9110 §15. */
final class Status {

    private static final Map<Integer, String> REASONS = Map.ofEntries(Map.entry(100, "Continue"),
            Map.entry(101, "Switching Protocols"), Map.entry(102, "Processing"), Map.entry(103, "Early Hints"),
            Map.entry(200, "OK"), Map.entry(201, "Created"), Map.entry(202, "Accepted"),
            Map.entry(203, "Non-Authoritative Information"), Map.entry(204, "No Content"),
            Map.entry(205, "Reset Content"), Map.entry(206, "Partial Content"), Map.entry(207, "Multi-Status"),
            Map.entry(300, "Multiple Choices"), Map.entry(301, "Moved Permanently"), Map.entry(302, "Found"),
            Map.entry(303, "See Other"), Map.entry(304, "Not Modified"), Map.entry(307, "Temporary Redirect"),
            Map.entry(308, "Permanent Redirect"), Map.entry(400, "Bad Request"), Map.entry(401, "Unauthorized"),
            Map.entry(402, "Payment Required"), Map.entry(403, "Forbidden"), Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"), Map.entry(406, "Not Acceptable"),
            Map.entry(407, "Proxy Authentication Required"), Map.entry(408, "Request Timeout"),
            Map.entry(409, "Conflict"), Map.entry(410, "Gone"), Map.entry(411, "Length Required"),
            Map.entry(412, "Precondition Failed"), Map.entry(413, "Content Too Large"), Map.entry(414, "URI Too Long"),
            Map.entry(415, "Unsupported Media Type"), Map.entry(416, "Range Not Satisfiable"),
            Map.entry(417, "Expectation Failed"), Map.entry(418, "I'm a teapot"), Map.entry(421, "Misdirected Request"),
            Map.entry(422, "Unprocessable Content"), Map.entry(423, "Locked"), Map.entry(424, "Failed Dependency"),
            Map.entry(425, "Too Early"), Map.entry(426, "Upgrade Required"), Map.entry(428, "Precondition Required"),
            Map.entry(429, "Too Many Requests"), Map.entry(431, "Request Header Fields Too Large"),
            Map.entry(451, "Unavailable For Legal Reasons"), Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"), Map.entry(502, "Bad Gateway"), Map.entry(503, "Service Unavailable"),
            Map.entry(504, "Gateway Timeout"), Map.entry(505, "HTTP Version Not Supported"),
            Map.entry(507, "Insufficient Storage"), Map.entry(511, "Network Authentication Required"));

    /**
     * An answer of this code has no body (RFC 9110 §15.3.6) and must say so: what is read of it is framed as that of any other (RFC 9112 §6.3), and
     * without a length of zero a client would wait for one.
     */
    static final int RESET_CONTENT = 205;

    private static final int FIRST = 100;
    private static final int LAST = 999;

    /** Status lines of HTTP/1.1, as far as they have been asked for. Two that make the same one at a time are no harm. */
    private static final byte[][] LINES = new byte[LAST + 1][];

    private Status() {}

    static boolean isValid(int code) {
        return code >= FIRST && code <= LAST;
    }

    /** Tells whether an answer of this code has no body, whatever its fields say. */
    static boolean isBodiless(int code) {
        return code < 200 || code == 204 || code == RESET_CONTENT || code == 304;
    }

    static String reason(int code) {
        return REASONS.getOrDefault(code, "");
    }

    /** Returns the status line of HTTP/1.1, with its end. */
    static byte[] line(int code) {
        byte[] line = LINES[code];
        if (line == null) {
            line = ("HTTP/1.1 " + code + " " + reason(code) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            LINES[code] = line;
        }
        return line;
    }
}
