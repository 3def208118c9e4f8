package dev.verdant.examples;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.Green;
import dev.verdant.green.http.HttpService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * {@code Hello, world!} by the HTTP server: a green thread a connection, and a handler of the JDK's kind.
 *
 * <p>Run {@code ./verdant hello-http --port 8000}, and {@code curl http://127.0.0.1:8000/}.
 */
public final class HelloHttp {

    private static final byte[] HELLO = "Hello, world!".getBytes(StandardCharsets.US_ASCII);

    private HelloHttp() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(8000);
        Green.run(() -> HttpService.on(Listening.on(port, "hello-http")).handler(HelloHttp::hello).serve());
    }

    static void hello(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(200, HELLO.length);
        exchange.getResponseBody().write(HELLO);
    }
}
