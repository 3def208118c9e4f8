package dev.verdant.hub.unix;

import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Arrays;

/**
 * Addresses as the JDK and as Netty's native calls know them. Any thread.
 */
final class Addresses {

    /** What accept fills in at the most: a length, an IPv6 address, its scope, a port. */
    static final int ACCEPTED_BYTES = 1 + 16 + 4 + 4;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = Errno.number(10, Errno.MAC ? 30 : 28);

    private static final byte[] IPV4_LOOPBACK = {127, 0, 0, 1};

    private Addresses() {}

    /** Checks an address to bind to. A socket of IPv4 alone refuses the other family in the JDK's words: the kernel's differ from call to call. */
    static InetSocketAddress local(SocketAddress address) throws IOException {
        if (!(address instanceof InetSocketAddress inet)) {
            throw new UnsupportedAddressTypeException();
        }
        if (inet.isUnresolved()) {
            throw new UnknownHostException(inet.getHostString());
        }
        if (inet.getAddress() instanceof Inet6Address && !Socket.isIPv6Preferred()) {
            throw new SocketException("IPv6 protocol family unavailable: " + inet);
        }
        return inet;
    }

    /**
     * Checks an address to connect to. The IPv4 wildcard stands for this host; on a dual-stack socket the kernel
     * would take it for the IPv6 one and try {@code ::1}, where a listener on IPv4 is not found.
     */
    static InetSocketAddress remote(SocketAddress address) throws IOException {
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

    /** Writes the struct sockaddr that a socket of ours takes: it is dual-stack where the system has IPv6. */
    static int encode(InetSocketAddress address, ByteBuffer target) {
        InetAddress ip = address.getAddress();
        if (ip instanceof Inet6Address six) {
            return encode(six, address.getPort(), six.getScopeId(), target);
        }
        if (!Socket.isIPv6Preferred()) {
            return encode(ip, address.getPort(), 0, target);
        }
        encodeHead(AF_INET6, 28, address.getPort(), target);
        target.putInt(4, 0).put(8, NativeInetAddress.ipv4MappedIpv6Address(ip.getAddress())).putInt(24, 0);
        return 28;
    }

    /** Writes a struct sockaddr_in or sockaddr_in6; returns its length. */
    static int encode(InetAddress ip, int port, int scope, ByteBuffer target) {
        byte[] bytes = ip.getAddress();
        if (bytes.length == 4) {
            encodeHead(AF_INET, 16, port, target);
            target.put(4, bytes).putLong(8, 0);
            return 16;
        }
        encodeHead(AF_INET6, 28, port, target);
        target.putInt(4, 0).put(8, bytes).putInt(24, scope);
        return 28;
    }

    /** Reads the struct sockaddr of an Internet socket. */
    static InetSocketAddress decode(ByteBuffer name) {
        int family = Errno.LINUX ? name.getShort(0) : name.get(1);
        var bytes = new byte[family == AF_INET ? 4 : 16];
        name.get(family == AF_INET ? 4 : 8, bytes);
        int scope = family == AF_INET ? 0 : name.getInt(24);
        int port = Byte.toUnsignedInt(name.get(2)) << 8 | Byte.toUnsignedInt(name.get(3));
        return new InetSocketAddress(decode(bytes, scope), port);
    }

    /** An address that is mapped to IPv6 is one of IPv4; and without a scope the JDK's address has none. */
    private static InetAddress decode(byte[] bytes, int scope) {
        try {
            return scope == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scope);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are an address", e);
        }
    }

    private static void encodeHead(int family, int length, int port, ByteBuffer target) {
        if (Errno.LINUX) {
            target.putShort(0, (short) family);
        } else {
            target.put(0, (byte) length).put(1, (byte) family);
        }
        target.put(2, (byte) (port >> 8)).put(3, (byte) port);
    }
}
