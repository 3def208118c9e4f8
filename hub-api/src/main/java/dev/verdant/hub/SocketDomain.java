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
        return switch (Objects.requireNonNull(address, "address")) {
            case InetSocketAddress _ -> INTERNET;
            case UnixDomainSocketAddress _,AbstractUnixAddress _ -> UNIX;
            default -> throw new UnsupportedAddressTypeException();
        };
    }
}
