package dev.verdant.hub;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;

/**
 * What kind of addresses a socket has: the domain of socket(2).
 */
public enum SocketDomain {

    /** IPv6 and IPv4 in one socket where the system has both, else IPv4: {@link InetSocketAddress}. */
    INTERNET,

    /** Sockets of this machine: {@link UnixDomainSocketAddress}, and on Linux {@link AbstractUnixAddress}. */
    UNIX;

    /**
     * Returns the domain that an address belongs to.
     *
     * @param address an address
     * @return its domain
     * @throws UnsupportedAddressTypeException if it is of a type that no hub knows
     */
    public static SocketDomain of(SocketAddress address) {
        // No switch over types: what those need is made when they first run, and this is on every program's way to its first connection.
        if (Objects.requireNonNull(address, "address") instanceof InetSocketAddress) {
            return INTERNET;
        }
        if (address instanceof UnixDomainSocketAddress || address instanceof AbstractUnixAddress) {
            return UNIX;
        }
        throw new UnsupportedAddressTypeException();
    }
}
