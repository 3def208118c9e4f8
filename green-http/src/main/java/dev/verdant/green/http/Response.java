package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The body of an answer, and what is around it. One thread at a time. */
final class Response extends OutputStream {

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.http");

    /** Pieces are gathered up to here at the most, however large the chunks are asked to be. */
    private static final int MOST_GATHERED = 64 * 1024;

    private static final byte[] NOTHING = {};
    private static final byte[] LINE_END = {Bytes.CR, Bytes.LF};
    private static final byte[] LAST_CHUNK = {'0', Bytes.CR, Bytes.LF};

    private final Output output;

    private final Written listener;

    private int minimumChunk;
    private boolean minimumChosen;

    private @Nullable LateHead lateHead;
    private int status = -1;
    private Framing framing = Framing.NONE;
    private long left;
    private long written;
    private volatile boolean closed; // Tells a handler that writes too late, on whatever thread, that the connection is somebody else's.
    private boolean ended;
    private boolean wrong;
    private byte @Nullable [] gathered;
    private int count;
    private @Nullable Headers trailers;

    /** Who wants to know that the handler has written its answer to the end. */
    interface Written {

        void written();
    }

    Response(Output output, int minimumChunk, Written listener) {
        this.output = output;
        this.minimumChunk = minimumChunk;
        this.listener = listener;
    }

    /** Writes a head that has been waited with. */
    interface LateHead {

        /** The answer is whole, or its handler goes on with it. */
        void write(boolean isWhole) throws IOException;
    }

    /** The head is to be written before the first bytes of the body go; this is how the body goes on. */
    void begin(int code, Framing how, LateHead head) throws IOException {
        lateHead = head;
        begin(code, how);
    }

    private void writeLateHead(boolean isWhole) throws IOException {
        LateHead head = lateHead;
        if (head != null) {
            lateHead = null;
            head.write(isWhole);
        }
    }

    /** The head has been written, unless it is late; this is how the body goes on. */
    void begin(int code, Framing how) throws IOException {
        status = code;
        framing = how;
        left = how.kind() == Framing.Kind.FIXED ? how.length() : 0;
        if (!how.hasBody() || how.kind() == Framing.Kind.FIXED && left == 0) {
            ended = true;
            output.flush();
            listener.written();
        } else if (how.kind() != Framing.Kind.FIXED && minimumChunk == 0) {
            writeLateHead(false);
            output.flush(); // Who waits for events wants to know that they will come.
        }
    }

    /** The whole answer has been sent, and none of it by the handler, which writes no more. */
    void beginWhole(int code, Framing how, long length) {
        closed = true;
        ended = true;
        written = length;
        framing = how;
        status = code;
    }

    void minimumChunk(int bytes) {
        minimumChunk = bytes;
        minimumChosen = true;
    }

    /** What is written is to be seen at once, unless the handler has said otherwise. */
    void stream() {
        if (!minimumChosen) {
            minimumChunk = 0;
        }
    }

    void trailers(Headers fields) {
        trailers = fields;
    }

    /** Returns -1 as long as there is no answer. */
    int status() {
        return status;
    }

    /** Returns how many bytes of body the handler has written. */
    long written() {
        return written;
    }

    /** Tells whether the client has it all, or will have it when the output is flushed. */
    boolean hasEnded() {
        return ended;
    }

    /** Tells whether the end of the connection is the end of the body, or was to tell that it was cut off. */
    boolean needsClose() {
        return wrong || framing.kind() == Framing.Kind.UNTIL_CLOSE;
    }

    /** Tells whether the body was cut off where the end of the connection would be its end: the connection must not end in peace. */
    boolean isTornOff() {
        return wrong && framing.kind() == Framing.Kind.UNTIL_CLOSE;
    }

    // ---- writing

    @Override
    public void write(int b) throws IOException {
        write(new byte[]{(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (status < 0) {
            throw new IOException("no answer has begun (expected: sendResponseHeaders before the body)");
        }
        if (closed) {
            throw new IOException("the answer's body was closed");
        }
        if (length == 0) {
            return;
        }
        try {
            switch (framing.kind()) {
                case CHUNKED -> writeChunked(bytes, offset, length);
                case FIXED -> writeFixed(bytes, offset, length);
                case UNTIL_CLOSE -> writePlain(bytes, offset, length);
                default -> discard();
            }
        } finally {
            noticeBreak();
        }
    }

    /** What answers a HEAD is written like what answers a GET; elsewhere it is a mistake. */
    private void discard() {
        if (Status.isBodiless(status)) {
            LOG.log(Level.WARNING, "An answer {0} has no body; what the handler writes is dropped.", status);
        }
    }

    private void writePlain(byte[] bytes, int offset, int length) throws IOException {
        written += length;
        count += length;
        output.write(bytes, offset, length);
        if (count >= minimumChunk) {
            flushOutput();
        }
    }

    private void flushOutput() throws IOException {
        count = 0;
        output.flush();
    }

    /** Where the client takes nothing any more nobody waits for the handler to be done: one on another thread may never say so. */
    private void noticeBreak() {
        if (output.isBroken()) {
            listener.written();
        }
    }

    private void writeFixed(byte[] bytes, int offset, int length) throws IOException {
        int most = (int) Math.min(length, left);
        if (most > 0) { // Behind its end the connection has gone on to the next request.
            left -= most;
            ended = left == 0;
            writeLateHead(ended);
            writePlain(bytes, offset, most);
            if (ended) {
                flushOutput();
                listener.written();
            }
        }
        if (most < length) {
            wrong = true;
            throw new IOException("the handler writes more than the " + framing.length()
                    + " bytes that it has told; the answer was cut there");
        }
    }

    private void writeChunked(byte[] bytes, int offset, int length) throws IOException {
        written += length;
        if (count + length < Math.min(minimumChunk, MOST_GATHERED)) {
            byte[] into = gathered;
            if (into == null || into.length < count + length) {
                into = Arrays.copyOf(into == null ? NOTHING : into, Math.min(minimumChunk, MOST_GATHERED));
                gathered = into;
            }
            System.arraycopy(bytes, offset, into, count, length);
            count += length;
            return;
        }
        writeChunk(bytes, offset, length);
        output.flush();
    }

    /** Writes what was gathered, and more, as one chunk. */
    private void writeChunk(byte[] more, int offset, int length) throws IOException {
        writeLateHead(false);
        output.write(Integer.toHexString(count + length));
        output.write(LINE_END);
        byte[] first = gathered;
        if (first != null) {
            output.write(first, 0, count);
        }
        count = 0;
        output.write(more, offset, length);
        output.write(LINE_END);
    }

    @Override
    public void flush() throws IOException {
        if (status < 0 || ended || closed) {
            return;
        }
        try {
            writeLateHead(false);
            if (framing.isChunked() && count > 0) {
                writeChunk(LINE_END, 0, 0);
            }
            flushOutput();
        } finally {
            noticeBreak();
        }
    }

    // ---- ending

    /**
     * The handler is done with the body. A last chunk waits for {@link #end()}: a handler that fails also closes what it has opened, and the client is
     * not to take that for the end.
     */
    @Override
    public void close() throws IOException {
        if (closed || status < 0) {
            return;
        }
        if (framing.kind() != Framing.Kind.CHUNKED) { // What was gathered of chunks goes with their end.
            flush();
        }
        closed = true;
        listener.written();
        if (left > 0) {
            wrong = true;
            throw new IOException("the handler has written " + written + " of the " + framing.length()
                    + " bytes that it has told; the connection is closed there");
        }
    }

    /** Ends the body, for good. */
    void end() throws IOException {
        if (ended) {
            return;
        }
        closed = true;
        if (left > 0) {
            wrong = true;
            return;
        }
        writeLateHead(true);
        if (framing.isChunked()) {
            if (count > 0) {
                writeChunk(LINE_END, 0, 0);
            }
            output.write(LAST_CHUNK);
            writeTrailers();
            output.write(LINE_END);
        }
        output.flush();
        ended = true;
    }

    private void writeTrailers() throws IOException {
        Headers fields = trailers;
        if (fields != null) {
            for (var field : fields.entrySet()) {
                for (String value : field.getValue()) {
                    output.write(field.getKey() + ": " + value + "\r\n");
                }
            }
        }
    }

    /** The body has no end that the client could mistake for the right one. */
    void abort() {
        if (!ended) {
            wrong = true;
            closed = true;
        }
    }
}
