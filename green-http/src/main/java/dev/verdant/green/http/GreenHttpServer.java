package dev.verdant.green.http;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The JDK's HttpServer, on a loop. Any thread. */
final class GreenHttpServer extends HttpServer {

    private final ServerCore core = new ServerCore(this, () -> Transport.PLAIN);

    @Override
    public void bind(InetSocketAddress address, int backlog) throws IOException {
        core.bind(address, backlog);
    }

    @Override
    public void start() {
        core.start();
    }

    @Override
    public void setExecutor(@Nullable Executor executor) {
        core.executor(executor);
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass
    public Executor getExecutor() {
        return core.executor();
    }

    @Override
    public void stop(int delay) {
        core.stop(delay);
    }

    @Override
    public HttpContext createContext(String path, HttpHandler handler) {
        return core.createContext(path, Objects.requireNonNull(handler, "handler"));
    }

    @Override
    public HttpContext createContext(String path) {
        return core.createContext(path, null);
    }

    @Override
    public void removeContext(String path) {
        core.removeContext(path);
    }

    @Override
    public void removeContext(HttpContext context) {
        core.removeContext(context.getPath());
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, before it is bound
    public InetSocketAddress getAddress() {
        return core.address();
    }
}
