package dev.verdant.green.http;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import com.sun.net.httpserver.spi.HttpServerProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code HttpServer.create} and {@code HttpsServer.create} give servers of ours, to programs that were written for the JDK's. It is asked for by the
 * JDK's own property:
 *
 * <pre>{@code java -Dcom.sun.net.httpserver.HttpServerProvider=dev.verdant.green.http.GreenHttpServerProvider ...}</pre>
 *
 * <p>Such a server runs on a loop of its own, handlers in the green thread of their connection unless {@link HttpServer#setExecutor} names who runs them.
 * Limits are those that an {@link HttpService} has unless told otherwise. As on the JDK's, a handler may return first and end the exchange later. HTTPS
 * needs {@code verdant-green-ssl}.
 */
public final class GreenHttpServerProvider extends HttpServerProvider {

    /** Creates it; called by the JDK. */
    public GreenHttpServerProvider() {}

    @Override
    public HttpServer createHttpServer(@Nullable InetSocketAddress address, int backlog) throws IOException {
        var server = new GreenHttpServer();
        if (address != null) {
            server.bind(address, backlog);
        }
        return server;
    }

    @Override
    public HttpsServer createHttpsServer(@Nullable InetSocketAddress address, int backlog) throws IOException {
        var server = new GreenHttpsServer();
        if (address != null) {
            server.bind(address, backlog);
        }
        return server;
    }
}
