package dev.verdant.green.http;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.EventLoop;
import dev.verdant.green.GreenExit;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.green.net.StopServe;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.sync.Event;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Serves connections: what they all share, from whichever loop. */
final class Service implements SocketHandler {

    /** What a 405 must say, RFC 9110 §15.5.6. Which of them a handler knows is its to say; methods that have no name here are passed on, too. */
    private static final String PASSED_ON = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

    final Settings settings;
    final Limits limits;
    final Patience patience;
    final byte @Nullable [] keepAliveFields;
    private final Contexts contexts;
    private final Transport transport;

    /** A handler may return first and answer later, as the JDK's server lets it. */
    private final boolean awaitsClose;

    /** Who runs handlers; null if the connection's own green thread does. */
    private volatile @Nullable Executor executor;

    private volatile boolean stopping;

    /** The connections of each loop, each set confined to its loop. */
    private final Map<EventLoop, Set<Connection>> connections = new ConcurrentHashMap<>();

    Service(Settings settings, Contexts contexts, Transport transport, boolean awaitsClose) {
        this.settings = settings;
        this.limits = settings.limits();
        this.patience = settings.patience();
        Duration idle = patience.idle();
        this.keepAliveFields = settings.tellsKeepAlive && idle != null
                ? ResponseHead.keepFor(idle.toSeconds())
                : null;
        this.contexts = contexts;
        this.transport = transport;
        this.awaitsClose = awaitsClose;
    }

    void executor(@Nullable Executor who) {
        executor = who;
    }

    boolean isStopping() {
        return stopping;
    }

    // ---- connections

    @Override
    public void handle(GreenSocket socket) throws Exception {
        GreenPool pool = settings.pool;
        if (pool == null) {
            serve(socket);
        } else {
            pool.spawn(() -> serve(socket)).await();
        }
    }

    private void serve(GreenSocket socket) throws IOException {
        var own = connections.computeIfAbsent(Objects.requireNonNull(EventLoop.current()), _ -> new HashSet<>());
        Connection connection = transport.open(this, socket);
        try (var _ = connection.socket) {
            if (!connection.isUnix()) {
                socket.setTcpNoDelay(true);
            }
            own.add(connection);
            connection.run();
        } finally {
            own.remove(connection);
        }
    }

    /** Connections that wait for a request are ended, except those whose client may have sent one already. */
    @Override
    public void listenerClosed() {
        stopping = true;
        EventLoop here = EventLoop.current();
        connections.forEach((loop, own) -> {
            if (loop == here) {
                endIdle(own);
            } else {
                try {
                    loop.spawn("verdant-http-stop", () -> endIdle(own));
                } catch (LoopClosedException e) {
                    // It has ended them.
                }
            }
        });
    }

    private static void endIdle(Set<Connection> connections) {
        for (Connection each : List.copyOf(connections)) {
            each.endIfIdle();
        }
    }

    // ---- requests

    /**
     * Has a request answered. When this returns the answer has been given, or the connection is of no use.
     *
     * @return true if the answer is whole
     */
    boolean answer(Exchange exchange) throws IOException {
        boolean whole = false;
        try {
            handle(exchange);
            finish(exchange);
            whole = true;
        } catch (GreenExit | LoopClosedException | StopServe e) {
            throw e;
        } catch (Throwable e) {
            exchange.connection.report(exchange, e);
            whole = fail(exchange, e);
        } finally {
            if (!whole) {
                exchange.response.abort();
            }
        }
        return whole;
    }

    private void handle(Exchange exchange) throws Exception {
        RequestHead head = exchange.head;
        exchange.handler = Thread.currentThread();
        if (head.isMethod("TRACE")) {
            exchange.responseHeaders().set("Allow", PASSED_ON);
            exchange.sendResponseHeaders(405, -1);
            return;
        }
        if (head.isMethod("CONNECT")) {
            exchange.sendResponseHeaders(501, -1);
            return;
        }
        if (head.expectsTheUnknown()) {
            exchange.sendResponseHeaders(417, -1);
            return;
        }
        Context context = contexts.find(head);
        if (context == null) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        exchange.context(context);
        HttpExchange handlers = transport.exchange(exchange);
        Executor elsewhere = executor;
        if (elsewhere == null) {
            context.handle(handlers);
        } else {
            handleElsewhere(elsewhere, context, exchange, handlers);
        }
        if (awaitsClose && !exchange.isHijacked()) {
            exchange.awaitHandler();
        }
    }

    private static void handleElsewhere(Executor executor, Context context, Exchange exchange, HttpExchange handlers)
            throws Exception {
        var done = new Event<Boolean>();
        executor.execute(() -> {
            exchange.handler = Thread.currentThread();
            try {
                context.handle(handlers);
                done.send(true);
            } catch (Throwable e) {
                done.sendException(e);
            }
        });
        boolean _ = done.await();
    }

    private void finish(Exchange exchange) throws IOException {
        if (exchange.isHijacked()) {
            return;
        }
        if (exchange.response.status() < 0) {
            throw new IllegalStateException(
                    "the handler has returned without an answer (expected: sendResponseHeaders)");
        }
        exchange.responseBody().close();
        exchange.response.end();
    }

    /** Returns true if the client has got a whole answer all the same. */
    private boolean fail(Exchange exchange, Throwable failure) throws IOException {
        if (exchange.isHijacked() || exchange.connection.output.isBroken()) {
            return false;
        }
        Thread answering = exchange.claim();
        if (awaitsClose && answering != null && answering != exchange.handler) {
            // The handler has handed the exchange on before it failed, and who has it was the first: the answer is theirs to end.
            if (!isAwaited(exchange)) {
                return false;
            }
            if (exchange.response.status() >= 0) {
                finish(exchange);
                return true;
            }
            answering = exchange.claim();
        }
        if (answering != null) {
            return exchange.response.hasEnded();
        }
        IOException unread = exchange.body.failure();
        int status = unread == null ? 500 : unread instanceof HttpFault fault ? fault.status() : 400;
        byte[] text = settings.debug && unread == null ? trace(failure) : new byte[0];
        exchange.answerForHandler(status, text, !awaitsClose);
        return true;
    }

    private static boolean isAwaited(Exchange exchange) {
        try {
            exchange.awaitHandler();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static byte[] trace(Throwable failure) {
        var bytes = new ByteArrayOutputStream();
        failure.printStackTrace(new PrintStream(bytes, false, StandardCharsets.UTF_8));
        return bytes.toByteArray();
    }
}
