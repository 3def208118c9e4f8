package dev.verdant.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a server has to answer: an HTTP response of status 200 whose body is {@code Hello, world!}, and not a byte more. An answer that is the same as
 * the last one that was read whole is known by one comparison; all others are parsed. Not for several threads.
 */
final class Answer {

    /** No answer's head is longer. */
    static final int LONGEST = 4096;

    private static final byte[] BODY = "Hello, world!".getBytes(StandardCharsets.US_ASCII);
    private static final String STATUS = "HTTP/1.1 200 ";
    private static final String LENGTH = "content-length: " + BODY.length;

    private final ByteBuffer last = ByteBuffer.allocateDirect(LONGEST).limit(0);

    /** Whether these bytes are an answer, all of it; false if more is to come. */
    boolean isWhole(ByteBuffer bytes) throws IOException {
        if (bytes.remaining() == last.remaining() && bytes.mismatch(last) < 0) {
            return true;
        }
        return parse(bytes);
    }

    private boolean parse(ByteBuffer bytes) throws IOException {
        int head = headOf(bytes);
        if (head < 0) {
            if (bytes.remaining() >= LONGEST) {
                throw new IOException("no blank line within " + LONGEST + " bytes");
            }
            return false;
        }
        int length = head + BODY.length;
        if (bytes.remaining() < length) {
            return false;
        }
        String text = StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
        if (text.length() > length || !text.startsWith(STATUS)
                || !text.substring(0, head).toLowerCase(Locale.ROOT).contains("\r\n" + LENGTH + "\r\n")
                || bytes.slice(bytes.position() + head, BODY.length).mismatch(ByteBuffer.wrap(BODY)) >= 0) {
            throw new IOException("not the answer expected: " + text);
        }
        last.clear().put(bytes.duplicate()).flip();
        return true;
    }

    /** Returns how long the head is, with its blank line; -1 if it has no end yet. */
    private static int headOf(ByteBuffer bytes) {
        for (int i = bytes.position(); i + 3 < bytes.limit(); i++) {
            if (bytes.get(i) == '\r' && bytes.get(i + 1) == '\n' && bytes.get(i + 2) == '\r'
                    && bytes.get(i + 3) == '\n') {
                return i + 4 - bytes.position();
            }
        }
        return -1;
    }
}
