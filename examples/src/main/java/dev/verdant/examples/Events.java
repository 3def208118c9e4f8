package dev.verdant.examples;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.Green;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * A clock by server-sent events: an answer that never ends, each piece of it seen when it is sent. The page at {@code /} shows it in a browser. A client
 * that has gone is noticed by the next event.
 *
 * <p>Run {@code ./verdant events --port 8030}, and {@code curl -N http://127.0.0.1:8030/clock}.
 */
public final class Events {

    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Clock</title></head><body><h1 id="clock"></h1>
            <script>
            new EventSource('/clock').onmessage = event => document.getElementById('clock').textContent = event.data;
            </script></body></html>
            """;

    private final Duration between;

    Events(Duration between) {
        this.between = between;
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(8030);
        Green.run(() -> new Events(Duration.ofSeconds(1)).on(Listening.on(port, "events")).serve());
    }

    HttpService.Builder on(GreenServerSocket listener) {
        return HttpService.on(listener).maxSize(10_000).handler(Events::page).context("/clock", this::tick);
    }

    private static void page(HttpExchange exchange) throws IOException {
        byte[] page = PAGE.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(200, page.length);
        exchange.getResponseBody().write(page);
    }

    /** An event is lines of {@code name: value} and an empty one; one that has an id is told on when a browser comes back. */
    private void tick(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(200, 0);
        var out = exchange.getResponseBody();
        for (int i = 1; !exchange.getRequestMethod().equals("HEAD"); i++) {
            var now = Green.wallClock().instant().truncatedTo(ChronoUnit.MILLIS);
            out.write(("id: " + i + "\ndata: " + now + "\n\n").getBytes(StandardCharsets.US_ASCII));
            Green.sleep(between);
        }
    }
}
