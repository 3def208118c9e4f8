package dev.verdant.hub.nio;

import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.SocketDomain;
import java.net.SocketAddress;

/** Refuses addresses that NIO does not take, whose own refusal has no words. */
final class Addresses {

    private Addresses() {}

    static void require(SocketDomain domain, SocketAddress address) {
        if (SocketDomain.of(address) != domain) {
            throw new IllegalArgumentException(
                    "address: " + address + " (expected: one of the domain " + domain + ")");
        }
        if (address instanceof AbstractUnixAddress) {
            throw new UnsupportedOperationException("NIO has no abstract Unix names, such as " + address
                    + ": take the epoll hub (-Dverdant.hub=epoll), or a path");
        }
    }
}
