package dev.verdant.green.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ServerSocket} for code that knows nothing of loops, as {@link PatchedSocket} is a {@link Socket} for it. What it accepts are such sockets. Any number of threads may
 * accept at a time. Any thread.
 */
public class PatchedServerSocket extends ServerSocket {

    private static final int DEFAULT_BACKLOG = 50;

    private final PatchedListenerImpl impl;

    /** Creates an unbound listener. */
    public PatchedServerSocket() {
        this(new PatchedListenerImpl());
    }

    private PatchedServerSocket(PatchedListenerImpl impl) {
        super(impl);
        this.impl = impl;
    }

    /**
     * Listens on every address of this host with room for 50 connections to wait.
     *
     * @param port the port; 0 takes a free one
     * @throws IOException a {@link java.net.BindException} if it cannot be had
     */
    public PatchedServerSocket(int port) throws IOException {
        this(port, DEFAULT_BACKLOG, null);
    }

    /**
     * Listens on every address of this host.
     *
     * @param port the port; 0 takes a free one
     * @param backlog how many connections may wait to be accepted; less than 1 is 50
     * @throws IOException a {@link java.net.BindException} if it cannot be had
     */
    public PatchedServerSocket(int port, int backlog) throws IOException {
        this(port, backlog, null);
    }

    /**
     * Listens.
     *
     * @param port the port; 0 takes a free one
     * @param backlog how many connections may wait to be accepted; less than 1 is 50
     * @param bindAddr the address; null is every address of this host
     * @throws IOException a {@link java.net.BindException} if it cannot be had
     */
    @SuppressWarnings("this-escape") // as the JDK's own: whoever overrides bind sees it called here
    public PatchedServerSocket(int port, int backlog, @Nullable InetAddress bindAddr) throws IOException {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("Port value out of range: " + port);
        }
        this();
        boolean bound = false;
        try {
            bind(new InetSocketAddress(bindAddr, port), backlog < 1 ? DEFAULT_BACKLOG : backlog);
            bound = true;
        } finally {
            if (!bound) {
                close();
            }
        }
    }

    /**
     * Creates what is beneath a listener: for a {@link java.net.SocketImplFactory}.
     *
     * @return a new implementation
     */
    public static SocketImpl implementation() {
        return new PatchedListenerImpl();
    }

    @Override
    public Socket accept() throws IOException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isBound()) {
            throw new SocketException("Socket is not bound yet");
        }
        var connection = PatchedSocket.toBeAccepted();
        implAccept(connection);
        return connection;
    }

    /** Tells whether it has been closed, be it by an interrupt, a timeout or a kill of a call on it. Any thread. */
    @Override
    public boolean isClosed() {
        return super.isClosed() || impl.isClosed();
    }
}
