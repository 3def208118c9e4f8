package dev.verdant.green.net;

import dev.verdant.green.kernel.JdkSockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Socket} for code that knows nothing of loops: it behaves as the JDK's own, in every result and exception, and waits where its user is. {@link
 * dev.verdant.green.patch.Patcher} puts it, or what is beneath it, in the place of other people's sockets; code that knows of loops is better served by a {@link GreenSocket}.
 *
 * <p>Any thread may call it, any number at a time. A call of a green thread waits on that thread's loop, wherever the socket has been before; a platform thread is
 * parked meanwhile, and no interrupt closes its socket. A virtual thread's interrupt closes it, as the JDK's do. It outlives its loops.
 *
 * <p>A timeout or kill that ends a connect, read or write closes it, and surfaces there as {@code SocketException("Closed by Timeout of 50 ms")}.
 */
public class PatchedSocket extends Socket {

    private final PatchedSocketImpl impl;

    /**
     * Creates an unconnected socket, which goes by the proxy that the JDK's settings name, if any.
     *
     * @throws SocketException never; the constructor it calls declares it
     */
    public PatchedSocket() throws SocketException {
        this(new PatchedSocketImpl(null), null);
    }

    /**
     * Creates an unconnected socket that connects by way of a proxy.
     *
     * @param proxy none, a SOCKS proxy, or an HTTP proxy
     * @throws IllegalArgumentException {@code "Invalid Proxy"} if it is null or of another kind
     * @throws SocketException never; the constructor it calls declares it
     */
    public PatchedSocket(Proxy proxy) throws SocketException {
        this(new PatchedSocketImpl(routeBy(proxy)), proxy);
    }

    /** SOCKS is spoken by the JDK. */
    private static @Nullable ProxyRoute routeBy(@Nullable Proxy proxy) {
        return proxy != null && proxy.type() == Proxy.Type.SOCKS ? null : ProxyRoute.by(proxy);
    }

    private PatchedSocket(PatchedSocketImpl impl, @Nullable Proxy proxy) throws SocketException {
        super(proxied(impl, proxy));
        this.impl = impl;
    }

    private static SocketImpl proxied(PatchedSocketImpl impl, @Nullable Proxy proxy) {
        if (proxy == null) {
            return JdkSockets.bySettings(impl);
        }
        return proxy.type() == Proxy.Type.SOCKS ? JdkSockets.bySocks(proxy, impl) : impl;
    }

    /**
     * Connects to a host.
     *
     * @param host its name or address; null is this host
     * @param port the port
     * @throws IOException if it is not known or cannot be connected to
     */
    public PatchedSocket(@Nullable String host, int port) throws IOException {
        this(LookUp.of(host, port), null);
    }

    /**
     * Connects to an address.
     *
     * @param address the address
     * @param port the port
     * @throws IOException if it cannot be connected to
     */
    public PatchedSocket(InetAddress address, int port) throws IOException {
        this(new InetSocketAddress(Objects.requireNonNull(address), port), null);
    }

    /**
     * Connects to a host from a local address.
     *
     * @param host its name or address; null is this host
     * @param port the port
     * @param localAddr the local address; null is the system's choice
     * @param localPort the local port; 0 is the system's choice
     * @throws IOException if it is not known or cannot be connected to
     */
    public PatchedSocket(@Nullable String host, int port, @Nullable InetAddress localAddr, int localPort)
            throws IOException {
        this(LookUp.of(host, port), new InetSocketAddress(localAddr, localPort));
    }

    /**
     * Connects to an address from a local address.
     *
     * @param address the address
     * @param port the port
     * @param localAddr the local address; null is the system's choice
     * @param localPort the local port; 0 is the system's choice
     * @throws IOException if it cannot be connected to
     */
    public PatchedSocket(InetAddress address, int port, @Nullable InetAddress localAddr, int localPort)
            throws IOException {
        this(new InetSocketAddress(Objects.requireNonNull(address), port),
                new InetSocketAddress(localAddr, localPort));
    }

    /**
     * Connects to a host.
     *
     * @param host its name or address; null is this host
     * @param port the port
     * @param stream true; datagrams are refused
     * @throws IOException if it is not known or cannot be connected to
     */
    public PatchedSocket(@Nullable String host, int port, boolean stream) throws IOException {
        requireStream(stream);
        this(host, port);
    }

    /**
     * Connects to an address.
     *
     * @param host the address
     * @param port the port
     * @param stream true; datagrams are refused
     * @throws IOException if it cannot be connected to
     */
    public PatchedSocket(InetAddress host, int port, boolean stream) throws IOException {
        requireStream(stream);
        this(host, port);
    }

    private static void requireStream(boolean stream) {
        if (!stream) {
            throw new IllegalArgumentException("Socket constructor does not support creation of datagram sockets");
        }
    }

    @SuppressWarnings("this-escape") // as the JDK's own: whoever overrides bind and connect sees them called here
    private PatchedSocket(InetSocketAddress to, @Nullable SocketAddress from) throws IOException {
        this();
        boolean connected = false;
        try {
            if (from != null) {
                bind(from);
            }
            connect(to);
            connected = true;
        } finally {
            if (!connected) {
                close();
            }
        }
    }

    /** Creates what an accept is to fill. */
    static PatchedSocket toBeAccepted() throws SocketException {
        return new PatchedSocket(Proxy.NO_PROXY);
    }

    /**
     * Creates what is beneath a socket that goes by no proxy: for a {@link java.net.SocketImplFactory}.
     *
     * @return a new implementation
     */
    public static SocketImpl implementation() {
        return new PatchedSocketImpl(null);
    }

    /** Tells whether it has been closed, be it by an interrupt, a timeout or a kill of a call on it. Any thread. */
    @Override
    public boolean isClosed() {
        return super.isClosed() || impl.isClosed();
    }
}
