package dev.verdant.hub.unix;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Readiness;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket on a descriptor.
 *
 * <p>Only a receive that finds nothing means that the socket is drained: a message says nothing of those behind it.
 */
final class UnixDatagram extends UnixChannel implements DatagramChannel {

    /** What {@link #take} returns when no message waits. */
    private static final int NOTHING = -1;

    /**
     * The most that {@link #forgetOthers} throws away: more than any receive buffer holds. A peer that sends without
     * pause must not keep it busy for ever.
     */
    private static final int MOST_FORGOTTEN = 100_000;

    private volatile @Nullable InetSocketAddress peer;

    /** What the channel was bound to before it had a peer, null if it was not. */
    private @Nullable InetSocketAddress boundBefore;

    UnixDatagram(UnixHub hub, Socket socket) {
        super(hub, socket, LIVE);
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        InetSocketAddress address = Addresses.local(local);
        boolean guest = begin();
        try {
            socket.bind(address);
        } catch (IOException e) {
            throw Failures.bind(e, local);
        } finally {
            end(guest);
        }
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        InetSocketAddress address = Addresses.remote(remote);
        if (address.getPort() == 0) {
            throw new SocketException("Can't connect to port 0");
        }
        boolean guest = begin();
        try {
            if (peer != null) {
                leavePeer();
            }
            boundBefore = bound();
            socket.connect(address);
            peer = (InetSocketAddress) remote;
            forgetOthers(guest);
        } catch (IOException e) {
            throw Failures.connect(e, remote);
        } finally {
            end(guest);
        }
    }

    @Override
    public void disconnect() throws IOException {
        boolean guest = begin();
        try {
            if (peer != null) {
                leavePeer();
            }
        } catch (IOException e) {
            throw Failures.transfer(e);
        } finally {
            end(guest);
        }
    }

    /** Linux takes the port back with the peer, unless somebody has asked for that very port. */
    private void leavePeer() throws IOException {
        InetSocketAddress before = boundBefore;
        InetSocketAddress connected = bound();
        socket.disconnect();
        peer = null;
        if (connected != null && bound() == null) {
            socket.bind(before == null ? new InetSocketAddress(connected.getPort()) : before);
        }
    }

    private @Nullable InetSocketAddress bound() {
        InetSocketAddress local = socket.localAddress();
        return local == null || local.getPort() == 0 ? null : local;
    }

    /** What came before there was a peer may be from anybody, and the kernel would hand it out. */
    private void forgetOthers(boolean guest) {
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            int forgotten = 0;
            while (forgotten < MOST_FORGOTTEN && take(scratch, scratch.address(), 0) != NOTHING) {
                forgotten++;
            }
        } catch (IOException e) {
            // Told to who sends or receives next, if it is more than a thing of the past.
        } finally {
            giveBack(scratch, guest);
        }
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        boolean guest = begin();
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            requireNotShut();
            return receiveThrough(scratch, target);
        } catch (IOException | IllegalStateException e) {
            throw Failures.datagram(e);
        } finally {
            Reference.reachabilityFence(target);
            giveBack(scratch, guest);
            end(guest);
        }
    }

    private @Nullable SocketAddress receiveThrough(Scratch scratch, ByteBuffer target) throws IOException {
        int position = target.position();
        int room = target.remaining();
        boolean direct = target.isDirect();
        int count = direct
                ? take(scratch, Buffer.memoryAddress(target) + position, room)
                : take(scratch, scratch.address(), Math.min(room, Scratch.SIZE));
        if (count == NOTHING) {
            return null;
        }
        if (!direct) {
            scratch.copyTo(target.array(), target.arrayOffset() + position, count);
        }
        target.position(position + count);
        SocketAddress sender = scratch.sender;
        scratch.sender = null;
        return sender;
    }

    /** Takes a message to {@code address}; its sender is left in {@code scratch}. Returns its length. */
    private int take(Scratch scratch, long address, int room) throws IOException {
        DatagramSocketAddress sender = socket.recvFromAddress(address, 0, room);
        scratch.sender = sender == null ? null : Addresses.plain(sender);
        return sender == null ? NOTHING : sender.receivedAmount();
    }

    @Override
    public boolean send(ByteBuffer source, @Nullable SocketAddress target) throws IOException {
        InetSocketAddress to = target == null ? null : receiver(target);
        boolean guest = begin();
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            requireNotShut();
            if (to == null && peer == null) {
                throw new SocketException("Socket is not connected");
            }
            return sendThrough(scratch, source, to);
        } catch (IOException | IllegalStateException e) {
            throw Failures.datagram(e);
        } finally {
            Reference.reachabilityFence(source);
            giveBack(scratch, guest);
            end(guest);
        }
    }

    private static InetSocketAddress receiver(SocketAddress target) throws IOException {
        InetSocketAddress to = Addresses.remote(target);
        if (to.getPort() == 0) {
            throw new SocketException("Can't send to port 0");
        }
        return to;
    }

    private boolean sendThrough(Scratch scratch, ByteBuffer source, @Nullable InetSocketAddress to)
            throws IOException {
        int position = source.position();
        int length = source.remaining();
        boolean direct = source.isDirect();
        if (!direct) {
            if (length > Scratch.SIZE) {
                throw new SocketException("Message too long");
            }
            scratch.copyFrom(source, position, length);
        }
        int count = put(direct ? Buffer.memoryAddress(source) + position : scratch.address(), length, to);
        if (count < length) {
            return false;
        }
        source.position(position + length);
        return true;
    }

    private int put(long address, int length, @Nullable InetSocketAddress to) throws IOException {
        return to == null
                ? socket.sendAddress(address, 0, length)
                : socket.sendToAddress(address, 0, length, to.getAddress(), to.getPort());
    }

    private static void giveBack(Scratch scratch, boolean guest) {
        if (guest) {
            scratch.giveBack();
        }
    }

    /** The kernel goes on with a datagram socket that was shut down. */
    private void requireNotShut() throws SocketException {
        if (socket.isShutdown()) {
            throw Failures.closed();
        }
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
    public @Nullable SocketAddress remoteAddress() throws IOException {
        end(begin());
        return peer;
    }

    /** A datagram socket has nothing that ends: an error or a hang-up is one more thing to be told. */
    @Override
    int meaning(int ops) {
        return ops & ~Readiness.ENDED;
    }

    @Override
    UnixOptions options() {
        return hub.datagramOptions();
    }
}
