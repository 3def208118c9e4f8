package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpPrincipal;
import dev.verdant.green.net.GreenStream;
import dev.verdant.green.sync.Event;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request and its answer, beneath what a handler gets. One thread at a time. */
final class Exchange implements RequestBody.Continue, Response.Written {

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final String EVENTS = "text/event-stream";

    private static final VarHandle ANSWERING;

    static {
        try {
            ANSWERING = MethodHandles.lookup().findVarHandle(Exchange.class, "answering", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Connection connection;
    final RequestHead head;
    final RequestBody body;
    final Response response;
    private final Settings settings;

    private @Nullable HttpContext context;
    private @Nullable Headers requestHeaders;
    private Headers responseHeaders = Unset.HEADERS;
    private @Nullable Map<String, Object> attributes;
    private @Nullable InputStream wrappedIn;
    private @Nullable OutputStream wrappedOut;

    @Nullable HttpPrincipal principal;

    /** What the handler has put into Content-Length, -1 if nothing. */
    private long toldLength = -1;

    /** The handler has put {@code close} into Connection. */
    private boolean handlerCloses;

    /** The thread that runs the handler. */
    @Nullable Thread handler;

    /**
     * Who answers: the thread that has begun an answer, or sends an interim one. A handler may have handed the exchange on to another thread when it
     * fails, and then that one and the server both want to answer; the first that comes may.
     */
    @SuppressWarnings("UnusedVariable") // by its handle
    private volatile @Nullable Thread answering;

    private boolean continued;
    private boolean keep;
    private boolean hijacked;
    private boolean closed;
    private volatile boolean done;

    /** Set by who waits for a handler that answers after it has returned. */
    private volatile @Nullable Event<Boolean> completion;

    /** Stands for response headers that nobody has asked for. */
    private static final class Unset {

        static final Headers HEADERS = Headers.of();
    }

    Exchange(Connection connection, RequestHead head, Settings settings) {
        this.connection = connection;
        this.head = head;
        this.settings = settings;
        this.response = new Response(connection.output, settings.minimumChunkSize, this);
        this.body = head.isChunked()
                ? new ChunkedBody(connection.input, connection.patience, this, connection.limits)
                : new FixedBody(connection.input, connection.patience, this, head.bodyLength());
    }

    @Override
    public void sendContinue() throws IOException {
        if (head.expectsContinue() && !continued && claim() == null) {
            try {
                continued = true;
                connection.output.write(CONTINUE);
                connection.output.flush();
            } finally {
                answering = null;
            }
        }
    }

    // ---- who answers

    /** Makes the caller the one that answers if nobody is; else returns who is. */
    @Nullable Thread claim() {
        return (Thread) ANSWERING.compareAndExchange(this, null, Thread.currentThread());
    }

    private void claimOrFail() throws IOException {
        if (claim() != null) {
            throw new IOException("the answer has begun already");
        }
    }

    // ---- the request

    Headers requestHeaders() {
        Headers known = requestHeaders;
        if (known == null) {
            known = Headers.of(head.headers());
            requestHeaders = known;
        }
        return known;
    }

    /** Returns the target, which has been checked before there was an exchange. */
    URI uri() {
        try {
            return head.isMethod("CONNECT") ? URI.create("//" + head.target()) : head.uri();
        } catch (HttpFault e) {
            throw new AssertionError("a target that was not checked; please report", e);
        }
    }

    InputStream requestBody() {
        return wrappedIn != null ? wrappedIn : body;
    }

    @Nullable Headers trailers() {
        if (!(body instanceof ChunkedBody chunked)) {
            return body.isWhole() ? new Headers() : null;
        }
        Fields found = chunked.trailers();
        return found == null ? null : found.toHeaders();
    }

    // ---- what belongs to it

    HttpContext context() {
        return Objects.requireNonNull(context, "before the exchange had a context; please report");
    }

    void context(HttpContext found) {
        context = found;
    }

    @Nullable Object attribute(String name) {
        Objects.requireNonNull(name, "name");
        Map<String, Object> own = attributes;
        Object value = own == null ? null : own.get(name);
        if (value == null) {
            value = settings.environ.get(name);
        }
        HttpContext found = context;
        return value == null && found != null ? found.getAttributes().get(name) : value;
    }

    void attribute(String name, @Nullable Object value) {
        Objects.requireNonNull(name, "name");
        Map<String, Object> own = attributes;
        if (own == null) {
            own = new HashMap<>();
            attributes = own;
        }
        if (value == null) {
            own.remove(name);
        } else {
            own.put(name, value);
        }
    }

    void streams(@Nullable InputStream in, @Nullable OutputStream out) {
        wrappedIn = in != null ? in : wrappedIn;
        wrappedOut = out != null ? out : wrappedOut;
    }

    // ---- the answer

    Headers responseHeaders() {
        if (responseHeaders == Unset.HEADERS) {
            responseHeaders = new Headers();
        }
        return responseHeaders;
    }

    OutputStream responseBody() {
        return wrappedOut != null ? wrappedOut : response;
    }

    /** As {@link com.sun.net.httpserver.HttpExchange#sendResponseHeaders}: a length of -1 is no body, 0 one whose length is not known. */
    void sendResponseHeaders(int code, long length) throws IOException {
        if (!Status.isValid(code) || code == 101) {
            throw new IllegalArgumentException(
                    "code: " + code + " (expected: 100 to 999; for 101 there is GreenExchange.upgrade)");
        }
        if (length < -1) {
            throw new IllegalArgumentException("length: " + length + " (expected: >= -1)");
        }
        if (response.status() >= 0) {
            throw new IOException("the answer has begun already");
        }
        ResponseHead.check(responseHeaders);
        if (code < 200) {
            sendInterim(code);
            return;
        }
        heed(responseHeaders);
        Framing framing = framing(code, length);
        claimOrFail();
        if (framing.hasBody() && framing.length() != 0 && mayLeaveLess(framing)) {
            Headers fields = Headers.of(responseHeaders); // What the handler does to them from here on is too late.
            response.begin(code, framing, isWhole -> writeHead(code, framing, fields, !isWhole || canDrain()));
            return;
        }
        writeHead(code, framing, responseHeaders, canKeep(framing));
        response.begin(code, framing);
    }

    private void writeHead(int code, Framing framing, Headers fields, boolean keeps) throws IOException {
        keep = keeps;
        ResponseHead.write(connection.output, settings.isHttp10, code, fields, framing, connectionFields(),
                settings.capitalize);
    }

    private void sendInterim(int code) throws IOException {
        claimOrFail();
        try {
            continued |= code == 100;
            if (!head.isHttp10() && !settings.isHttp10) {
                ResponseHead.write(connection.output, false, code, responseHeaders, Framing.NONE,
                        ResponseHead.SILENT, settings.capitalize);
                connection.output.flush();
            }
        } finally {
            answering = null;
        }
    }

    private Framing framing(int code, long length) {
        boolean isHead = head.isMethod("HEAD");
        if (code < 200 || code == 204) {
            return Framing.NONE;
        }
        if (code == Status.RESET_CONTENT) {
            return Framing.EMPTY;
        }
        long told = length > 0 ? length : toldLength;
        if (isHead || code == 304) {
            return told >= 0
                    ? new Framing(Framing.Kind.NONE, told)
                    : length == 0 && code != 304 && !isAnsweredAs10() ? Framing.NONE_CHUNKED : Framing.NONE;
        }
        if (length < 0) {
            return Framing.EMPTY;
        }
        if (told >= 0) {
            return new Framing(Framing.Kind.FIXED, told);
        }
        return isAnsweredAs10() ? Framing.UNTIL_CLOSE : Framing.CHUNKED;
    }

    private boolean isAnsweredAs10() {
        return head.isHttp10() || settings.isHttp10;
    }

    /** Sees what the handler says of the answer in its fields. One look at all of them is cheaper than to ask for each, which would spell it anew. */
    private void heed(Headers headers) {
        toldLength = -1;
        handlerCloses = false;
        for (Map.Entry<String, List<String>> field : headers.entrySet()) {
            if (field.getValue().isEmpty()) {
                continue;
            }
            String value = field.getValue().getFirst();
            switch (field.getKey()) { // as Headers spells it
                case "Content-length" -> toldLength = length(value);
                case "Connection" -> handlerCloses = String.join(",", field.getValue()).toLowerCase(Locale.ROOT)
                        .contains("close");
                case "Content-type" -> {
                    if (value.regionMatches(true, 0, EVENTS, 0, EVENTS.length())) {
                        response.stream(); // Events are to be seen when they happen.
                    }
                }
                default -> {
                }
            }
        }
    }

    private static long length(String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new IllegalArgumentException("Content-Length: '" + Shown.of(text) + "' (expected: a number >= 0)");
        }
        return Long.parseLong(text);
    }

    /*
     * Whether the connection is kept is said in the head, and what is left of the request's body decides it: it must be read, by the handler or away, or
     * the connection must end (RFC 9112 §9.3), and who knows that it will should say so (§9.6). While more is left than will be read away, it depends on
     * what the handler does: one that echoes reads on as it writes. So then the head waits for the first bytes that go to the client. If the answer is
     * whole by then, it is known. If it is not, its handler goes on, and the connection is taken to go on as well; in the end, if too much is left all the
     * same, it ends without having been announced, which a client must be prepared for anyway.
     */

    private boolean canKeep(Framing framing) {
        return wantsToKeep(framing) && canDrain();
    }

    /** Tells whether it depends on how much of the request's body is read from here on. */
    private boolean mayLeaveLess(Framing framing) {
        return body.left() > connection.limits.drain() && isComing() && wantsToKeep(framing);
    }

    private boolean wantsToKeep(Framing framing) {
        return connection.mayKeep() && head.wantsKeepAlive() && framing.kind() != Framing.Kind.UNTIL_CLOSE
                && !handlerCloses;
    }

    /** Tells whether what nobody has read of the body can be read away. */
    private boolean canDrain() {
        return body.isWhole() || isComing() && body.left() <= connection.limits.drain();
    }

    /** Tells whether the rest of the body can be counted on. A client that was not told to go on may send it, or may not. */
    private boolean isComing() {
        boolean isAwaited = head.expectsContinue() && !continued && connection.input.size() == 0;
        return !isAwaited && body.failure() == null;
    }

    private byte[] connectionFields() {
        if (!keep) {
            return ResponseHead.CLOSE;
        }
        byte[] told = connection.keepAliveFields();
        if (told != null && head.asksKeepAlive()) {
            return told;
        }
        return head.isHttp10() ? ResponseHead.KEEP : ResponseHead.SILENT;
    }

    /**
     * Answers in the place of the handler, by who has the claim. What the handler has prepared, or another thread prepares still, is no part of it.
     *
     * @param text the body, in UTF-8; may be empty
     * @param isAlone false if another thread may still read the request: then the connection goes on only if there is nothing to read
     */
    void answerForHandler(int code, byte[] text, boolean isAlone) throws IOException {
        var headers = new Headers();
        if (text.length > 0) {
            headers.set("Content-Type", "text/plain; charset=utf-8");
        }
        heed(headers);
        Framing framing = framing(code, text.length == 0 ? -1 : text.length);
        body.close();
        writeHead(code, framing, headers, canKeep(framing) && (isAlone || body.isWhole()));
        if (framing.hasBody()) {
            connection.output.write(text);
        }
        connection.output.flush();
        response.beginWhole(code, framing, framing.hasBody() ? text.length : 0);
    }

    // ---- something else

    GreenStream hijack() {
        if (claim() != null) {
            throw new IllegalStateException("the answer has begun already (expected: a hijack instead of an answer)");
        }
        hijacked = true;
        return connection.hijacked();
    }

    GreenStream upgrade(String protocol) throws IOException {
        Objects.requireNonNull(protocol, "protocol");
        if (!head.offersUpgrade() || !offers(protocol)) {
            throw new IllegalStateException("protocol: " + protocol + " (expected: one that the client offers: "
                    + head.fields().first("upgrade") + ")");
        }
        if (!body.isWhole()) {
            throw new IllegalStateException(
                    "the request has a body that has not been read to its end (expected: none left, "
                            + "which would be taken for the other protocol)");
        }
        ResponseHead.check(responseHeaders);
        Headers headers = responseHeaders();
        headers.set("Connection", "Upgrade");
        headers.set("Upgrade", protocol);
        GreenStream stream = hijack();
        ResponseHead.write(connection.output, false, 101, headers, Framing.UPGRADE, ResponseHead.SILENT,
                settings.capitalize);
        response.begin(101, Framing.UPGRADE);
        return stream;
    }

    private boolean offers(String protocol) {
        for (String each : Objects.requireNonNullElse(head.fields().first("upgrade"), "").split(",", -1)) {
            if (each.strip().equalsIgnoreCase(protocol)) {
                return true;
            }
        }
        return false;
    }

    boolean isHijacked() {
        return hijacked;
    }

    // ---- the end

    /** The handler is done, wherever it runs. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            requestBody().close();
            responseBody().close();
        } catch (IOException e) {
            connection.report(this, e);
        }
        written();
    }

    /** The handler has closed the exchange, or has written its answer to the end. On whatever thread. */
    @Override
    public void written() {
        done = true;
        Event<Boolean> awaited = completion;
        if (awaited != null && !awaited.ready()) {
            awaited.send(true);
        }
    }

    /** Waits until the handler is done, though it has returned. */
    void awaitHandler() throws InterruptedException {
        if (done) {
            return;
        }
        var awaited = new Event<Boolean>();
        completion = awaited; // Who is done sets the one and then reads the other; this does it the other way round.
        try {
            boolean _ = done || awaited.await();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("nobody sends one; please report", e);
        }
    }

    /** Tells whether the connection can have another request after this one. */
    boolean keeps() {
        return keep && !hijacked && !response.needsClose();
    }

    @Override
    public String toString() {
        return "HttpExchange[" + Shown.of(head.line()) + " from " + connection.remoteAddress() + "]";
    }
}
