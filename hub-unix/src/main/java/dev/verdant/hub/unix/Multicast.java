package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Multicast in the numbers and layouts of the kernel: RFC 3678, ip(7), ipv6(7), and netinet/in.h of macOS. Any thread.
 *
 * <p>A dual-stack socket has every option twice, once for each protocol.
 */
final class Multicast {

    /** MCAST_JOIN_GROUP. */
    static final int JOIN = Errno.number(42, 80);

    /** MCAST_LEAVE_GROUP. */
    static final int LEAVE = Errno.number(45, 81);

    static final int IP_INTERFACE = Errno.number(32, 9);
    static final int IP_TTL = Errno.number(33, 10);
    static final int IP_LOOP = Errno.number(34, 11);
    static final int IPV6_INTERFACE = Errno.number(17, 9);
    static final int IPV6_HOPS = Errno.number(18, 10);
    static final int IPV6_LOOP = Errno.number(19, 11);

    /** Where struct group_req has its sockaddr_storage: macOS alone packs it. */
    private static final int GROUP_OFFSET = Errno.MAC ? 4 : 8;

    private static final int STORAGE_BYTES = 128;

    private Multicast() {}

    /** The level at which a group is joined. */
    static int level(InetAddress group) {
        return group instanceof Inet6Address ? UnixOption.IPV6 : UnixOption.IP;
    }

    /** A struct group_req. */
    static ByteBuffer request(InetAddress group, @Nullable NetworkInterface on) {
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException("group: " + group + " (expected: a multicast address)");
        }
        ByteBuffer request = ByteBuffer.allocate(GROUP_OFFSET + STORAGE_BYTES).order(ByteOrder.nativeOrder());
        request.putInt(0, index(group, on));
        ByteBuffer name = request.slice(GROUP_OFFSET, STORAGE_BYTES).order(ByteOrder.nativeOrder());
        Addresses.encode(group, 0, 0, name);
        return request;
    }

    /** Zero leaves it to the kernel, but for a group that names its interface itself. */
    private static int index(InetAddress group, @Nullable NetworkInterface on) {
        if (on != null) {
            return on.getIndex();
        }
        return group instanceof Inet6Address six ? six.getScopeId() : 0;
    }

    static @Nullable NetworkInterface readInterface(Socket socket) throws IOException {
        if (Socket.isIPv6Preferred()) {
            int index = socket.getIntOpt(UnixOption.IPV6, IPV6_INTERFACE);
            return index == 0 ? null : NetworkInterface.getByIndex(index);
        }
        ByteBuffer address = ByteBuffer.allocate(4);
        socket.getRawOpt(UnixOption.IP, IP_INTERFACE, address);
        InetAddress local = InetAddress.getByAddress(address.array());
        return local.isAnyLocalAddress() ? null : NetworkInterface.getByInetAddress(local);
    }

    /** For IPv4 a struct ip_mreqn: the kernel takes the index, and tells the address. */
    static void writeInterface(Socket socket, NetworkInterface on) throws IOException {
        int index = on.getIndex();
        if (index <= 0) {
            throw new SocketException("Network interface cannot be identified");
        }
        if (Socket.isIPv6Preferred()) {
            socket.setIntOpt(UnixOption.IPV6, IPV6_INTERFACE, index);
        }
        ByteBuffer request = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        on.inetAddresses().filter(Inet4Address.class::isInstance).findFirst()
                .ifPresent(local -> request.put(4, local.getAddress()));
        socket.setRawOpt(UnixOption.IP, IP_INTERFACE, request.putInt(8, index));
    }

    static int readHops(Socket socket) throws IOException {
        return Socket.isIPv6Preferred()
                ? socket.getIntOpt(UnixOption.IPV6, IPV6_HOPS)
                : socket.getIntOpt(UnixOption.IP, IP_TTL);
    }

    static void writeHops(Socket socket, int hops) throws IOException {
        if (hops < 0 || hops > 255) {
            throw new IllegalArgumentException("Invalid TTL/hop value");
        }
        if (Socket.isIPv6Preferred()) {
            socket.setIntOpt(UnixOption.IPV6, IPV6_HOPS, hops);
        }
        socket.setIntOpt(UnixOption.IP, IP_TTL, hops);
    }

    static boolean readLoop(Socket socket) throws IOException {
        return (Socket.isIPv6Preferred()
                ? socket.getIntOpt(UnixOption.IPV6, IPV6_LOOP)
                : socket.getIntOpt(UnixOption.IP, IP_LOOP)) != 0;
    }

    static void writeLoop(Socket socket, boolean on) throws IOException {
        if (Socket.isIPv6Preferred()) {
            socket.setIntOpt(UnixOption.IPV6, IPV6_LOOP, on ? 1 : 0);
        }
        socket.setIntOpt(UnixOption.IP, IP_LOOP, on ? 1 : 0);
    }
}
