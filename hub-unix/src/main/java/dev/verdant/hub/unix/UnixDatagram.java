package dev.verdant.hub.unix;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Readiness;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket on a descriptor.
 *
 * <p>Only a receive that finds nothing means that the socket is drained: a message says nothing of those behind it.
 */
abstract class UnixDatagram extends UnixChannel implements DatagramChannel {

    /** What {@link #take} returns when no message waits. */
    static final int NOTHING = -1;

    /**
     * The most that {@link #forgetOthers} throws away: more than any receive buffer holds. A peer that sends without
     * pause must not keep it busy for ever.
     */
    private static final int MOST_FORGOTTEN = 100_000;

    final Socket socket;
    private final Domain domain;

    private volatile @Nullable SocketAddress peer;

    /** What the channel was bound to before it had a peer, null if it was not. */
    private @Nullable SocketAddress boundBefore;

    UnixDatagram(UnixHub hub, Socket socket, Domain domain) {
        super(hub, socket, LIVE);
        this.socket = socket;
        this.domain = domain;
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        SocketAddress address = domain.local(local);
        boolean guest = begin();
        try {
            domain.bind(socket, address);
        } catch (IOException e) {
            throw Failures.bind(e, local);
        } finally {
            end(guest);
        }
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        SocketAddress address = receiver(remote, "Can't connect to port 0");
        boolean guest = begin();
        try {
            SocketAddress former = peer;
            if (former != null) {
                leavePeer();
            }
            boundBefore = domain.localAddress(socket);
            try {
                boolean _ = domain.connect(socket, address);
            } catch (IOException e) {
                returnTo(former, e, guest);
                throw e;
            }
            peer = remote;
            forgetOthers(guest);
        } catch (IOException e) {
            throw Failures.connect(e, remote);
        } finally {
            end(guest);
        }
    }

    /** A connect that fails leaves the peer as it was: or who counts on hearing one peer alone would hear everybody. */
    private void returnTo(@Nullable SocketAddress former, IOException failure, boolean guest) {
        if (former == null) {
            return;
        }
        try {
            boolean _ = domain.connect(socket, domain.remote(former));
            peer = former;
            forgetOthers(guest);
        } catch (IOException e) {
            failure.addSuppressed(e);
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

    private void leavePeer() throws IOException {
        SocketAddress connected = domain.localAddress(socket);
        socket.disconnect();
        peer = null;
        if (connected != null && domain.localAddress(socket) == null) {
            bindAgain(boundBefore, connected);
        }
    }

    /**
     * Gives the socket back the name that it has lost with its peer.
     *
     * @param before what it was bound to before it had the peer, null if it was not
     * @param connected what it was bound to while it had the peer
     */
    abstract void bindAgain(@Nullable SocketAddress before, SocketAddress connected) throws IOException;

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
        try {
            requireNotShut();
            return receive(target, guest);
        } catch (IOException | IllegalStateException e) {
            throw failed(e);
        } finally {
            end(guest);
        }
    }

    private @Nullable SocketAddress receive(ByteBuffer target, boolean guest) throws IOException {
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            return receiveThrough(scratch, target);
        } finally {
            Reference.reachabilityFence(target);
            giveBack(scratch, guest);
        }
    }

    private @Nullable SocketAddress receiveThrough(Scratch scratch, ByteBuffer target) throws IOException {
        int position = target.position();
        int room = target.remaining();
        if (!target.isDirect() && room > Scratch.SIZE && longest() > Scratch.SIZE) {
            return receiveLong(scratch, target);
        }
        boolean directly = target.isDirect() && room > Scratch.SMALL;
        int count = directly
                ? take(scratch, Buffer.memoryAddress(target) + position, room)
                : take(scratch, scratch.address(), Math.min(room, Scratch.SIZE));
        if (count == NOTHING) {
            return null;
        }
        if (!directly) {
            scratch.copyTo(target, position, 0, count);
        }
        target.position(position + count);
        SocketAddress sender = scratch.sender;
        scratch.sender = null;
        return sender;
    }

    /** Through memory of its own, because the message may be longer than what fits the scratch memory. */
    private @Nullable SocketAddress receiveLong(Scratch scratch, ByteBuffer target) throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(target.remaining());
        SocketAddress sender = receiveThrough(scratch, direct);
        if (sender != null) {
            target.put(direct.flip());
        }
        return sender;
    }

    /** The longest message that may come, in bytes; more than any buffer if only the buffers set a limit. */
    abstract int longest();

    /**
     * Takes a message to {@code address} and leaves its sender in {@code scratch}.
     *
     * @return its length, or {@link #NOTHING}
     */
    abstract int take(Scratch scratch, long address, int room) throws IOException;

    /**
     * Sends a message, to the peer if {@code to} is null.
     *
     * @return false if it would block
     */
    abstract boolean put(Scratch scratch, long address, int length, @Nullable SocketAddress to) throws IOException;

    /** What {@link #take} or {@link #put} has failed with, in the words of the JDK. */
    abstract SocketException failed(Exception e);

    @Override
    public boolean send(ByteBuffer source, @Nullable SocketAddress target) throws IOException {
        SocketAddress to = target == null ? null : receiver(target, "Can't send to port 0");
        boolean guest = begin();
        try {
            requireNotShut();
            if (to == null && peer == null) {
                throw new SocketException("Socket is not connected");
            }
            return send(source, to, guest);
        } catch (IOException | IllegalStateException e) {
            throw failed(e);
        } finally {
            end(guest);
        }
    }

    private boolean send(ByteBuffer source, @Nullable SocketAddress to, boolean guest) throws IOException {
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            return sendThrough(scratch, source, to);
        } finally {
            Reference.reachabilityFence(source);
            giveBack(scratch, guest);
        }
    }

    private SocketAddress receiver(SocketAddress target, String refusal) throws IOException {
        SocketAddress to = domain.remote(target);
        if (to instanceof InetSocketAddress inet && inet.getPort() == 0) {
            throw new SocketException(refusal);
        }
        return to;
    }

    private boolean sendThrough(Scratch scratch, ByteBuffer source, @Nullable SocketAddress to) throws IOException {
        int position = source.position();
        int length = source.remaining();
        if (!source.isDirect() && length > Scratch.SIZE) {
            return sendLong(scratch, source, to);
        }
        boolean directly = source.isDirect() && length > Scratch.SMALL;
        if (!directly) {
            scratch.copyFrom(source, position, length);
        }
        boolean taken = put(scratch, directly ? Buffer.memoryAddress(source) + position : scratch.address(), length,
                to);
        if (taken) {
            source.position(position + length);
        }
        return taken;
    }

    /** Through memory of its own, because the message does not fit the scratch memory. */
    private boolean sendLong(Scratch scratch, ByteBuffer source, @Nullable SocketAddress to) throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(source.remaining());
        boolean taken = sendThrough(scratch, direct.put(source.duplicate()).flip(), to);
        if (taken) {
            source.position(source.limit());
        }
        return taken;
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
    @Nullable SocketAddress name() {
        return domain.localAddress(socket);
    }

    @Override
    void shutdownBoth() throws IOException {
        socket.shutdown(true, true);
    }
}
