package dev.verdant.conformance.tls;

import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.SslOptions;

/** The options of {@link TlsPair} for tests of streams. */
public final class StreamOptions {

    private StreamOptions() {}

    /** A client that trusts {@link #server}. */
    public static SslOptions client(Engine engine) {
        return TlsPair.client(engine);
    }

    /** A server that is good for {@code localhost} and {@code 127.0.0.1}. */
    public static SslOptions server(Engine engine) {
        return TlsPair.server(engine);
    }
}
