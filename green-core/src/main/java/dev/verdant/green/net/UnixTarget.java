package dev.verdant.green.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Carries a Unix-domain address past {@link java.net.Socket#connect}, which lets internet addresses through only, to the socket beneath. So the
 * superclass keeps the state of a Unix-domain socket as it does for any other.
 */
final class UnixTarget extends InetSocketAddress {

    private static final long serialVersionUID = 1L;

    private final SocketAddress path;

    UnixTarget(SocketAddress path) {
        super((InetAddress) null, 0);
        this.path = path;
    }

    SocketAddress path() {
        return path;
    }
}
