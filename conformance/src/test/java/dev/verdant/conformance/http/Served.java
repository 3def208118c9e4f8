package dev.verdant.conformance.http;

import com.sun.net.httpserver.HttpHandler;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A service on the test's loop, at a free port. */
final class Served implements AutoCloseable {

    final HttpService service;
    private final GreenServerSocket listener;
    private final GreenThread<?> serving;

    private Served(GreenServerSocket listener, HttpService service) {
        this.listener = listener;
        this.service = service;
        this.serving = Green.spawn("server", () -> service.serve());
    }

    /** With this handler and the defaults. */
    static Served by(HttpHandler handler) throws IOException {
        return with(builder -> builder.handler(handler));
    }

    static Served with(Consumer<HttpService.Builder> configure) throws IOException {
        return at(new InetSocketAddress("127.0.0.1", 0), configure);
    }

    static Served at(SocketAddress address, Consumer<HttpService.Builder> configure) throws IOException {
        var listener = Net.listen(address, 1024);
        var builder = HttpService.on(listener);
        configure.accept(builder);
        return new Served(listener, builder.build());
    }

    SocketAddress address() {
        return service.address();
    }

    Client connect() throws IOException {
        return Client.of(address());
    }

    /** Asks once, on a connection of its own. */
    @Nullable Answer ask(String request) throws IOException {
        try (var client = connect()) {
            return client.ask(request);
        }
    }

    /** Waits until the service has ended. */
    void awaitEnd() throws Exception {
        serving.await();
    }

    boolean hasEnded() {
        return !serving.isAlive();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            serving.await();
        } catch (Exception e) { // Not by a service that ends as it should.
            throw new AssertionError(e);
        }
    }
}
