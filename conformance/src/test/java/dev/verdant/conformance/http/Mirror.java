package dev.verdant.conformance.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A handler that answers with what it saw: method and target in a line, a line for each field of the header, an empty line, and the body, all in ISO-8859-1.
 * {@link Mirrored} reads that. {@code /stream} is answered in a body whose length is not known.
 */
final class Mirror implements HttpHandler {

    /** The requests it was given, in order. */
    final List<String> seen = new ArrayList<>();

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        seen.add(request);
        var text = new StringBuilder(request).append('\n');
        exchange.getRequestHeaders().forEach((name, values) -> values
                .forEach(value -> text.append(name).append(": ").append(value).append('\n')));
        text.append('\n');
        text.append(Wire.text(exchange.getRequestBody().readAllBytes()));
        byte[] body = Wire.bytes(text.toString());
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(200, request.endsWith("/stream") ? 0 : body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
