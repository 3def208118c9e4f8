package dev.verdant.conformance.library;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.EventLoop;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;

/** An HTTP server on a loop of its own: {@code GET /PACE/WHAT} is answered at that pace by what was asked for. */
final class HttpStub implements AutoCloseable {

    private final EventLoop loop = EventLoop.start(options -> options.name("http-stub"));
    private final Gate gate = new Gate();
    private final Tls tls;
    private final int port;

    HttpStub(Tls tls) throws IOException, InterruptedException {
        this.tls = tls;
        try {
            this.port = loop.spawn(this::listen).get();
        } catch (ExecutionException e) {
            loop.close();
            throw new IOException(e);
        }
    }

    private int listen() throws IOException {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 1024);
        var builder = HttpService.on(listener).handler(this::answer).logOutput(false);
        if (tls.isOn()) {
            builder.tls(ServerCertificate.options());
        }
        var service = builder.build();
        loop.spawn("http-stub", () -> {
            service.serve();
            return null;
        });
        return listener.getLocalPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String[] path = exchange.getRequestURI().getPath().split("/", 3);
        try {
            gate.pass(Pace.valueOf(path[1]));
        } catch (Exception e) {
            throw new IOException(e);
        }
        byte[] body = path[2].getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    URI address(Pace pace, String what) {
        return URI.create((tls.isOn() ? "https" : "http") + "://127.0.0.1:" + port + "/" + pace + "/" + what);
    }

    Gate gate() {
        return gate;
    }

    @Override
    public void close() {
        loop.close();
    }
}
