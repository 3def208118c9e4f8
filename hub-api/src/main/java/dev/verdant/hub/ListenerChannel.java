package dev.verdant.hub;

import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket.
 */
public interface ListenerChannel extends HubChannel {

    /**
     * Binds and listens. Any thread.
     *
     * @param local the address; port 0 takes a free one
     * @param backlog how many connections may wait to be accepted, at least 1
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    void bind(SocketAddress local, int backlog) throws IOException;

    /**
     * Accepts a connection that waits. Any thread. Connections that died while they waited (ECONNABORTED and the network errors that accept(2)
     * names) are passed over.
     *
     * @return a connected channel of the same hub, or null if none waits
     * @throws IOException if a resource ran out ({@link ResourceExhaustedException}) or the listener is closed
     */
    @Nullable StreamChannel accept() throws IOException;
}
