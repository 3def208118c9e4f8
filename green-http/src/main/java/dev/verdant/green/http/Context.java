package dev.verdant.green.http;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A handler and what is in front of it. Any thread. */
final class Context extends HttpContext {

    private final HttpServer server;
    private final String path;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final List<Filter> filters = new CopyOnWriteArrayList<>();
    private volatile @Nullable HttpHandler handler;
    private volatile @Nullable Authenticator authenticator;

    Context(HttpServer server, String path, @Nullable HttpHandler handler) {
        this.server = server;
        this.path = path;
        this.handler = handler;
    }

    /** Answers a request. */
    void handle(HttpExchange exchange) throws IOException {
        HttpHandler last = handler;
        if (last == null) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        Authenticator guard = authenticator;
        if (guard == null && filters.isEmpty()) {
            last.handle(exchange);
            return;
        }
        var all = new ArrayList<Filter>();
        if (guard != null) {
            all.add(new Guard(guard));
        }
        all.addAll(filters);
        new Filter.Chain(all, last).doFilter(exchange);
    }

    @Override
    @SuppressWarnings("NullAway") // null as the superclass has it: a context may be made without a handler
    public HttpHandler getHandler() {
        return handler;
    }

    @Override
    public void setHandler(HttpHandler next) {
        Objects.requireNonNull(next, "handler");
        if (handler != null) {
            throw new IllegalArgumentException("handler: " + next + " (expected: none, because the context has one)");
        }
        handler = next;
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public HttpServer getServer() {
        return server;
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    @Override
    public List<Filter> getFilters() {
        return filters;
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass
    public @Nullable Authenticator setAuthenticator(@Nullable Authenticator next) {
        Authenticator former = authenticator;
        authenticator = next;
        return former;
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass
    public Authenticator getAuthenticator() {
        return authenticator;
    }

    /** Lets only those through who are known. */
    private static final class Guard extends Filter {

        private final Authenticator authenticator;

        Guard(Authenticator authenticator) {
            this.authenticator = authenticator;
        }

        @Override
        public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
            switch (authenticator.authenticate(exchange)) {
                case Authenticator.Success success -> {
                    ((Ours) exchange).core().principal = success.getPrincipal();
                    chain.doFilter(exchange);
                }
                case Authenticator.Retry retry -> exchange.sendResponseHeaders(retry.getResponseCode(), -1);
                case Authenticator.Failure failure -> exchange.sendResponseHeaders(failure.getResponseCode(), -1);
                default -> throw new IllegalStateException(
                        "the authenticator returned something else than Success, Retry or Failure");
            }
        }

        @Override
        public String description() {
            return "authenticates";
        }
    }
}
