package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * IPv6 and IPv4. Stateless.
 */
final class InternetDomain implements Domain {

    static final InternetDomain INSTANCE = new InternetDomain();

    private InternetDomain() {}

    @Override
    public SocketAddress local(SocketAddress address) throws IOException {
        return Addresses.local(address);
    }

    @Override
    public SocketAddress remote(SocketAddress address) throws IOException {
        return Addresses.remote(address);
    }

    @Override
    public void bind(Socket socket, SocketAddress local) throws IOException {
        socket.bind(local);
    }

    @Override
    public boolean connect(Socket socket, SocketAddress remote) throws IOException {
        return socket.connect(remote);
    }

    @Override
    public @Nullable SocketAddress localAddress(Socket socket) {
        InetSocketAddress local = socket.localAddress();
        return local == null || local.getPort() == 0 ? null : local;
    }

    @Override
    public @Nullable SocketAddress remoteAddress(Socket socket) {
        return socket.remoteAddress();
    }

    /** Urgent data apart, which is told as such. */
    @Override
    public boolean mayStopShort() {
        return false;
    }
}
