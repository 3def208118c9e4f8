package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Writes the head of an answer. What frames the body is the server's to say, not the handler's. */
final class ResponseHead {

    private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");

    /** The connection ends behind this answer. */
    static final byte[] CLOSE = ascii("Connection: close\r\n");

    /** The connection is kept, which a client of HTTP/1.0 must be told. */
    static final byte[] KEEP = ascii("Connection: keep-alive\r\n");

    /** Nothing is to be said. */
    static final byte[] SILENT = {};

    private static final byte[] LINE_END = ascii("\r\n");

    /** More than a program has names of its own; what it makes of its clients' words must not fill the memory. */
    private static final int MOST_NAMES = 256;

    /** Names as they are sent, by the names that were set: to spell one takes longer than to find it. */
    private static final Map<String, byte[]> CAPITALIZED = new ConcurrentHashMap<>();

    private ResponseHead() {}

    /** The connection is kept for a while. */
    static byte[] keepFor(long seconds) {
        return ascii("Connection: keep-alive\r\nKeep-Alive: timeout=" + seconds + "\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Checks fields that a handler has set.
     *
     * @throws IllegalArgumentException if one would break the answer in two
     */
    static void check(Headers headers) {
        for (Map.Entry<String, List<String>> field : headers.entrySet()) {
            String name = field.getKey();
            if (!Bytes.isToken(name)) {
                throw new IllegalArgumentException(
                        "the field's name '" + Shown.of(name) + "' (expected: a token, RFC 9110 section 5.6.2)");
            }
            for (String value : field.getValue()) {
                for (int i = 0; i < value.length(); i++) {
                    char c = value.charAt(i);
                    if (c > 255 || !Bytes.is((byte) c, Bytes.VALUE)) {
                        throw new IllegalArgumentException("the value of " + name + ": '" + Shown.of(value)
                                + "' (expected: characters of ISO 8859-1, and no control character)");
                    }
                }
            }
        }
    }

    /**
     * Writes a head.
     *
     * @param framing how long the body is, or how it is told
     * @param connection the fields that say what becomes of the connection, with their ends
     */
    static void write(Output output, boolean asHttp10, int code, @Nullable Headers headers, Framing framing,
            byte[] connection,
            boolean capitalize) throws IOException {
        if (asHttp10) {
            output.write("HTTP/1.0 " + code + " " + Status.reason(code) + "\r\n");
        } else {
            output.write(Status.line(code));
        }
        boolean isDated = false;
        if (headers != null) {
            for (Map.Entry<String, List<String>> field : headers.entrySet()) {
                String name = field.getKey();
                if (isOurs(name, framing)) {
                    continue;
                }
                isDated |= name.equalsIgnoreCase("Date");
                for (String value : field.getValue()) {
                    writeName(output, name, capitalize);
                    output.write(": ");
                    output.write(value);
                    output.write(LINE_END);
                }
            }
        }
        if (!isDated && code >= 200) {
            output.writeDate();
        }
        if (framing.isChunked()) {
            output.write(CHUNKED);
        } else if (framing.length() >= 0) {
            output.write(CONTENT_LENGTH);
            output.writeDecimal(framing.length());
            output.write(LINE_END);
        }
        output.write(connection);
        output.write(LINE_END);
    }

    /** Fields that the server writes itself, or that must not be there. */
    private static boolean isOurs(String name, Framing framing) {
        return name.equalsIgnoreCase("Content-Length") || name.equalsIgnoreCase("Transfer-Encoding")
                || name.equalsIgnoreCase("Connection") && !framing.isUpgrade();
    }

    private static void writeName(Output output, String name, boolean capitalize) throws IOException {
        if (capitalize) {
            output.write(capitalized(name));
        } else {
            output.write(name);
        }
    }

    private static byte[] capitalized(String name) {
        byte[] known = CAPITALIZED.get(name);
        if (known == null) {
            known = capitalize(name);
            if (CAPITALIZED.size() < MOST_NAMES) {
                CAPITALIZED.put(name, known);
            }
        }
        return known;
    }

    private static byte[] capitalize(String name) {
        byte[] capitals = ascii(name);
        boolean begins = true;
        for (int i = 0; i < capitals.length; i++) {
            char c = name.charAt(i);
            capitals[i] = (byte) (begins ? Character.toUpperCase(c) : Character.toLowerCase(c));
            begins = c == '-';
        }
        return capitals;
    }
}
