package dev.verdant.hub.unix;

import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.StreamChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket on a descriptor.
 */
final class UnixListener extends UnixChannel implements ListenerChannel {

    /** So many dead connections in a row are not bad luck: then the error is told, and whoever accepts can back off. */
    private static final int MOST_DEAD = 100;

    private static final VarHandle ADDRESS;

    static {
        try {
            ADDRESS = MethodHandles.lookup().findVarHandle(UnixListener.class, "address", byte[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Where accept puts the peer's address. Taken for the time of a call, so that two threads cannot mix up two
     * peers.
     */
    @SuppressWarnings("unused") // by name, through ADDRESS
    private volatile byte @Nullable [] address;

    private final Socket socket;
    private final Domain domain;

    UnixListener(UnixHub hub, Socket socket, Domain domain) {
        super(hub, socket, 0);
        this.socket = socket;
        this.domain = domain;
    }

    @Override
    public void bind(SocketAddress local, int backlog) throws IOException {
        SocketAddress at = domain.local(local);
        if (backlog < 1) {
            throw new IllegalArgumentException("backlog: " + backlog + " (expected: >= 1)");
        }
        boolean guest = begin();
        try {
            domain.bind(socket, at);
            socket.listen(backlog);
            add(LIVE);
        } catch (IOException e) {
            throw Failures.bind(e, local);
        } finally {
            end(guest);
        }
    }

    @Override
    public @Nullable StreamChannel accept() throws IOException {
        boolean guest = begin();
        try {
            byte[] filled = takeAddress();
            int fd = acceptAlive(filled);
            UnixStream accepted = fd < 0 ? null : accepted(new Socket(fd), filled);
            ADDRESS.setRelease(this, filled);
            return accepted;
        } finally {
            end(guest);
        }
    }

    /** Netty reads the name of every peer as if it were an internet address; of a Unix-domain one nothing is left. */
    private UnixStream accepted(Socket connection, byte[] filled) {
        return new UnixStream(hub, connection, domain,
                domain == InternetDomain.INSTANCE ? Addresses.accepted(filled) : null);
    }

    private byte[] takeAddress() {
        var kept = (byte[]) ADDRESS.getAndSet(this, null);
        return kept == null ? new byte[Addresses.ACCEPTED_BYTES] : kept;
    }

    /** Returns the descriptor of the next connection that is alive, -1 if none waits. */
    private int acceptAlive(byte[] filled) throws IOException {
        for (int dead = 0;; dead++) {
            try {
                return socket.accept(filled);
            } catch (IOException e) {
                if (dead == MOST_DEAD || !Failures.passesAway(e)) {
                    throw acceptFailed(e);
                }
            }
        }
    }

    /** A listener that was shut down without being closed is closed to those who accept. */
    private SocketException acceptFailed(IOException e) {
        return socket.isShutdown() ? Failures.closed() : Failures.open(e);
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
    UnixOptions options() {
        return hub.listenerOptions(domain);
    }
}
