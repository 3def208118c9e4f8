package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A Unix-domain datagram socket on a descriptor.
 *
 * <p>A message waits in its receiver's queue. When that is full, a sender that is connected to the receiver is told by
 * its poller when there is room; any other would never be told, so it is not asked to wait: the send fails with a
 * {@link dev.verdant.hub.ResourceExhaustedException}, which is what the BSDs do in both cases.
 */
final class UnixLocalDatagram extends UnixDatagram {

    UnixLocalDatagram(UnixHub hub, Socket socket) {
        super(hub, socket, UnixDomain.INSTANCE);
    }

    @Override
    int longest() {
        return Integer.MAX_VALUE;
    }

    @Override
    int take(Scratch scratch, long address, int room) throws IOException {
        int count = Libc.get().receive(socket.intValue(), address, room, scratch);
        scratch.sender = count == NOTHING ? null : UnixDomain.decode(scratch);
        return count;
    }

    @Override
    boolean put(Scratch scratch, long address, int length, @Nullable SocketAddress to) throws IOException {
        int nameLength = to == null ? 0 : UnixDomain.encode(to, scratch);
        boolean taken = Libc.get().send(socket.intValue(), address, length, 0, scratch, nameLength) == length;
        if (!taken && to != null) {
            throw Failures.fullReceiver();
        }
        return taken;
    }

    /** The kernel leaves a path or a name alone. */
    @Override
    void bindAgain(@Nullable SocketAddress before, SocketAddress connected) {}

    @Override
    SocketException failed(Exception e) {
        return Failures.unixDatagram(e);
    }

    @Override
    public void join(InetAddress group, @Nullable NetworkInterface on) {
        throw new UnsupportedOperationException("Unix-domain datagrams have no multicast");
    }

    @Override
    public void leave(InetAddress group, @Nullable NetworkInterface on) {
        throw new UnsupportedOperationException("Unix-domain datagrams have no multicast");
    }

    @Override
    UnixOptions options() {
        return hub.unixDatagramOptions();
    }
}
