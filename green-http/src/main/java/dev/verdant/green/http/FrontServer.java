package dev.verdant.green.http;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a handler of an {@link HttpService} sees as the server of its context. What is the service's own to decide it refuses. */
final class FrontServer extends HttpServer {

    private final Contexts contexts;
    private volatile @Nullable HttpService service;

    FrontServer(Contexts contexts) {
        this.contexts = contexts;
    }

    void serves(HttpService what) {
        service = what;
    }

    private static IllegalStateException refuse() {
        return new IllegalStateException("the server is that of an HttpService, which listens and serves by itself");
    }

    @Override
    public void bind(InetSocketAddress address, int backlog) {
        throw refuse();
    }

    @Override
    public void start() {
        throw refuse();
    }

    @Override
    public void setExecutor(@Nullable Executor executor) {
        throw refuse();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass: handlers run where the server decides
    public Executor getExecutor() {
        return null;
    }

    @Override
    public void stop(int delay) {
        try {
            Objects.requireNonNull(service, "the service").stop(Duration.ofSeconds(delay));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Not by a close of ours.
        }
    }

    @Override
    public HttpContext createContext(String path, HttpHandler handler) {
        return contexts.create(this, path, Objects.requireNonNull(handler, "handler"));
    }

    @Override
    public HttpContext createContext(String path) {
        return contexts.create(this, path, null);
    }

    @Override
    public void removeContext(String path) {
        contexts.remove(path);
    }

    @Override
    public void removeContext(HttpContext context) {
        contexts.remove(context.getPath());
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, for one that is not bound to such an address
    public InetSocketAddress getAddress() {
        return Objects.requireNonNull(service, "the service").address() instanceof InetSocketAddress address
                ? address
                : null;
    }
}
