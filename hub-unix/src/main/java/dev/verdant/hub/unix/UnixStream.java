package dev.verdant.hub.unix;

import dev.verdant.hub.StreamChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * A connection on a descriptor: TCP, or a Unix-domain stream.
 */
final class UnixStream extends UnixBytes implements StreamChannel {

    /** The peer: a {@link SocketAddress}, or, until somebody asks, the bytes that accept gave. */
    private volatile @Nullable Object peer;

    private final Socket socket;
    private final Domain domain;

    /** A connection that is to be made. */
    UnixStream(UnixHub hub, Socket socket, Domain domain) {
        super(hub, socket, 0, domain.mayStopShort());
        this.socket = socket;
        this.domain = domain;
    }

    /** A connection that was accepted, from the peer that accept has told, or null to ask for it. */
    UnixStream(UnixHub hub, Socket socket, Domain domain, byte @Nullable [] peer) {
        super(hub, socket, LIVE | CONNECTED, domain.mayStopShort());
        this.socket = socket;
        this.domain = domain;
        this.peer = peer;
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        SocketAddress address = domain.local(local);
        if (address.equals(UnixDomain.UNNAMED)) {
            return; // As the JDK: it has no name as it is.
        }
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
    public boolean connect(SocketAddress remote) throws IOException {
        SocketAddress address = domain.remote(remote);
        boolean guest = begin();
        try {
            if (has(CONNECTED)) {
                throw new AlreadyConnectedException();
            }
            peer = remote;
            add(LIVE);
            boolean connected = domain.connect(socket, address);
            if (connected) {
                add(CONNECTED);
            }
            return connected;
        } catch (IOException | IllegalStateException e) {
            throw Failures.connect(e, remote);
        } finally {
            end(guest);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        boolean guest = begin();
        try {
            if (has(CONNECTED)) {
                return true;
            }
            if (!has(LIVE)) {
                throw new SocketException("No connection pending");
            }
            return connectHasEnded();
        } finally {
            end(guest);
        }
    }

    private boolean connectHasEnded() throws IOException {
        try {
            // No error is what the kernel says also while the handshake goes on. Only a connection has a peer.
            if (!socket.finishConnect() || domain.remoteAddress(socket) == null) {
                return false;
            }
        } catch (IOException | IllegalStateException e) {
            throw Failures.connect(e, remote());
        }
        add(CONNECTED);
        return true;
    }

    // ---- system calls: recv(2) and send(2) go straight to the protocol, where read(2) and write(2) look at what a file has first

    @Override
    int receive(long address, int length) throws IOException {
        return hub.callsDirectly()
                ? SystemCalls.receive(socket.intValue(), address, length, hub.scratch())
                : socket.recvAddress(address, 0, length);
    }

    @Override
    int receive(ByteBuffer direct, int position, int limit) throws IOException {
        int room = limit - position;
        if (room > Scratch.SMALL || !hub.callsDirectly()) {
            return socket.recv(direct, position, limit);
        }
        Scratch scratch = hub.scratch();
        int count = SystemCalls.receive(socket.intValue(), scratch.address(), room, scratch);
        if (count > 0) {
            scratch.copyTo(direct, position, 0, count);
        }
        return count;
    }

    @Override
    int send(long address, int length) throws IOException {
        return hub.callsDirectly()
                ? SystemCalls.send(socket.intValue(), address, length, hub.scratch())
                : socket.sendAddress(address, 0, length);
    }

    @Override
    int send(ByteBuffer direct, int position, int limit) throws IOException {
        int length = limit - position;
        if (length > Scratch.SMALL || !hub.callsDirectly()) {
            return socket.send(direct, position, limit);
        }
        Scratch scratch = hub.scratch();
        scratch.copyFrom(direct, position, length);
        return SystemCalls.send(socket.intValue(), scratch.address(), length, scratch);
    }

    // ---- the rest of a connection

    @Override
    public boolean sendUrgent(int data) throws IOException {
        if (domain != InternetDomain.INSTANCE) {
            throw new UnsupportedOperationException("Unix-domain streams have no urgent data here: send it as data");
        }
        boolean guest = begin();
        try {
            return sendUrgent((byte) data, guest);
        } catch (IOException e) {
            throw failed(e);
        } finally {
            end(guest);
        }
    }

    private boolean sendUrgent(byte data, boolean guest) throws IOException {
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            scratch.copyFrom(new byte[]{data}, 0, 1);
            return Libc.get().send(socket.intValue(), scratch.address(), 1, Libc.URGENT, scratch, 0) == 1;
        } finally {
            if (guest) {
                scratch.giveBack();
            }
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        shutdown(true);
        add(INPUT_SHUT);
    }

    @Override
    public void shutdownOutput() throws IOException {
        shutdown(false);
    }

    private void shutdown(boolean input) throws IOException {
        boolean guest = begin();
        try {
            if (!has(CONNECTED)) {
                throw new SocketException("Socket is not connected");
            }
            socket.shutdown(input, !input);
        } catch (IllegalStateException e) {
            // Not connected any more: the peer was faster.
        } catch (IOException e) {
            throw failed(e);
        } finally {
            end(guest);
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        boolean guest = begin();
        try {
            return has(CONNECTED) ? remote() : null;
        } finally {
            end(guest);
        }
    }

    private @Nullable SocketAddress remote() {
        Object known = peer;
        if (known == null && has(CONNECTED)) {
            known = domain.remoteAddress(socket);
        } else if (known instanceof byte[] bytes) {
            known = Addresses.decode(bytes);
        }
        peer = known;
        return (SocketAddress) known;
    }

    @Override
    @Nullable SocketAddress name() {
        return domain.localAddress(socket);
    }

    @Override
    void shutdownBoth() throws IOException {
        socket.shutdown(true, true);
    }

    @Override
    boolean mayWaitToWriteFirst() {
        return !has(CONNECTED);
    }

    @Override
    UnixOptions options() {
        return hub.streamOptions(domain);
    }
}
