package dev.verdant.green.net;

import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/**
 * A listener whose accept waits without holding a thread: a {@link ServerSocket} like any other.
 *
 * <p>It belongs to the loop on which it was made. Any thread may call it; one accepts at a time. {@link #close()}, from any thread, wakes who
 * accepts, and the port is free when it returns.
 *
 * <p><b>Options.</b> Those of the JDK's listeners, less {@code IP_TOS} on NIO and the times of keep-alive ({@code TCP_KEEPIDLE} and its kin) on kqueue
 * outside macOS; {@link #supportedOptions()} tells. A Unix-domain listener has {@code SO_RCVBUF} alone.
 *
 * <p><b>Unix domain.</b> {@link #bind(SocketAddress)} takes a {@link java.net.UnixDomainSocketAddress}, and on Linux a
 * {@link dev.verdant.hub.AbstractUnixAddress}. {@link #getInetAddress()} is null then, {@link #getLocalPort()} is -1 and {@link #getLocalSocketAddress()} tells
 * the path. A path that exists is refused, also if nobody listens there any more; the file is not deleted by a close. Both are as with the JDK.
 */
public class GreenServerSocket extends ServerSocket implements GreenChannel {

    static {
        Handles.install(GreenServerSocket.class, GreenServerSocket::waits);
    }

    private static final int DEFAULT_BACKLOG = 50;

    private final ListenerSocketImpl impl;
    private final Handlers handlers;

    /** Creates an unbound listener on the caller's loop; see {@link Net#listen}. */
    public GreenServerSocket() {
        this(new ListenerSocketImpl(null));
    }

    /** Creates an unbound listener of a loop. Any thread. */
    GreenServerSocket(Loop loop) {
        this(new ListenerSocketImpl(loop));
    }

    /**
     * Listens on every address of this host with room for 50 connections to wait.
     *
     * @param port the port; 0 takes a free one
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public GreenServerSocket(int port) throws IOException {
        this(port, DEFAULT_BACKLOG, null);
    }

    /**
     * Listens on every address of this host.
     *
     * @param port the port; 0 takes a free one
     * @param backlog how many connections may wait to be accepted; less than 1 is 50
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public GreenServerSocket(int port, int backlog) throws IOException {
        this(port, backlog, null);
    }

    /**
     * Listens.
     *
     * @param port the port; 0 takes a free one
     * @param backlog how many connections may wait to be accepted; less than 1 is 50
     * @param bindAddr the address; null is every address of this host
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    @SuppressWarnings("this-escape") // as the JDK's own: whoever overrides bind sees it called here
    public GreenServerSocket(int port, int backlog, @Nullable InetAddress bindAddr) throws IOException {
        this();
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("Port value out of range: " + port);
        }
        boolean bound = false;
        try {
            bind(new InetSocketAddress(bindAddr, port), backlog);
            bound = true;
        } finally {
            if (!bound) {
                close();
            }
        }
    }

    private GreenServerSocket(ListenerSocketImpl impl) {
        super(impl);
        this.impl = impl;
        this.handlers = new Handlers(impl);
    }

    // ---- binding

    /** Opens, later, the kind of socket that the address needs; returns whether that is a Unix-domain one. Before any option is set. */
    boolean becomesUnix(SocketAddress at) throws SocketException {
        return impl.choose(at);
    }

    @Override
    public void bind(@Nullable SocketAddress endpoint) throws IOException {
        bind(endpoint, DEFAULT_BACKLOG);
    }

    @Override
    public void bind(@Nullable SocketAddress endpoint, int backlog) throws IOException {
        impl.bind(endpoint, isClosed() || isBound(), at -> super.bind(at, backlog));
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public InetAddress getInetAddress() {
        return impl.isUnix() ? null : super.getInetAddress();
    }

    @Override
    public int getLocalPort() {
        return impl.isUnix() ? -1 : super.getLocalPort();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketAddress getLocalSocketAddress() {
        return impl.isUnix() ? impl.unixAddress() : super.getLocalSocketAddress();
    }

    @Override
    public <T> GreenServerSocket setOption(SocketOption<T> name, T value) throws IOException {
        super.setOption(name, value);
        return this;
    }

    // ---- accepting

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
        var connection = GreenSocket.toBeAccepted(impl.isUnix());
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
    public void close() throws IOException {
        super.close();
        handlers.closed();
    }

    /** Has who accepts accept what is there and then close this. Any thread. */
    void closeWhenEmpty() {
        try {
            impl.closeWhenEmpty();
        } catch (SocketException e) {
            // It is closed already.
        }
    }

    /** Whether {@link #closeWhenEmpty} has been called. */
    boolean closesWhenEmpty() {
        return impl.closesWhenEmpty();
    }

    /** Who works for it. */
    Handlers handlers() {
        return handlers;
    }

    /** The loop it belongs to. Bound. */
    Loop loop() {
        try {
            return impl.waits().loop();
        } catch (SocketException e) {
            throw new IllegalArgumentException("server: " + this + " (expected: a listener that is bound)", e);
        }
    }

    /** Tells whether it has been closed, be it by an interrupt of a call on it. Any thread. */
    @Override
    public boolean isClosed() {
        return super.isClosed() || impl.isClosed();
    }

    @Override
    public String toString() {
        return isBound() ? impl.toString() : "GreenServerSocket[unbound]";
    }
}
