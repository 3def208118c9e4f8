package dev.verdant.examples;

import com.sun.net.httpserver.Headers;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** What a server behind a {@link ReverseProxy} answers: the head, which has been read, and the body, which is yet to be. */
final class BackendAnswer {

    private static final int LONGEST_HEAD = 64 * 1024;
    private static final int PIECE = 16 * 1024;

    /** It is not HTTP, or not such that it is clear where it ends. */
    static final class BadAnswer extends IOException {

        private static final long serialVersionUID = 1;

        BadAnswer(String message) {
            super(message);
        }
    }

    private final InputStream in;
    private int allowance = LONGEST_HEAD;
    private int status;
    private final Headers fields = new Headers();
    private boolean isChunked;
    private long length = -1;

    private BackendAnswer(InputStream in) {
        this.in = new BufferedInputStream(in, PIECE);
    }

    /** Reads a head; those of a 100 and the like are passed over. */
    static BackendAnswer read(InputStream in, String method) throws IOException {
        var answer = new BackendAnswer(in);
        do {
            answer.readHead();
        } while (answer.status < 200 && answer.status != 101);
        answer.findLength(method);
        return answer;
    }

    int status() {
        return status;
    }

    Headers fields() {
        return fields;
    }

    /** Returns how long the body is; -1 if its end is where it ends. */
    long length() {
        return length;
    }

    // ---- the head

    private void readHead() throws IOException {
        String line = readLine();
        if (!line.matches("HTTP/1\\.[01] [1-9]\\d\\d( .*)?")) {
            throw new BadAnswer("no status line: " + line);
        }
        status = Integer.parseInt(line.substring(9, 12));
        fields.clear();
        for (String field = readLine(); !field.isEmpty(); field = readLine()) {
            int colon = field.indexOf(':');
            if (colon <= 0) {
                throw new BadAnswer("no field: " + field);
            }
            try {
                fields.add(field.substring(0, colon), field.substring(colon + 1).strip());
            } catch (IllegalArgumentException e) {
                throw new BadAnswer("no field: " + field);
            }
        }
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server has ended in the middle of a line");
            }
            if (allowance-- == 0) {
                throw new BadAnswer("a head of more than " + LONGEST_HEAD + " bytes");
            }
            line.append((char) next);
        }
        return line.isEmpty() || line.charAt(line.length() - 1) != '\r'
                ? line.toString()
                : line.substring(0, line.length() - 1);
    }

    /** RFC 9112 §6.3. What could be understood in two ways is not understood. */
    private void findLength(String method) throws BadAnswer {
        var told = fields.get("Content-Length");
        var coding = fields.get("Transfer-Encoding");
        isChunked = coding != null;
        if (coding != null && (told != null || coding.size() > 1 || !coding.getFirst().equalsIgnoreCase("chunked"))) {
            throw new BadAnswer("Transfer-Encoding " + coding + ", Content-Length " + told);
        }
        if (told != null && (told.size() > 1 || !told.getFirst().matches("\\d{1,18}"))) {
            throw new BadAnswer("Content-Length " + told);
        }
        if (method.equals("HEAD") || status == 204 || status == 304) {
            isChunked = false;
            length = 0;
        } else if (told != null) {
            length = Long.parseLong(told.getFirst());
        }
    }

    // ---- the body

    /**
     * Passes the body on as it comes.
     *
     * @throws EOFException if it ends too early
     */
    void copyBody(OutputStream to) throws IOException {
        if (length >= 0) {
            copy(length, to);
        } else if (isChunked) {
            copyChunks(to);
        } else {
            in.transferTo(to);
        }
    }

    private void copyChunks(OutputStream to) throws IOException {
        while (true) {
            allowance = LONGEST_HEAD;
            String size = readLine().replaceFirst("[ \t]*;.*", "");
            if (!size.matches("[0-9A-Fa-f]{1,15}")) {
                throw new BadAnswer("no chunk: " + size);
            }
            long count = Long.parseLong(size, 16);
            if (count == 0) {
                while (!readLine().isEmpty()) {
                    // A trailer, which is for us alone.
                }
                return;
            }
            copy(count, to);
            if (!readLine().isEmpty()) {
                throw new BadAnswer("a chunk longer than its size");
            }
        }
    }

    private void copy(long count, OutputStream to) throws IOException {
        byte[] piece = new byte[PIECE];
        for (long left = count; left > 0;) {
            int some = in.read(piece, 0, (int) Math.min(left, piece.length));
            if (some < 0) {
                throw new EOFException("the server has ended " + left + " bytes too early");
            }
            to.write(piece, 0, some);
            left -= some;
        }
    }

    /** As ISO 8859-1 has it, which is how both sides of a proxy write a head. */
    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
