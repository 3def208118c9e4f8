package dev.verdant.green.net;

import dev.verdant.green.kernel.Pollable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketException;

/**
 * A TCP listener whose accept waits without holding a thread: a {@link ServerSocket} like any other.
 *
 * <p>It belongs to the loop on which it was made. Any thread may call it; one accepts at a time. {@link #close()}, from any thread, wakes who
 * accepts, and the port is free when it returns.
 */
public non-sealed class GreenServerSocket extends ServerSocket implements GreenChannel {

    private final ListenerSocketImpl impl;

    /** Creates an unbound listener on the caller's loop; see {@link Net#listen}. */
    public GreenServerSocket() {
        this(new ListenerSocketImpl());
    }

    private GreenServerSocket(ListenerSocketImpl impl) {
        super(impl);
        this.impl = impl;
    }

    /**
     * Waits for a connection.
     *
     * @return the connection, on this listener's loop
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first
     * @throws dev.verdant.hub.ResourceExhaustedException if descriptors or memory ran out; the connection still waits
     * @throws ConcurrentUseException if another thread accepts
     * @throws IOException if the listener is closed
     */
    @Override
    public GreenSocket accept() throws IOException {
        checkUsable();
        var connection = new GreenSocket();
        implAccept(connection);
        return connection;
    }

    /** What {@link Trampoline} waits on. */
    Pollable waits() throws SocketException {
        checkUsable();
        return impl.waits();
    }

    private void checkUsable() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isBound()) {
            throw new SocketException("Socket is not bound yet");
        }
    }

    @Override
    public String toString() {
        return impl.toString();
    }
}
