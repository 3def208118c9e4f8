package dev.verdant.conformance.http;

import java.nio.charset.StandardCharsets;

/** Bytes of requests, written as strings: a character up to 0xff is the byte of that value. */
final class Wire {

    /** The field that every request of HTTP/1.1 must have. */
    static final String HOST = "Host: a\r\n";

    /** The head of a GET, but for the empty line. */
    static final String GET = "GET / HTTP/1.1\r\n" + HOST;

    /** The head of a POST, but for the empty line. */
    static final String POST = "POST / HTTP/1.1\r\n" + HOST;

    /** The whole head of a POST whose body comes in chunks. */
    static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";

    /** The plainest of requests. */
    static final String SIMPLE = GET + "\r\n";

    /** What must never be answered nor shown to a handler. */
    static final String EVIL = "GET /evil HTTP/1.1\r\n" + HOST + "\r\n";

    /** What is sent to see whether a connection is of use still. */
    static final String SECOND = "GET /2 HTTP/1.1\r\n" + HOST + "\r\n";

    private static final int LONGEST_SHOWN = 90;

    private Wire() {}

    static byte[] bytes(String wire) {
        byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
        if (!text(bytes).equals(wire)) {
            throw new IllegalArgumentException("not a byte each: " + wire);
        }
        return bytes;
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The UTF-8 of a string, each byte a character. */
    static String utf8(String string) {
        return text(string.getBytes(StandardCharsets.UTF_8));
    }

    static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    /** For a person to read, and not longer than a line. */
    static String shown(String wire) {
        var shown = new StringBuilder();
        for (int i = 0; i < wire.length() && shown.length() < LONGEST_SHOWN; i++) {
            char each = wire.charAt(i);
            switch (each) {
                case '\r' -> shown.append("\\r");
                case '\n' -> shown.append("\\n");
                case '\t' -> shown.append("\\t");
                case '\\' -> shown.append("\\\\");
                default -> {
                    if (each >= ' ' && each < 0x7f) {
                        shown.append(each);
                    } else {
                        shown.append(String.format("\\x%02x", (int) each));
                    }
                }
            }
        }
        return shown.length() < LONGEST_SHOWN ? shown.toString() : shown + "... (" + wire.length() + " bytes)";
    }
}
