package dev.verdant.examples;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.Green;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A reverse proxy: passes each request on to a server behind it, on a connection of its own, and the answer back, both while they come. The request's body
 * goes by a green thread of its own, for the server may answer before it has it all. What concerns only one of the two connections is left out (RFC 9110
 * section 7.6.1), and {@code X-Forwarded-For} says who asked. A server that cannot be reached, or answers nonsense, is a 502, and a slow one a 504; one that breaks
 * off in the middle of its answer leaves the client with an answer that it cannot take for whole.
 *
 * <p>Run {@code ./verdant reverse-proxy --port 8040 --to 127.0.0.1:8080}, and {@code curl http://127.0.0.1:8040/}.
 */
public final class ReverseProxy {

    /** What is said to the next one only; how long a body is and whether it is awaited is told to each anew. */
    private static final Set<String> HOP_BY_HOP = Set.of("connection", "keep-alive", "proxy-connection", "te",
            "trailer",
            "transfer-encoding", "upgrade", "content-length", "expect");

    private static final int PIECE = 16 * 1024;

    private final InetSocketAddress to;
    private final Duration patience;

    ReverseProxy(InetSocketAddress to, Duration patience) {
        this.to = to;
        this.patience = patience;
    }

    /**
     * Runs the proxy.
     *
     * @param args {@code --port PORT --to HOST:PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "to").withoutRest();
        int port = arguments.port(8040);
        String target = arguments.text("to", "127.0.0.1:8080");
        var proxy = new ReverseProxy(PortForwarder.address(target), Duration.ofSeconds(30));
        Green.run(() -> proxy.on(Listening.on(port, "reverse-proxy to " + target)).serve());
    }

    HttpService.Builder on(GreenServerSocket listener) {
        return HttpService.on(listener).maxSize(10_000).bodyLimit(Long.MAX_VALUE).handler(this::pass);
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (GreenSocket server = connect(exchange)) {
            if (server != null) {
                new Passage(exchange, server).run();
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Returns null if it cannot be reached, which has been said then. */
    private @Nullable GreenSocket connect(HttpExchange exchange) throws Exception {
        try {
            var server = Net.connect(to, patience);
            server.setTcpNoDelay(true);
            server.setSoTimeout((int) patience.toMillis());
            return server;
        } catch (SocketTimeoutException e) {
            exchange.sendResponseHeaders(504, -1);
        } catch (IOException e) {
            exchange.sendResponseHeaders(502, -1);
        }
        return null;
    }

    /** A request on its way there, and the answer on its way back. */
    private static final class Passage {

        private final HttpExchange exchange;
        private final GreenSocket server;
        private final InputStream request;
        private @Nullable IOException clientFailure;

        Passage(HttpExchange exchange, GreenSocket server) {
            this.exchange = exchange;
            this.server = server;
            this.request = exchange.getRequestBody();
        }

        void run() throws Exception {
            byte[] first = new byte[0];
            if (exchange.getRequestHeaders().containsKey("Expect")) {
                first = request.readNBytes(1); // The client is told to go on, if anything, before the answer begins.
            }
            byte[] before = first;
            try (var scope = Green.scope()) {
                scope.spawn(() -> send(before));
                BackendAnswer answer = receiveHead();
                if (answer != null) {
                    answer.copyBody(exchange.getResponseBody());
                }
            }
        }

        // ---- there

        /** Whatever goes wrong, who waits for the answer hears of it. */
        private void send(byte[] first) {
            var fields = exchange.getRequestHeaders();
            boolean isChunked = fields.containsKey("Transfer-Encoding");
            try {
                var out = server.getOutputStream();
                out.write(BackendAnswer.bytes(head(fields, isChunked)));
                write(out, first, first.length, isChunked);
                byte[] piece = new byte[PIECE];
                for (int count = readRequest(piece); count >= 0; count = readRequest(piece)) {
                    write(out, piece, count, isChunked);
                }
                if (isChunked && clientFailure == null) {
                    out.write(BackendAnswer.bytes("0\r\n\r\n"));
                }
            } catch (IOException e) {
                // It has perhaps answered already, without having read all.
            }
        }

        private String head(Headers fields, boolean isChunked) {
            String host = fields.getFirst("Host");
            var remote = (InetSocketAddress) Objects.requireNonNull(server.getRemoteSocketAddress());
            var head = new StringBuilder(exchange.getRequestMethod()).append(' ')
                    .append(GreenExchange.of(exchange).requestTarget()).append(" HTTP/1.1\r\nHost: ")
                    .append(host != null ? host : remote.getHostString() + ":" + remote.getPort()).append("\r\n");
            var dropped = hopByHop(fields);
            fields.forEach((name, values) -> values.stream()
                    .filter(_ -> !dropped.contains(name.toLowerCase(Locale.ROOT)) && !name.equalsIgnoreCase("Host"))
                    .forEach(value -> head.append(name).append(": ").append(value).append("\r\n")));
            if (isChunked) {
                head.append("Transfer-Encoding: chunked\r\n");
            } else if (fields.containsKey("Content-Length")) {
                head.append("Content-Length: ").append(fields.getFirst("Content-Length")).append("\r\n");
            }
            head.append("X-Forwarded-For: ").append(exchange.getRemoteAddress().getAddress().getHostAddress());
            return head.append("\r\nVia: 1.1 verdant\r\nConnection: close\r\n\r\n").toString();
        }

        /** Returns -1 at the end; if it is one that should not be, the connection to the server has ended as well. */
        private int readRequest(byte[] piece) throws IOException {
            try {
                return request.read(piece);
            } catch (IOException e) {
                clientFailure = e;
                server.close();
                return -1;
            }
        }

        private static void write(OutputStream out, byte[] piece, int count, boolean asChunk) throws IOException {
            if (asChunk && count > 0) {
                out.write(BackendAnswer.bytes(Integer.toHexString(count) + "\r\n"));
                out.write(piece, 0, count);
                out.write(BackendAnswer.bytes("\r\n"));
            } else {
                out.write(piece, 0, count);
            }
        }

        // ---- and back

        /** Returns null if there is none, which has been said then. */
        private @Nullable BackendAnswer receiveHead() throws IOException {
            try {
                var answer = BackendAnswer.read(server.getInputStream(), exchange.getRequestMethod());
                passHead(answer);
                return answer;
            } catch (IOException | IllegalArgumentException e) {
                IOException clients = clientFailure;
                if (clients != null || exchange.getResponseCode() >= 0) {
                    throw clients != null ? clients : new IOException(e);
                }
                exchange.getResponseHeaders().clear();
                exchange.sendResponseHeaders(e instanceof SocketTimeoutException ? 504 : 502, -1);
                return null;
            }
        }

        private void passHead(BackendAnswer answer) throws IOException {
            if (answer.status() < 200) {
                throw new BackendAnswer.BadAnswer("status " + answer.status() + ", which nobody has asked for");
            }
            var fields = answer.fields();
            var dropped = hopByHop(fields);
            fields.forEach((name, values) -> {
                if (!dropped.contains(name.toLowerCase(Locale.ROOT))) {
                    exchange.getResponseHeaders().put(name, values);
                }
            });
            exchange.getResponseHeaders().add("Via", "1.1 verdant");
            String length = fields.getFirst("Content-Length");
            if (length != null && answer.length() == 0) {
                exchange.getResponseHeaders().set("Content-Length", length); // Of what a GET would have got.
            }
            GreenExchange.of(exchange).minimumChunkSize(0);
            exchange.sendResponseHeaders(answer.status(), answer.length() == 0 ? -1 : Math.max(0, answer.length()));
        }

        /** What {@code Connection} names, too. */
        private static Set<String> hopByHop(Headers fields) {
            var names = new HashSet<>(HOP_BY_HOP);
            for (String options : fields.getOrDefault("Connection", List.of())) {
                for (String each : options.split(",", -1)) {
                    names.add(each.strip().toLowerCase(Locale.ROOT));
                }
            }
            return names;
        }
    }
}
