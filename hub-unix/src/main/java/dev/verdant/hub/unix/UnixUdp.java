package dev.verdant.hub.unix;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket on a descriptor.
 */
final class UnixUdp extends UnixDatagram {

    /** The length field of a UDP header has sixteen bits. */
    private static final int LONGEST = 65_535;

    /** Who sent last, and to whom was sent last. For the hub's thread alone. */
    private final KnownName sender = new KnownName();
    private final KnownName receiver = new KnownName();

    UnixUdp(UnixHub hub, Socket socket) {
        super(hub, socket, InternetDomain.INSTANCE);
    }

    @Override
    int longest() {
        return LONGEST;
    }

    @Override
    int take(Scratch scratch, long address, int room) throws IOException {
        if (hub.callsDirectly()) {
            int count = SystemCalls.receiveFrom(socket.intValue(), address, room, scratch);
            scratch.sender = count == NOTHING ? null : sender.read(scratch);
            return count;
        }
        DatagramSocketAddress from = socket.recvFromAddress(address, 0, room);
        scratch.sender = from == null ? null : Addresses.plain(from);
        return from == null ? NOTHING : from.receivedAmount();
    }

    @Override
    boolean put(Scratch scratch, long address, int length, @Nullable SocketAddress to) throws IOException {
        if (hub.callsDirectly()) {
            int nameLength = to == null ? 0 : receiver.write((InetSocketAddress) to, scratch);
            return SystemCalls.sendTo(socket.intValue(), address, length, scratch, nameLength);
        }
        return length == 0 ? putNothing(scratch, to) : putBytes(address, length, (InetSocketAddress) to) == length;
    }

    private int putBytes(long address, int length, @Nullable InetSocketAddress to) throws IOException {
        return to == null
                ? socket.sendAddress(address, 0, length)
                : socket.sendToAddress(address, 0, length, to.getAddress(), to.getPort());
    }

    /** Netty says 0 for an empty message that was taken, and for one that was not. */
    private boolean putNothing(Scratch scratch, @Nullable SocketAddress to) throws IOException {
        int nameLength = to == null ? 0 : Addresses.encode((InetSocketAddress) to, scratch.name());
        return Libc.get().send(socket.intValue(), scratch.address(), 0, 0, scratch, nameLength) == 0;
    }

    /** Linux takes the port back with the peer, unless somebody has asked for that very port. */
    @Override
    void bindAgain(@Nullable SocketAddress before, SocketAddress connected) throws IOException {
        socket.bind(before == null ? new InetSocketAddress(((InetSocketAddress) connected).getPort()) : before);
    }

    @Override
    SocketException failed(Exception e) {
        return Failures.datagram(e);
    }

    @Override
    public void join(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        member(Multicast.JOIN, group, on);
    }

    @Override
    public void leave(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        member(Multicast.LEAVE, group, on);
    }

    private void member(int change, InetAddress group, @Nullable NetworkInterface on) throws IOException {
        ByteBuffer request = Multicast.request(group, on);
        boolean guest = begin();
        try {
            socket.setRawOpt(Multicast.level(group), change, request);
        } catch (IOException | ChannelException e) {
            throw Failures.membership(e);
        } finally {
            end(guest);
        }
    }

    @Override
    UnixOptions options() {
        return hub.udpOptions();
    }
}
