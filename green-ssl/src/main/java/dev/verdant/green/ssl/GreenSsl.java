package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;

/** TLS on green sockets: what CPython's {@code ssl.wrap_socket} and eventlet's {@code wrap_ssl} are for. */
public final class GreenSsl {

    private GreenSsl() {}

    /**
     * Speaks TLS on a connection from here on, as the client or the server that the options say. The connection may be fresh or have been used in
     * plain (STARTTLS): what was read ahead of it is taken for TLS, as everything that comes, and nothing that came in plain ever for data.
     *
     * <p>The handshake is done now, unless the options leave it to the first use ({@link SslOptions.Builder#doHandshakeOnConnect}); a server that wraps in the
     * handler of a connection holds nobody else up by it. A client checks the server's certificate for the name that was connected to, or for
     * {@link SslOptions.Builder#serverName}.
     *
     * @param socket a connected socket, which nobody else reads or writes; it is closed with the result, and if this fails
     * @param options how TLS is spoken; make them once and use them for all connections
     * @return the socket to use instead
     * @throws java.net.SocketException if the socket is closed or not connected
     * @throws javax.net.ssl.SSLHandshakeException if the two do not agree, if one does not trust the other, or if the handshake was not done within its time
     * @throws IOException if the connection is broken
     */
    public static GreenSSLSocket wrap(GreenSocket socket, SslOptions options) throws IOException {
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(options, "options");
        return shakingHands(Carriers.wrap(socket, options), options);
    }

    /**
     * Speaks TLS within TLS, as through a proxy that is itself spoken to in TLS; see {@link #wrap(GreenSocket, SslOptions)}. The name that a client checks must be
     * the options', because the socket's is the proxy's.
     *
     * @param socket a connected socket, which nobody else reads or writes; it is closed with the result, and if this fails
     * @param options how TLS is spoken; of a client, with a {@link SslOptions.Builder#serverName}
     * @return the socket to use instead
     * @throws IOException as {@link #wrap(GreenSocket, SslOptions)}
     */
    public static GreenSSLSocket wrap(GreenSSLSocket socket, SslOptions options) throws IOException {
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(options, "options");
        return shakingHands(new GreenSSLSocket(socket, socket, options, null, -1, true, false), options);
    }

    private static GreenSSLSocket shakingHands(GreenSSLSocket wrapped, SslOptions options) throws IOException {
        if (options.handshakeOnConnect()) {
            boolean done = false;
            try {
                wrapped.startHandshake();
                done = true;
            } finally {
                if (!done) {
                    wrapped.close();
                }
            }
        }
        return wrapped;
    }
}
