package dev.verdant.examples;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.Green;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.queue.LightQueue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A mirror, which is what those who test a client want: {@code /} answers any method with the request's body, and {@code /echo} with the request line and
 * the fields that the handler saw, one a line.
 *
 * <p>The body is sent back while it comes, by two green threads with a queue in between: a client that sends it all before it reads anything is served as
 * well as one that waits for each piece.
 *
 * <p>Run {@code ./verdant http-echo --port 8000}, and {@code curl -d hello http://127.0.0.1:8000/}.
 */
public final class HttpEcho {

    private static final int PIECE = 16 * 1024;
    private static final byte[] END = {};

    private HttpEcho() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(8000);
        Green.run(() -> on(Listening.on(port, "http-echo")).serve());
    }

    static HttpService.Builder on(GreenServerSocket listener) {
        return HttpService.on(listener).maxSize(10_000).handler(HttpEcho::body).context("/echo", HttpEcho::head);
    }

    private static void body(HttpExchange exchange) throws IOException {
        var in = exchange.getRequestBody();
        byte[] first = new byte[PIECE];
        int count = in.read(first); // Before the answer begins: the client may wait to be told to go on.
        String told = exchange.getRequestHeaders().getFirst("Content-Length");
        exchange.sendResponseHeaders(200, count < 0 ? -1 : told == null ? 0 : Long.parseLong(told));
        if (count < 0) {
            return;
        }
        GreenExchange.of(exchange).minimumChunkSize(0);
        exchange.getResponseBody().write(first, 0, count);
        var pieces = new LightQueue<byte[]>();
        try (var scope = Green.scope()) {
            var reading = scope.spawn(() -> read(in, pieces));
            for (byte[] piece = pieces.take(); piece != END; piece = pieces.take()) {
                exchange.getResponseBody().write(piece);
            }
            IOException failure = reading.await();
            if (failure != null) {
                throw failure;
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** To its end, or as far as it comes: then why. */
    private static @Nullable IOException read(InputStream in, LightQueue<byte[]> into) throws InterruptedException {
        byte[] buffer = new byte[PIECE];
        try {
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                into.put(Arrays.copyOf(buffer, count));
            }
            return null;
        } catch (IOException e) {
            return e;
        } finally {
            into.put(END);
        }
    }

    private static void head(HttpExchange exchange) throws IOException {
        var text = new StringBuilder(exchange.getRequestMethod()).append(' ')
                .append(GreenExchange.of(exchange).requestTarget()).append(' ').append(exchange.getProtocol())
                .append('\n');
        exchange.getRequestHeaders().forEach((name, values) -> values
                .forEach(value -> text.append(name).append(": ").append(value).append('\n')));
        byte[] content = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=iso-8859-1");
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
    }
}
