package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's connection: reads a request, has it answered, and reads the next, in a green thread of its own. */
final class Connection {

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.http");

    /** How long a client may take to see that it is over: RFC 9112 §9.6. */
    private static final Duration LINGER_SILENCE = Duration.ofSeconds(2);

    /** A client that has connected or had an answer so lately may have sent a request that is still on its way. */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(500);

    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Causes can go round in a circle. */
    private static final int MOST_WRAPPED = 100;

    private static final InetSocketAddress UNIX = InetSocketAddress.createUnresolved("unix", 0);

    private final Service service;
    private final GreenSocket raw;

    /** The same, or TLS on it. */
    final Socket socket;

    private final GreenStream stream;
    private final Settings settings;
    final Limits limits;
    final Patience patience;
    final Input input;
    final Output output;
    private final RequestParser parser;

    /** Since when no request has been under way; -1 while one is. Confined to the loop. */
    private long idleSince = -1;

    /** Ends it in a while, if nothing has come by then. Confined to the loop. */
    private @Nullable GreenThread<?> ending;

    private boolean isHijacked;

    /** When the first byte of the request came, for the log. */
    private long began;

    <S extends Socket & GreenStream> Connection(Service service, GreenSocket raw, S socket) {
        this.service = service;
        this.raw = raw;
        this.socket = socket;
        this.stream = socket;
        this.settings = service.settings;
        this.limits = service.limits;
        this.patience = service.patience;
        LoopState home = LoopState.current();
        this.input = new Input(stream, home);
        this.output = new Output(stream, patience, home);
        this.parser = new RequestParser(limits);
    }

    // ---- addresses

    /** As handlers want it: a client at a Unix-domain socket has an address that is none. */
    InetSocketAddress remoteAddress() {
        return raw.getRemoteSocketAddress() instanceof InetSocketAddress address ? address : UNIX;
    }

    InetSocketAddress localAddress() {
        return raw.getLocalSocketAddress() instanceof InetSocketAddress address ? address : UNIX;
    }

    boolean isUnix() {
        return raw.getLocalPort() < 0;
    }

    // ---- stopping

    /** Nothing new is wanted: ends it if it waits for a request, at once or when its client has had time. On its loop. */
    void endIfIdle() {
        if (idleSince < 0) {
            return;
        }
        long left = ON_ITS_WAY.toNanos() - (Green.nanoTime() - idleSince);
        if (left > 0) {
            ending = Green.spawnAfter(Duration.ofNanos(left), this::end);
        } else {
            end();
        }
    }

    private void end() {
        try {
            socket.shutdownInput(); // Of TLS, too, to which the end of what is beneath would be a cut.
        } catch (IOException e) {
            // Then it has ended already.
        }
    }

    byte @Nullable [] keepAliveFields() {
        return service.keepAliveFields;
    }

    boolean mayKeep() {
        return settings.keepAlive && !settings.isHttp10 && !service.isStopping();
    }

    // ---- a request after the other

    /** Serves until one side has enough. */
    void run() throws IOException {
        try {
            boolean more = true;
            while (more) {
                more = serveNext();
            }
        } catch (SocketTimeoutException e) {
            LOG.log(Level.DEBUG, "Gave {0} up: {1}", raw, e.getMessage());
            reset();
        } finally {
            input.drop();
            output.drop();
        }
    }

    private boolean serveNext() throws IOException {
        RequestHead head;
        try {
            head = readHead();
            if (head == null) {
                return false;
            }
            checkWhole(head);
        } catch (HttpFault e) {
            refuse(e, parser.lineSoFar(input.bytes(), input.start(), input.end()));
            return false;
        }
        input.take(parser.length());
        var exchange = new Exchange(this, head, settings);
        boolean whole = false;
        try {
            whole = service.answer(exchange);
        } finally {
            if (settings.log != null) { // The line is made for it alone.
                log(head.line(), head.fields(), exchange.response.status(), exchange.response.written());
            }
            if (!whole && (output.isBroken() || exchange.response.isTornOff())) {
                reset();
            }
        }
        if (whole && keep(exchange)) {
            return true;
        }
        if (!isHijacked && !raw.isClosed()) {
            linger();
        }
        return false;
    }

    private void log(String line, @Nullable Fields fields, int status, long bytes) {
        AccessLog log = settings.log;
        if (log != null) {
            log.log(this, line, fields, status, bytes, Green.nanoTime() - began);
        }
    }

    /** Returns null if there is none: the client has ended, or says nothing, or is not wanted any more. */
    private @Nullable RequestHead readHead() throws IOException {
        parser.begin();
        begin();
        long since = 0;
        long deadline = 0;
        boolean idled = false;
        boolean waited = false;
        int most = limits.line() + limits.headerBytes() + 64;
        while (true) {
            if (input.size() > 0 && parser.parse(input.bytes(), input.start(), input.end())) {
                return parser.head(input.bytes(), input.start());
            }
            // Waits before it tries: what came with the request before has been looked at, and a wait for what has come returns at once.
            if (!parser.hasBegun()) {
                since = idled ? since : Green.nanoTime();
                if (!awaitIdle(since, idled)) {
                    return null;
                }
                idled = true;
                begin();
            } else {
                Duration whole = patience.header();
                if (whole != null && !waited) {
                    deadline = Green.nanoTime() + whole.toNanos();
                    waited = true;
                }
                if (!input.await(whole == null ? null : until(deadline))) {
                    throw new HttpFault(408, "a head that was not whole after " + whole);
                }
            }
            if (input.tryFill(most) < 0) {
                return null;
            }
        }
    }

    private void begin() {
        if (settings.log != null) {
            began = Green.nanoTime();
        }
    }

    private static Duration until(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - Green.nanoTime()));
    }

    /**
     * The time is not prolonged by what is no request yet: empty lines, or a part of a record of TLS.
     *
     * @param again whether a part of the time has gone by, which need not be asked the first time
     */
    private boolean awaitIdle(long since, boolean again) throws IOException {
        idleSince = since;
        Duration most = service.isStopping() ? ON_ITS_WAY : patience.idle();
        try {
            return input.await(most != null && again ? until(since + most.toNanos()) : most);
        } finally {
            idleSince = -1;
            GreenThread<?> end = ending;
            if (end != null) {
                end.cancel();
                ending = null;
            }
        }
    }

    private void checkWhole(RequestHead head) throws HttpFault {
        if (head.bodyLength() > limits.body()) {
            throw new HttpFault(413, "a body of " + head.bodyLength() + " bytes (expected: at most " + limits.body()
                    + ")");
        }
        head.checkUri();
    }

    /** After an answer: gets the rest of the request out of the way. */
    private boolean keep(Exchange exchange) throws IOException {
        if (!exchange.keeps()) {
            return false;
        }
        try {
            return exchange.body.drain(limits.drain());
        } catch (IOException e) {
            return false; // It has its answer, and what follows is not to be understood, or not to come.
        }
    }

    // ---- refusals

    /** Answers what cannot be understood, or will not be. Nothing after it is looked at. */
    private void refuse(HttpFault fault, String line) throws IOException {
        LOG.log(Level.DEBUG, "Refused a request of {0} with {1}: {2}", raw, fault.status(), fault.getMessage());
        sendError(fault.status(), line.startsWith("HEAD ") ? "" : fault.getMessage() + "\n");
        log(line, null, fault.status(), 0);
        linger();
    }

    private void sendError(int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.US_ASCII);
        var headers = new Headers();
        if (body.length > 0) {
            headers.set("Content-Type", "text/plain");
        }
        ResponseHead.write(output, settings.isHttp10, status, headers, new Framing(Framing.Kind.FIXED, body.length),
                ResponseHead.CLOSE, true);
        output.write(body);
        output.flush();
    }

    /** Tells the log what a handler threw. What the client did is no news, however often the handler has wrapped it. */
    void report(Exchange exchange, Throwable failure) {
        boolean isClients = false;
        Throwable each = failure;
        for (int i = 0; each != null && !isClients && i < MOST_WRAPPED; i++) {
            isClients = each == output.failure() || each == exchange.body.failure();
            each = each.getCause();
        }
        report(exchange, failure, isClients);
    }

    private void report(Exchange exchange, Throwable failure, boolean isClients) {
        LOG.log(isClients ? Level.DEBUG : Level.ERROR, () -> "The handler of \"" + Shown.of(exchange.head.line())
                + "\" for " + raw + " failed" + (isClients ? ": " + failure : ""), isClients ? null : failure);
    }

    // ---- the end

    /** Says that nothing more will come and waits for the client to see it: a close that leaves bytes unread would be a reset, which can overtake the answer. */
    private void linger() throws IOException {
        socket.shutdownOutput();
        input.drop();
        var dropped = ByteBuffer.allocate(Buffer.SIZE);
        long until = Green.nanoTime() + LINGER_NANOS;
        int count = 0;
        try {
            while (count >= 0 && Green.nanoTime() - until < 0) {
                count = stream.tryRead(dropped.clear());
                if (count == 0 && !stream.awaitReadable(LINGER_SILENCE)) {
                    return;
                }
            }
        } catch (ConcurrentUseException e) {
            Green.sleep(LINGER_SILENCE); // A thread that the handler has handed the exchange to reads what would be dropped here.
        }
    }

    /**
     * Ends it so that nothing lies in the system's buffers for a client that takes nothing, and no client takes it for the end of an answer. TLS beneath
     * says no goodbye then.
     */
    private void reset() {
        try {
            raw.setSoLinger(true, 0);
            raw.close();
        } catch (IOException e) {
            // Then it is closed already.
        }
    }

    GreenStream hijacked() {
        isHijacked = true;
        byte[] before = input.takeAll();
        return before.length == 0 ? stream : new PrefixedStream(before, stream);
    }
}
