package dev.verdant.hub.unix;

import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.NativeInetAddress;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Arrays;

/**
 * Addresses as the JDK and as Netty's native calls know them. Any thread.
 */
final class Addresses {

    /** What accept fills in at the most: a length, an IPv6 address, its scope, a port. */
    static final int ACCEPTED_BYTES = 1 + 16 + 4 + 4;

    private static final byte[] IPV4_LOOPBACK = {127, 0, 0, 1};

    private Addresses() {}

    /** Checks an address to bind to. */
    static InetSocketAddress local(SocketAddress address) throws UnknownHostException {
        if (!(address instanceof InetSocketAddress inet)) {
            throw new UnsupportedAddressTypeException();
        }
        if (inet.isUnresolved()) {
            throw new UnknownHostException(inet.getHostString());
        }
        return inet;
    }

    /**
     * Checks an address to connect to. The IPv4 wildcard stands for this host; on a dual-stack socket the kernel
     * would take it for the IPv6 one and try {@code ::1}, where a listener on IPv4 is not found.
     */
    static InetSocketAddress remote(SocketAddress address) throws UnknownHostException {
        InetSocketAddress inet = local(address);
        if (inet.getAddress() instanceof Inet4Address ip && ip.isAnyLocalAddress()) {
            return new InetSocketAddress(InetAddress.getByAddress(IPV4_LOOPBACK), inet.getPort());
        }
        return inet;
    }

    /**
     * Cuts the address out of what accept has filled in. Most are never asked for, so it stays bytes: a sixth of the
     * size.
     */
    static byte[] accepted(byte[] filled) {
        return Arrays.copyOfRange(filled, 1, 1 + filled[0]);
    }

    /** Reads what {@link #accepted} has cut out. */
    static InetSocketAddress decode(byte[] accepted) {
        return NativeInetAddress.address(accepted, 0, accepted.length);
    }

    /** Netty gives every IPv6 sender a scope; without one the JDK's address has none, and does not show {@code %0}. */
    static InetSocketAddress plain(DatagramSocketAddress sender) throws UnknownHostException {
        return sender.getAddress() instanceof Inet6Address six && six.getScopeId() == 0
                ? new InetSocketAddress(InetAddress.getByAddress(six.getAddress()), sender.getPort())
                : sender;
    }
}
