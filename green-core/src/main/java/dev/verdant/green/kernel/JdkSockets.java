package dev.verdant.green.kernel;

import java.net.Proxy;
import java.net.SocketImpl;

/** What only the JDK's internals know of its sockets, for who patches them. Any thread. */
public final class JdkSockets {

    private JdkSockets() {}

    /**
     * Makes what is beneath a connection of the JDK's own, which goes by the JDK's proxy settings unless it is to be direct.
     *
     * @param isDirect true to go by no proxy
     * @return what {@code new Socket()} has where nothing is patched
     */
    public static SocketImpl connection(boolean isDirect) {
        JdkInternals.check();
        SocketImpl connection = JdkInternals.platformSocket(false);
        return isDirect ? connection : JdkInternals.bySettings(connection);
    }

    /**
     * Makes what is beneath a listener of the JDK's own.
     *
     * @return what {@code new ServerSocket()} has where nothing is patched
     */
    public static SocketImpl listener() {
        JdkInternals.check();
        return JdkInternals.platformSocket(true);
    }

    /**
     * Has a connection go by the SOCKS proxy that the JDK's settings name, if any: {@code socksProxyHost} and {@link java.net.ProxySelector}, as they are when it connects.
     *
     * @param connection an implementation of a connection, not the JDK's
     * @return what goes beneath the socket
     */
    public static SocketImpl bySettings(SocketImpl connection) {
        JdkInternals.check();
        return JdkInternals.bySettings(connection);
    }

    /**
     * Has a connection go by a SOCKS proxy of version 4 or 5.
     *
     * @param proxy the proxy, of the kind SOCKS
     * @param connection an implementation of a connection, not the JDK's
     * @return what goes beneath the socket
     */
    public static SocketImpl bySocks(Proxy proxy, SocketImpl connection) {
        JdkInternals.check();
        return JdkInternals.bySocks(proxy, connection);
    }
}
