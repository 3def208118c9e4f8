package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange of this server can do beyond the JDK's {@link HttpExchange}: trailers, upgrades, files. Each exchange that a handler gets is one, or wraps one:
 *
 * {@snippet :
 * void handle(HttpExchange exchange) throws IOException {
 *     GreenExchange.of(exchange).sendFile(Path.of("report.pdf"));
 * }
 * }
 *
 * <p>One thread at a time may call, as on the exchange itself.
 */
public interface GreenExchange {

    /**
     * Returns the exchange as one of ours. It may be wrapped, as by {@link com.sun.net.httpserver.Filter#adaptRequest}: the wrapper is asked for an
     * attribute of ours, and what is answered with goes through it.
     *
     * @param exchange what a handler was called with
     * @return the same, or what stands for what is wrapped
     * @throws IllegalArgumentException if it comes from another server, or from a wrapper that keeps the attributes to itself
     */
    static GreenExchange of(HttpExchange exchange) {
        Objects.requireNonNull(exchange, "exchange");
        if (exchange instanceof GreenExchange ours) {
            return ours;
        }
        if (exchange.getAttribute(Ours.ATTRIBUTE) instanceof Ours wrapped) {
            return new Ours.Wrapped(wrapped.core(), exchange);
        }
        throw new IllegalArgumentException("exchange: " + exchange
                + " (expected: one of Verdant's HTTP server, or a wrapper whose getAttribute asks the one that is wrapped)");
    }

    // ---- the request

    /**
     * Returns the target as it came: nothing decoded, nothing normalized.
     *
     * @return a path with its query, the URI of a resource, {@code *}, or HOST:PORT
     */
    String requestTarget();

    /**
     * Returns what followed a chunked body. They are never merged with the header's fields, and those that frame, route or authorize are refused.
     *
     * @return the trailer section's fields, empty if there were none; null as long as the body has not been read to its end
     */
    @Nullable Headers requestTrailers();

    // ---- the answer

    /**
     * Sets from how many bytes of the answer's body on they are sent without a {@code flush}, for this answer only: 0 sends each piece that is written
     * at once. An answer of the type {@code text/event-stream} begins with 0.
     *
     * @param bytes at least 0
     */
    void minimumChunkSize(int bytes);

    /**
     * Sets what follows the body, which is sent only in a chunked answer. To be called before the body's end.
     *
     * @param trailers the fields
     * @throws IllegalArgumentException if one could not be sent, or would have to come before the body: what frames, routes, authorizes or describes it
     */
    void responseTrailers(Headers trailers);

    /**
     * Answers with a file, or with the part of it that the client asks for, without holding the loop while the disk is read. Sets {@code Content-Length},
     * {@code Last-Modified}, {@code ETag}, {@code Accept-Ranges} and, if none is set, {@code Content-Type}; heeds {@code Range}, {@code If-Range} and the
     * conditions of RFC 9110 section 13. To be called instead of {@code sendResponseHeaders}.
     *
     * @param file a regular file
     * @throws java.nio.file.NoSuchFileException if there is none; nothing has been sent then
     * @throws IOException if it cannot be read, or the client is gone
     */
    void sendFile(Path file) throws IOException;

    // ---- something else than HTTP

    /**
     * Takes the connection away from HTTP: the server writes nothing more, and closes the socket when the handler returns.
     *
     * @return the connection's bytes, beginning with those behind the head
     * @throws IllegalStateException if the answer has begun
     */
    GreenStream hijack();

    /**
     * Answers 101 and takes the connection away from HTTP, as {@link #hijack()} does.
     *
     * @param protocol what is talked from here; one of those that the client offered in its Upgrade field
     * @return the connection's bytes
     * @throws IllegalStateException if the client has offered nothing, or something else, or has sent a body that was not read, or the answer has begun
     * @throws IOException if the client is gone
     */
    GreenStream upgrade(String protocol) throws IOException;
}
