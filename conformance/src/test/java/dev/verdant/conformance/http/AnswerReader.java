package dev.verdant.conformance.http;

import dev.verdant.green.net.GreenSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads answers, and takes nothing that is not as RFC 9112 has it. */
final class AnswerReader {

    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 ([1-5]\\d\\d) [\\t -~]*");
    private static final Pattern FIELD = Pattern
            .compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*?)[ \\t]*");
    private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,8}");

    private final GreenSocket socket;
    private final ByteBuffer buffer = ByteBuffer.allocate(4096).flip();

    AnswerReader(GreenSocket socket) {
        this.socket = socket;
    }

    /**
     * The next answer, with the 1xx ones before it.
     *
     * @param bodiless if it has no body whatever its header says
     * @return null if the server has ended before it
     * @throws ProtocolException if it is malformed
     * @throws EOFException if it is cut off
     */
    @Nullable Answer next(boolean bodiless) throws IOException {
        return next(() -> bodiless);
    }

    /** The same, where that is known only when the answer has come. */
    @Nullable Answer next(BooleanSupplier bodiless) throws IOException {
        var interim = new ArrayList<Integer>();
        while (hasMore()) {
            Matcher line = match(STATUS_LINE, line());
            int status = Integer.parseInt(line.group(1));
            List<Answer.Field> fields = fields();
            var head = new Answer(status, fields, "", interim);
            if (status >= 200) {
                return new Answer(status, fields,
                        bodiless.getAsBoolean() || status == 204 || status == 304 ? "" : body(head),
                        interim);
            }
            if (status == 101) {
                throw new ProtocolException("101 unasked for");
            }
            interim.add(status);
        }
        if (!interim.isEmpty()) {
            throw new EOFException("nothing after " + interim);
        }
        return null;
    }

    private List<Answer.Field> fields() throws IOException {
        var fields = new ArrayList<Answer.Field>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            Matcher field = match(FIELD, line);
            fields.add(new Answer.Field(field.group(1), field.group(2)));
        }
        return fields;
    }

    private String body(Answer head) throws IOException {
        if (head.has("transfer-encoding")) {
            if (head.has("content-length")
                    || !head.values("transfer-encoding").toLowerCase(Locale.ROOT).equals("chunked")) {
                throw new ProtocolException("the length is not clear: " + head.fields());
            }
            return chunks();
        }
        if (head.has("content-length")) {
            return bytes(Integer.parseInt(match(Pattern.compile("\\d{1,9}"), head.values("content-length")).group()));
        }
        if (!head.closes()) {
            throw new ProtocolException("no length, and not said to be the last: " + head.fields());
        }
        var body = new StringBuilder();
        while (hasMore()) {
            body.append(bytes(buffer.remaining()));
        }
        return body.toString();
    }

    private String chunks() throws IOException {
        var body = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(match(CHUNK_SIZE, line()).group(), 16);
            if (size == 0) {
                fields();
                return body.toString();
            }
            body.append(bytes(size));
            match(Pattern.compile(""), line());
        }
    }

    private String bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        for (int got = 0; got < count;) {
            fill();
            int part = Math.min(count - got, buffer.remaining());
            buffer.get(bytes, got, part);
            got += part;
        }
        return Wire.text(bytes);
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        while (true) {
            fill();
            char next = (char) (buffer.get() & 0xff);
            if (next == '\n' && !line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
                return line.substring(0, line.length() - 1);
            }
            line.append(next);
        }
    }

    private static Matcher match(Pattern pattern, String line) throws ProtocolException {
        Matcher matcher = pattern.matcher(line);
        if (!matcher.matches()) {
            throw new ProtocolException("malformed: " + Wire.shown(line));
        }
        return matcher;
    }

    private void fill() throws IOException {
        if (!hasMore()) {
            throw new EOFException("cut off");
        }
    }

    /** Whether the server has more to say; waits for it. */
    private boolean hasMore() throws IOException {
        if (buffer.hasRemaining()) {
            return true;
        }
        buffer.clear();
        try {
            return socket.read(buffer) > 0;
        } finally {
            buffer.flip();
        }
    }
}
