package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Makes TLS sockets on whatever sockets there are. */
final class Carriers {

    private Carriers() {}

    /** On a connection of the user's own: its name is the one that was connected to, if it was connected by name. */
    static GreenSSLSocket wrap(GreenSocket socket, SslOptions options) throws IOException {
        requireConnected(socket);
        String host = null;
        int port = -1;
        if (socket.getRemoteSocketAddress() instanceof InetSocketAddress remote) {
            host = remote.getHostString();
            port = remote.getPort();
        }
        boolean made = false;
        try {
            var tls = new GreenSSLSocket(socket, socket, options, host, port, true, false);
            made = true;
            return tls;
        } finally {
            if (!made) {
                socket.close(); // GreenSsl.wrap(Net.connect(...), ...): nobody else has it.
            }
        }
    }

    /** On a socket of the user's own that may not be connected yet. */
    static GreenSSLSocket unopened(GreenSocket socket, SslOptions options) throws IOException {
        return socket.isConnected() || socket.isClosed()
                ? wrap(socket, options)
                : new GreenSSLSocket(socket, socket, options, null, -1, true, false);
    }

    /** On a connection of somebody else's code, be it a socket of ours or not. */
    static GreenSSLSocket layer(Socket socket, @Nullable InputStream consumed, @Nullable String host, int port,
            boolean autoClose, SslOptions options) throws IOException {
        requireConnected(socket);
        byte[] before = consumed == null ? new byte[0] : consumed.readAllBytes();
        GreenStream stream = switch (socket) {
            case GreenSocket green -> {
                if (before.length > 0) {
                    green.unread(ByteBuffer.wrap(before));
                }
                yield green;
            }
            case GreenStream green when before.length == 0 -> green;
            default -> new SocketStream(socket, before);
        };
        return new GreenSSLSocket(socket, stream, options, host, port, autoClose, true);
    }

    private static void requireConnected(Socket socket) throws SocketException {
        if (socket.isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!socket.isConnected()) {
            throw new SocketException("Underlying socket is not connected");
        }
    }
}
