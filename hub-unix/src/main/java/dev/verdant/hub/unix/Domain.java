package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What sockets of one {@link dev.verdant.hub.SocketDomain} do with their addresses. Any thread; the caller holds the descriptor.
 * System calls fail as Netty's do, for {@link Failures} to tell.
 */
interface Domain {

    /** Checks an address to bind to, before anything is done. */
    SocketAddress local(SocketAddress address) throws IOException;

    /** Checks an address to connect to, before anything is done, and puts the one in its place that the kernel wants. */
    SocketAddress remote(SocketAddress address) throws IOException;

    void bind(Socket socket, SocketAddress local) throws IOException;

    /** True if the connection stands, false if it is under way. */
    boolean connect(Socket socket, SocketAddress remote) throws IOException;

    /** The address, or null if the socket is not bound. */
    @Nullable SocketAddress localAddress(Socket socket);

    /** The address, or null if the socket is not connected. */
    @Nullable SocketAddress remoteAddress(Socket socket);

    /** Whether a stream may give less than it has: not only at its end, but in its middle. */
    boolean mayStopShort();
}
