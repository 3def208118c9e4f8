package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenSocket;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Objects;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes TLS sockets for libraries that take an {@link SSLSocketFactory}: JDBC drivers, mail, HTTP, LDAP. Unlike the JDK's own, its clients check the host's
 * name.
 *
 * <p>Any thread of a loop may call it. A timeout or kill in a call of one of these sockets closes it and surfaces there as a
 * {@link java.net.SocketException}, so that the library, or its pool, throws the connection away instead of giving the rest of one answer to the next question.
 */
public final class GreenSSLSocketFactory extends SSLSocketFactory {

    private final SslOptions options;

    /** Makes clients that trust what the JDK trusts; what libraries find by name. */
    public GreenSSLSocketFactory() {
        this(SslOptions.forClient().build());
    }

    /**
     * Makes sockets by options.
     *
     * @param options of a client; of a server only for {@link #createSocket(Socket, InputStream, boolean)}
     */
    public GreenSSLSocketFactory(SslOptions options) {
        this.options = Objects.requireNonNull(options, "options");
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return options.enabledCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return options.supportedCipherSuites();
    }

    // Nothing is shaken hands here: the library may still set something.

    /**
     * Makes a socket that is not connected yet.
     *
     * @return the socket
     * @throws IllegalStateException if the caller is on no loop
     */
    @Override
    public GreenSSLSocket createSocket() throws IOException {
        var carrier = new GreenSocket();
        return new GreenSSLSocket(carrier, carrier, options, null, -1, true, true);
    }

    @Override
    public GreenSSLSocket createSocket(@Nullable String host, int port) throws IOException {
        return connected(() -> new GreenSocket(host, port), host, port);
    }

    @Override
    public GreenSSLSocket createSocket(@Nullable String host, int port, @Nullable InetAddress localHost, int localPort)
            throws IOException {
        return connected(() -> new GreenSocket(host, port, localHost, localPort), host, port);
    }

    @Override
    public GreenSSLSocket createSocket(InetAddress host, int port) throws IOException {
        return connected(() -> new GreenSocket(host, port), nameOf(host), port);
    }

    @Override
    public GreenSSLSocket createSocket(InetAddress address, int port, @Nullable InetAddress localAddress, int localPort)
            throws IOException {
        return connected(() -> new GreenSocket(address, port, localAddress, localPort), nameOf(address), port);
    }

    /** The name that the address was made with, or the address; nobody is asked. */
    private static String nameOf(InetAddress address) {
        return new InetSocketAddress(address, 0).getHostString();
    }

    @FunctionalInterface
    private interface Connect {
        GreenSocket connect() throws IOException;
    }

    private GreenSSLSocket connected(Connect connect, @Nullable String host, int port) throws IOException {
        GreenSocket carrier;
        try {
            carrier = connect.connect();
        } catch (Throwable e) {
            if (GreenSSLSocket.isFromOutside(e)) {
                throw GreenSSLSocket.closedBy(e);
            }
            throw e;
        }
        boolean done = false;
        try {
            var socket = new GreenSSLSocket(carrier, carrier, options, host, port, true, true);
            done = true;
            return socket;
        } finally {
            if (!done) {
                carrier.close();
            }
        }
    }

    /**
     * Puts TLS on a connection that stands already, of whatever kind: a proxy's tunnel, or after STARTTLS.
     *
     * @param socket a connected socket
     * @param host whom it is connected to in the end: this name is checked
     * @param port and at which port
     * @param autoClose whether a close closes {@code socket} as well. If not and somebody waits there, it is closed nevertheless
     * @return the socket to use instead
     */
    @Override
    public GreenSSLSocket createSocket(Socket socket, @Nullable String host, int port, boolean autoClose)
            throws IOException {
        return Carriers.layer(Objects.requireNonNull(socket, "socket"), null, host, port, autoClose, options);
    }

    /**
     * Puts TLS on an accepted connection, of which some bytes have been read already.
     *
     * @param socket a connected socket
     * @param consumed the bytes that were read, to its end; null for none
     * @param autoClose whether a close closes {@code socket} as well. If not and somebody waits there, it is closed nevertheless
     * @return the socket to use instead, a server's
     */
    @Override
    public GreenSSLSocket createSocket(Socket socket, @Nullable InputStream consumed, boolean autoClose)
            throws IOException {
        if (!options.isServer()) {
            throw new IllegalArgumentException("options: " + options + " (expected: SslOptions.forServer())");
        }
        return Carriers.layer(Objects.requireNonNull(socket, "socket"), consumed, null, -1, autoClose, options);
    }
}
