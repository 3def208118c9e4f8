package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** How a connection is made by way of a proxy. Immutable. */
abstract sealed class ProxyRoute permits SocksRoute, HttpRoute {

    private final InetSocketAddress proxy;

    ProxyRoute(InetSocketAddress proxy) {
        this.proxy = proxy;
    }

    /** Returns the way by a proxy, or null for the direct one. */
    static @Nullable ProxyRoute by(@Nullable Proxy proxy) {
        if (proxy == Proxy.NO_PROXY) {
            return null;
        }
        if (proxy == null || !(proxy.address() instanceof InetSocketAddress at)) {
            throw new IllegalArgumentException("Invalid Proxy");
        }
        return switch (proxy.type()) {
            case SOCKS -> new SocksRoute(at);
            case HTTP -> new HttpRoute(at);
            case DIRECT -> throw new IllegalArgumentException("Invalid Proxy");
        };
    }

    final InetSocketAddress proxy() {
        return proxy;
    }

    /** Connects the socket to the proxy, and has the proxy connect to the address, which need not be resolved. */
    abstract void connect(StreamSocketImpl socket, InetSocketAddress to, Deadline deadline) throws IOException;

    /** Connects the socket to the proxy itself; returns the address by which it was reached. */
    final InetSocketAddress connectToProxy(StreamSocketImpl socket, Deadline deadline) throws IOException {
        InetSocketAddress at = proxy.isUnresolved()
                ? new InetSocketAddress(LookUp.first(proxy.getHostString(), deadline.left()), proxy.getPort())
                : proxy;
        socket.connect(at, deadline);
        return at;
    }

    static byte[] read(StreamSocketImpl socket, int count, String ifItEnds, Deadline deadline) throws IOException {
        byte[] bytes = new byte[count];
        if (!socket.readFully(bytes, deadline)) {
            throw new SocketException(ifItEnds);
        }
        return bytes;
    }
}
