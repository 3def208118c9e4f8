package dev.verdant.green.stream;

import dev.verdant.green.net.GreenSocket;
import java.io.IOException;

/** Speaks TLS on a connection: what the {@code SslOptions} of {@code dev.verdant.green.ssl} are, for {@link IOStream#startTls}. */
@FunctionalInterface
public interface TlsUpgrade {

    /**
     * Begins a handshake on a connection. On the connection's loop.
     *
     * @param socket a connected socket, which is the result's from here on
     * @return the stream to use instead; it {@link BaseIOStream#opening() opens} until the handshake is done
     * @throws IOException if the socket is closed
     */
    IOStream over(GreenSocket socket) throws IOException;
}
