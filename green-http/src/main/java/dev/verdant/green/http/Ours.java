package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What our exchanges have in common, which the JDK's two classes of exchanges leave no superclass for. */
interface Ours extends GreenExchange {

    /** The attribute of every exchange of ours that is the exchange: what is around it asks it for its attributes. */
    String ATTRIBUTE = GreenExchange.class.getName();

    /** Returns what does it. */
    Exchange core();

    /** Returns the exchange as the handler has it, by whose fields and streams an answer goes. */
    default HttpExchange shown() {
        return (HttpExchange) this;
    }

    /**
     * An exchange of ours in somebody's wrapper, such as that of {@link com.sun.net.httpserver.Filter#adaptRequest}.
     *
     * @param core what does it
     * @param shown the wrapper
     */
    record Wrapped(Exchange core, HttpExchange shown) implements Ours {}

    @Override
    default String requestTarget() {
        return core().head.target();
    }

    @Override
    default @Nullable Headers requestTrailers() {
        return core().trailers();
    }

    @Override
    default void minimumChunkSize(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
        core().response.minimumChunk(bytes);
    }

    @Override
    default void responseTrailers(Headers trailers) {
        Headers own = Headers.of(Objects.requireNonNull(trailers, "trailers")); // Who changed them later would have them unchecked.
        ResponseHead.check(own);
        for (String name : own.keySet()) {
            if (Trailers.isForbidden(name)) {
                throw new IllegalArgumentException(
                        "the trailer " + name + " (expected: none that must be known before the body)");
            }
        }
        core().response.trailers(own);
    }

    @Override
    default void sendFile(Path file) throws IOException {
        FileAnswer.send(shown(), Objects.requireNonNull(file, "file"));
    }

    @Override
    default GreenStream hijack() {
        return core().hijack();
    }

    @Override
    default GreenStream upgrade(String protocol) throws IOException {
        return core().upgrade(protocol);
    }
}
