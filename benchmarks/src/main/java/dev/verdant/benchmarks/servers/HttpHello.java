package dev.verdant.benchmarks.servers;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.Green;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * The HTTP servers that are measured: each parses the whole request, answers {@code Hello, world!} and keeps the connection. On Verdant, or
 * by a peer, each set up as its users would for speed, without turning off what it checks.
 *
 * <p>Run {@code ./verdant http-hello --port 8000 [--hub NAME | --peer netty|jetty|jetty-blocking|helidon|robaho|jdk|nginx]}.
 */
public final class HttpHello {

    static final byte[] BODY = "Hello, world!".getBytes(StandardCharsets.US_ASCII);
    static final String TYPE = "text/plain";
    static final int BACKLOG = 4096;
    static final int CONNECTIONS = Hello.CONNECTIONS;

    private HttpHello() {}

    /**
     * Serves until it is killed.
     *
     * @param args {@code --port PORT --peer PEER}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        String port = "8000";
        String peer = "verdant";
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                refuse(args[i] + " (expected: a value after it)");
            }
            switch (args[i]) {
                case "--port" -> port = args[i + 1];
                case "--peer" -> peer = args[i + 1];
                default -> refuse("unknown option: " + args[i] + " (expected: --port, --peer)");
            }
        }
        if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
            refuse("--port: " + port + " (expected: 0 to 65535)");
        }
        serve(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)), peer);
    }

    private static void refuse(String why) {
        System.err.println(why);
        System.exit(2);
    }

    private static void serve(InetSocketAddress address, String peer) throws Exception {
        switch (peer) {
            case "verdant" -> Green.run(() -> HttpService.on(Net.listen(address, BACKLOG)).maxSize(CONNECTIONS)
                    .handler(HttpHello::answer).serve());
            case "netty" -> HttpHelloNetty.serve(address);
            case "jetty" -> HttpHelloJetty.serve(address, HttpHelloJetty.onItsSelector());
            case "jetty-blocking" -> HttpHelloJetty.serve(address, HttpHelloJetty.onAThread());
            case "helidon" -> HttpHelloHelidon.serve(address);
            case "robaho" -> HttpHelloJdk.serve(address, HttpHelloJdk.ROBAHO);
            case "jdk" -> HttpHelloJdk.serve(address, HttpHelloJdk.JDK);
            case "nginx" -> HttpHelloNginx.serve(address);
            default -> refuse("--peer: " + peer
                    + " (expected: netty, jetty, jetty-blocking, helidon, robaho, jdk or nginx)");
        }
    }

    /** Answers on the JDK's {@code HttpServer}, on ours, and on others that have its interface. */
    static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", TYPE);
            exchange.sendResponseHeaders(200, BODY.length);
            exchange.getResponseBody().write(BODY);
        }
    }
}
