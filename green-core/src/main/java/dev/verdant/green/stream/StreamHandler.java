package dev.verdant.green.stream;

import java.net.SocketAddress;

/** Is given the connections of a {@link TCPServer}. */
@FunctionalInterface
public interface StreamHandler {

    /**
     * A connection has come. On the green thread that runs the {@link IOLoop}: a handler that waits keeps all other callbacks waiting, so one that would
     * rather wait spawns a green thread. What it throws is reported, and closes the stream; a {@link StreamClosedException} only
     * closes it.
     *
     * @param stream the connection, which whoever has it closes; with TLS, the handshake is still under way
     * @param peer who has come
     * @throws Exception whatever went wrong
     */
    void handle(IOStream stream, SocketAddress peer) throws Exception;
}
