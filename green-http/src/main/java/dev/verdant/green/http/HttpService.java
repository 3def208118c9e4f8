package dev.verdant.green.http;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpHandler;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GroupServer;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.Unfinished;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server on a listener of ours, a green thread a connection, whose handlers are the JDK's:
 *
 * {@snippet :
 * Green.run(() -> HttpService.on(Net.listen(new InetSocketAddress(8080)))
 *         .handler(exchange -> {
 *             exchange.sendResponseHeaders(200, 13);
 *             exchange.getResponseBody().write("Hello, world!".getBytes());
 *         })
 *         .serve());
 * }
 *
 * <p>A handler is plain blocking code. When it has returned the answer is ended if it has not ended it itself; one that throws, or returns without an
 * answer, is answered for with 500 and an empty body, or, if the answer has begun, by a cut that no client takes for its end. What is not HTTP as RFC 9112
 * has it is refused, and nothing behind it is looked at. Beyond the JDK's exchange there is {@link GreenExchange}.
 *
 * <p>{@link #serve()} returns when the listener is closed. Programs that were written for the JDK's own server need no change: see
 * {@link GreenHttpServerProvider}.
 */
public final class HttpService {

    /** The common log format, and the seconds that the answer took. */
    public static final String COMMON = "%(client_ip)s - - [%(date_time)s] \"%(request_line)s\" %(status_code)s %(body_length)s %(wall_seconds).6f";

    /** A line of JSON. */
    public static final String JSON = "{\"time\":\"%(iso_time)s\",\"client\":\"%(client_ip)s\",\"port\":\"%(client_port)s\",\"method\":\"%(method)s\",\"target\":\"%(target)s\","
            + "\"protocol\":\"%(protocol)s\",\"status\":%(status_code)s,\"bytes\":%(body_length)s,\"seconds\":%(wall_seconds).6f,"
            + "\"referer\":\"%(referer)s\",\"user_agent\":\"%(user_agent)s\"}";

    private final Service service;
    private final @Nullable GreenServerSocket listener;
    private final @Nullable GroupServer group;
    private final int maxSize;

    private HttpService(Builder from, Service service) {
        this.service = service;
        this.listener = from.listener;
        this.group = from.group;
        GreenPool pool = from.settings.pool;
        this.maxSize = pool == null ? from.settings.maxSize : Math.max(1, pool.running() + pool.free());
    }

    // ---- making one

    /**
     * Begins a service on a listener. Any thread.
     *
     * @param listener where clients connect to: TCP or Unix-domain
     * @return where it is told what to do
     */
    public static Builder on(GreenServerSocket listener) {
        return new Builder(Objects.requireNonNull(listener, "listener"), null);
    }

    /**
     * Begins a service on several loops. Any thread.
     *
     * @param group where clients connect to
     * @return where it is told what to do
     */
    public static Builder on(GroupServer group) {
        return new Builder(null, Objects.requireNonNull(group, "group"));
    }

    /**
     * Listens and serves on the calling green thread's loop, with the defaults, until that is killed.
     *
     * @param at the address
     * @param handler answers every request
     * @throws IOException a {@link java.net.BindException} if the address cannot be had
     */
    public static void serve(SocketAddress at, HttpHandler handler) throws IOException {
        try (var listener = Net.listen(at, 1024)) {
            on(listener).handler(handler).serve();
        }
    }

    // ---- serving

    /**
     * Serves until the listener is closed, by {@link #stop} or otherwise; then, when the requests that were under way have been answered, or the stop's
     * grace is over, returns. On a listener of one loop: a green thread of it; on a group: any thread.
     */
    public void serve() {
        if (listener != null) {
            Net.serve(listener, service, maxSize);
        } else {
            Net.serve(Objects.requireNonNull(group), service, maxSize);
        }
    }

    /**
     * Stops in good order. The listener is closed; connections that wait for a request end, but for those whose client may have sent one already, which
     * are answered; requests that are under way are answered, with {@code Connection: close}. Any thread.
     *
     * @param grace how long to wait at the most; null for ever, zero does not wait
     * @return the connections that have not finished; they run on until somebody kills them
     * @throws InterruptedException if a user interrupted the caller; the listener is closed, the handlers go on
     * @throws IOException never by ours; the close of a subclass of the listener may
     */
    public List<Unfinished> stop(@Nullable Duration grace) throws IOException, InterruptedException {
        return listener != null ? Net.stop(listener, grace) : Net.stop(Objects.requireNonNull(group), grace);
    }

    /**
     * Returns where it serves.
     *
     * @return the listener's address, with the port that was taken
     */
    public SocketAddress address() {
        return Objects.requireNonNull(listener != null
                ? listener.getLocalSocketAddress()
                : Objects.requireNonNull(group).getLocalSocketAddress());
    }

    @Override
    public String toString() {
        return "HttpService[" + (listener != null ? listener : group) + "]";
    }

    /**
     * What a service is told before it serves. Each method returns this, and a time that is null is for ever. Not for several threads at a time.
     */
    public static final class Builder {

        private final @Nullable GreenServerSocket listener;
        private final @Nullable GroupServer group;
        private final Settings settings = new Settings();
        private final Contexts contexts = new Contexts();
        private final FrontServer server = new FrontServer(contexts);

        private @Nullable SslOptions tls;
        private @Nullable Duration stopGrace;

        private AccessLog.@Nullable Sink logTo;
        private boolean logOutput = true;
        private String logFormat = COMMON;
        private boolean logForwarded = true;

        private Builder(@Nullable GreenServerSocket listener, @Nullable GroupServer group) {
            this.listener = listener;
            this.group = group;
        }

        // ---- who answers

        /**
         * Sets who answers every request that no {@link #context} is for.
         *
         * @param handler runs in the connection's green thread; several connections' at the same time
         * @param filters run before it, in this order
         * @return this
         */
        public Builder handler(HttpHandler handler, Filter... filters) {
            return context("/", handler, filters);
        }

        /**
         * Sets who answers requests whose path begins with this. Of several, the longest counts.
         *
         * @param path begins with a slash
         * @param handler runs in the connection's green thread; several connections' at the same time
         * @param filters run before it, in this order
         * @return this
         */
        public Builder context(String path, HttpHandler handler, Filter... filters) {
            Objects.requireNonNull(handler, "handler");
            Context made = contexts.create(server, Objects.requireNonNull(path, "path"), handler);
            made.getFilters().addAll(List.of(filters));
            return this;
        }

        /**
         * Sets who answers requests whose path begins with this, to those who prove who they are.
         *
         * @param path begins with a slash
         * @param guard asks for the proof
         * @param handler runs in the connection's green thread; several connections' at the same time
         * @return this
         */
        public Builder context(String path, Authenticator guard, HttpHandler handler) {
            Objects.requireNonNull(handler, "handler");
            contexts.create(server, Objects.requireNonNull(path, "path"), handler)
                    .setAuthenticator(Objects.requireNonNull(guard, "guard"));
            return this;
        }

        /**
         * Adds attributes that every exchange has.
         *
         * @param attributes by name
         * @return this
         */
        public Builder environ(Map<String, ?> attributes) {
            settings.addEnviron(Objects.requireNonNull(attributes, "attributes"));
            return this;
        }

        // ---- connections

        /**
         * Sets how many connections there may be at a time on each loop; more wait in the backlog. 1000 unless set.
         *
         * @param connections at least 1
         * @return this
         */
        public Builder maxSize(int connections) {
            settings.maxSize = atLeast(1, connections, "connections");
            return this;
        }

        /**
         * Has connections run in a pool, which also bounds them, instead of by {@link #maxSize}: as many are accepted as its size is when the service is
         * built, and if others use it, too, some of these wait.
         *
         * @param pool on the loop that serves
         * @return this
         */
        public Builder customPool(GreenPool pool) {
            settings.pool = Objects.requireNonNull(pool, "pool");
            return this;
        }

        /**
         * Talks TLS. Needs {@code verdant-green-ssl}.
         *
         * @param options as {@link SslOptions#forServer()} makes them
         * @return this
         */
        public Builder tls(SslOptions options) {
            tls = Objects.requireNonNull(options, "options");
            return this;
        }

        /**
         * Sets whether a connection is kept for another request. It is unless set, for 60 seconds.
         *
         * @param on false ends each behind its first answer
         * @return this
         */
        public Builder keepAlive(boolean on) {
            settings.keepAlive = on;
            return this;
        }

        /**
         * Keeps connections, for so long without a request, and tells clients that ask.
         *
         * @param idle null for ever, zero not at all
         * @return this
         */
        public Builder keepAlive(@Nullable Duration idle) {
            settings.keepAlive = idle == null || !idle.isZero();
            settings.tellsKeepAlive = idle != null;
            settings.idle = settings.keepAlive ? time(idle, "idle") : settings.idle;
            return this;
        }

        /**
         * Answers as a server of an older version would.
         *
         * @param version {@code HTTP/1.1}, or {@code HTTP/1.0}, which keeps no connection and sends no chunks
         * @return this
         */
        public Builder maxHttpVersion(String version) {
            if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
                throw new IllegalArgumentException("version: " + version + " (expected: HTTP/1.1 or HTTP/1.0)");
            }
            settings.isHttp10 = version.equals("HTTP/1.0");
            return this;
        }

        // ---- patience

        /**
         * Sets how long any single wait for a client may be, whatever else is set. For ever unless set.
         *
         * @param time more than zero
         * @return this
         */
        public Builder socketTimeout(@Nullable Duration time) {
            settings.socket = time(time, "time");
            return this;
        }

        /**
         * Sets how long a request's head may take, from its first byte to its last. 20 seconds unless set; then it is answered with 408.
         *
         * @param time more than zero
         * @return this
         */
        public Builder headerTimeout(@Nullable Duration time) {
            settings.header = time(time, "time");
            return this;
        }

        /**
         * Sets how long the next bytes of a request's body may take. 30 seconds unless set; then the handler's read fails, and 408 is the answer.
         *
         * @param time more than zero
         * @return this
         */
        public Builder bodyTimeout(@Nullable Duration time) {
            settings.bodyWait = time(time, "time");
            return this;
        }

        /**
         * Sets how long a client may take nothing of an answer. 30 seconds unless set; then the connection is reset.
         *
         * @param time more than zero
         * @return this
         */
        public Builder writeTimeout(@Nullable Duration time) {
            settings.write = time(time, "time");
            return this;
        }

        /**
         * Sets how fast a body must come, and an answer must be taken. 240 unless set. It counts the time for which the client is waited for, over any
         * stretch of it: no more than five seconds beyond what the bytes that came or went in that stretch are worth at this rate. So a client may begin
         * slowly, or pause, for five seconds, and need not have been slow from the beginning to be found too slow.
         *
         * @param bytesPerSecond 0 for any rate
         * @return this
         */
        public Builder minimumRate(long bytesPerSecond) {
            if (bytesPerSecond < 0) {
                throw new IllegalArgumentException("bytesPerSecond: " + bytesPerSecond + " (expected: >= 0)");
            }
            settings.minimumRate = bytesPerSecond;
            return this;
        }

        // ---- limits

        /**
         * Sets how long a request line may be. 8192 unless set; what is longer is answered with 414.
         *
         * @param bytes at least 16
         * @return this
         */
        public Builder urlLengthLimit(int bytes) {
            settings.line = atLeast(16, bytes, "bytes");
            return this;
        }

        /**
         * Sets how large a header section may be. 65,536 bytes and 100 fields unless set; what is larger is answered with 431.
         *
         * @param bytes at least 64
         * @param fields at least 1
         * @return this
         */
        public Builder headerLimit(int bytes, int fields) {
            settings.headerBytes = atLeast(64, bytes, "bytes");
            settings.headerFields = atLeast(1, fields, "fields");
            return this;
        }

        /**
         * Sets how large a trailer section may be. 8192 bytes unless set.
         *
         * @param bytes at least 2
         * @return this
         */
        public Builder trailerLimit(int bytes) {
            settings.trailerBytes = atLeast(2, bytes, "bytes");
            return this;
        }

        /**
         * Sets how large a request's body may be. 10 MiB unless set; what is larger is answered with 413.
         *
         * @param bytes at least 0
         * @return this
         */
        public Builder bodyLimit(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
            }
            settings.body = bytes;
            return this;
        }

        /**
         * Sets how much of a body that the handler has not read is read and dropped to keep the connection. 65,536 bytes unless set; with more, it ends.
         *
         * @param bytes at least 0
         * @return this
         */
        public Builder drainLimit(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
            }
            settings.drain = bytes;
            return this;
        }

        // ---- answers

        /**
         * Sets from how many bytes on what a handler writes is sent without a {@code flush}. 4096 unless set; an exchange can have its own, by
         * {@link GreenExchange#minimumChunkSize}.
         *
         * @param bytes 0 sends each piece at once
         * @return this
         */
        public Builder minimumChunkSize(int bytes) {
            settings.minimumChunkSize = atLeast(0, bytes, "bytes");
            return this;
        }

        /**
         * Sets whether the answer's fields are written {@code Like-This}. They are unless set.
         *
         * @param on false writes them as {@link com.sun.net.httpserver.Headers} has them
         * @return this
         */
        public Builder capitalizeResponseHeaders(boolean on) {
            settings.capitalize = on;
            return this;
        }

        /**
         * Sets whether a client is shown the stack of what a handler threw. It is not unless set.
         *
         * @param on true while a program is written
         * @return this
         */
        public Builder debug(boolean on) {
            settings.debug = on;
            return this;
        }

        // ---- the log

        /**
         * Logs each request to a logger, at INFO. Nothing is logged of them unless one is set.
         *
         * @param logger where lines go
         * @return this
         */
        public Builder log(System.Logger logger) {
            logTo = AccessLog.to(Objects.requireNonNull(logger, "logger"));
            return this;
        }

        /**
         * Writes a line for each request, in the green thread of its connection: a target that can block, such as a full pipe, holds the loop meanwhile.
         *
         * @param target where lines go, one at a time
         * @return this
         */
        public Builder log(Appendable target) {
            logTo = AccessLog.to(Objects.requireNonNull(target, "target"));
            return this;
        }

        /**
         * Sets whether requests are logged, if there is a log.
         *
         * @param on false for silence
         * @return this
         */
        public Builder logOutput(boolean on) {
            logOutput = on;
            return this;
        }

        /**
         * Sets what a line of the log says: {@link #COMMON} unless set, {@link #JSON}, or a text with {@code %(name)s} where something is to be put
         * in: client_ip, client_port, date_time, iso_time, request_line, method, target, protocol, status_code, body_length, wall_seconds, user_agent,
         * referer, host.
         *
         * @param format one that begins with a brace is taken for JSON
         * @return this
         */
        public Builder logFormat(String format) {
            var _ = new AccessLog(_ -> {}, format, true);
            logFormat = format;
            return this;
        }

        /**
         * Sets whether the log names the client as X-Forwarded-For does, before the one that has connected. It does unless set.
         *
         * @param on false if no proxy is in front
         * @return this
         */
        public Builder logXForwardedFor(boolean on) {
            logForwarded = on;
            return this;
        }

        // ---- the end

        /**
         * Has the service stopped, as by {@link HttpService#stop}, when the JVM shuts down, by SIGTERM among others.
         *
         * @param grace how long the JVM waits at the most
         * @return this
         */
        public Builder stopOnShutdown(Duration grace) {
            stopGrace = Objects.requireNonNull(grace, "grace");
            return this;
        }

        /**
         * Makes the service. It does not serve yet.
         *
         * @return what serves and stops
         */
        public HttpService build() {
            settings.log = logOutput && logTo != null ? new AccessLog(logTo, logFormat, logForwarded) : null;
            Transport transport = tls == null ? Transport.PLAIN : new TlsTransport(tls);
            var made = new HttpService(this, new Service(settings.copy(), contexts, transport, false));
            server.serves(made);
            Duration grace = stopGrace;
            if (grace != null && listener != null) {
                Net.stopOnShutdown(listener, grace);
            } else if (grace != null) {
                Net.stopOnShutdown(Objects.requireNonNull(group), grace);
            }
            return made;
        }

        /** Makes the service and serves; see {@link HttpService#serve()}. */
        public void serve() {
            build().serve();
        }

        private static int atLeast(int least, int value, String name) {
            if (value < least) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + least + ")");
            }
            return value;
        }

        private static @Nullable Duration time(@Nullable Duration time, String name) {
            if (time != null && (time.isNegative() || time.isZero())) {
                throw new IllegalArgumentException(
                        name + ": " + time + " (expected: more than zero, or null for ever)");
            }
            return time;
        }
    }
}
