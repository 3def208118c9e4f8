package dev.verdant.conformance.tls;

import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.SslOptions;
import java.time.Duration;

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

    /** A client that talks to this name. */
    public static SslOptions clientFor(Engine engine, String name) {
        return TlsPair.clientOptions(engine).serverName(name).build();
    }

    /** A client whose handshake may take no longer. */
    public static SslOptions impatient(Engine engine, Duration limit) {
        return TlsPair.clientOptions(engine).handshakeTimeout(limit).build();
    }
}
