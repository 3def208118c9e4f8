package dev.verdant.green.net;

import dev.verdant.green.EventLoop;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Waiter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose calls wait without holding a thread: a {@link Socket} like any other, with reads and writes of buffers besides.
 *
 * <p>It belongs to the loop on which it was made. Any thread may call it; one thread reads and one writes at a time. {@code SO_TIMEOUT} bounds
 * reads. A read that ends early (timeout, kill) has consumed nothing and the socket stays usable; a write that ends early leaves the output
 * shut. An interrupt closes the socket, as the JDK does on virtual threads. {@link #close()}, from any thread, wakes who waits.
 *
 * <p><b>Options.</b> Those of the JDK's sockets, less the times of keep-alive ({@code TCP_KEEPIDLE} and its kin) on kqueue outside macOS;
 * {@link #supportedOptions()} tells. A Unix-domain socket has {@code SO_SNDBUF}, {@code SO_RCVBUF}, {@code SO_LINGER} and, on Linux, {@code SO_PEERCRED}.
 *
 * <p><b>Reading ahead.</b> {@link #peek} and the input stream's {@code available} read up to 8 KiB into a buffer that is made for the first of these
 * calls, and which later reads empty first. {@code available} so never tells more than that. While another thread reads it does not look, and tells
 * what is buffered.
 *
 * <p><b>Unix domain.</b> {@link #connect(SocketAddress)} and {@link #bind} take a {@link java.net.UnixDomainSocketAddress}, and on Linux a
 * {@link dev.verdant.hub.AbstractUnixAddress}. On such a socket the methods that tell of internet addresses and ports answer as if it were not bound and
 * not connected ({@code null}, 0, -1), and {@link #getRemoteSocketAddress()} and {@link #getLocalSocketAddress()} tell the path. Who the peer is tells
 * {@code getOption(jdk.net.ExtendedSocketOptions.SO_PEERCRED)}. The file of a path is not deleted by a close.
 *
 * <p><b>Proxies.</b> A socket goes by a proxy if it was made with one; {@link java.net.ProxySelector} is not asked.
 */
public class GreenSocket extends Socket implements GreenStream, GreenChannel {

    static {
        Handles.install(GreenSocket.class, GreenSocket::waits);
    }

    private final StreamSocketImpl impl;

    /**
     * Creates an unconnected socket on the caller's loop; see {@link Net#connect}.
     *
     * @throws SocketException never; the constructor it calls declares it
     */
    public GreenSocket() throws SocketException {
        this(new StreamSocketImpl(null));
    }

    /**
     * Creates an unconnected socket that connects by way of a proxy: none ({@link Proxy#NO_PROXY}), a SOCKS proxy of version 5, or an HTTP proxy, by
     * CONNECT. What the proxy asks for is asked of the {@link java.net.Authenticator} (SOCKS only). An address that is not resolved is left to the proxy to
     * resolve. The connect's timeout covers the dealings with the proxy.
     *
     * @param proxy the proxy
     * @throws IllegalArgumentException {@code "Invalid Proxy"} if it is null or of another kind
     * @throws SocketException never; the constructor it calls declares it
     */
    public GreenSocket(Proxy proxy) throws SocketException {
        this(new StreamSocketImpl(ProxyRoute.by(proxy)));
    }

    /**
     * Connects to a host.
     *
     * @param host its name, resolved off the loop, or its address; null is this host
     * @param port the port
     * @throws IOException as {@link Net#connect(SocketAddress)}
     */
    public GreenSocket(@Nullable String host, int port) throws IOException {
        this(LookUp.of(host, port), null);
    }

    /**
     * Connects to an address.
     *
     * @param address the address
     * @param port the port
     * @throws IOException as {@link Net#connect(SocketAddress)}
     */
    public GreenSocket(InetAddress address, int port) throws IOException {
        this(new InetSocketAddress(Objects.requireNonNull(address), port), null);
    }

    /**
     * Connects to a host from a local address.
     *
     * @param host its name, resolved off the loop, or its address; null is this host
     * @param port the port
     * @param localAddress the local address; null is the system's choice
     * @param localPort the local port; 0 is the system's choice
     * @throws IOException as {@link Net#connect(SocketAddress)}
     */
    public GreenSocket(@Nullable String host, int port, @Nullable InetAddress localAddress, int localPort)
            throws IOException {
        this(LookUp.of(host, port), new InetSocketAddress(localAddress, localPort));
    }

    /**
     * Connects to an address from a local address.
     *
     * @param address the address
     * @param port the port
     * @param localAddress the local address; null is the system's choice
     * @param localPort the local port; 0 is the system's choice
     * @throws IOException as {@link Net#connect(SocketAddress)}
     */
    public GreenSocket(InetAddress address, int port, @Nullable InetAddress localAddress, int localPort)
            throws IOException {
        this(new InetSocketAddress(Objects.requireNonNull(address), port),
                new InetSocketAddress(localAddress, localPort));
    }

    @SuppressWarnings("this-escape") // as the JDK's own: whoever overrides bind and connect sees them called here
    private GreenSocket(InetSocketAddress to, @Nullable SocketAddress from) throws IOException {
        this();
        boolean connected = false;
        try {
            if (from != null) {
                bind(from);
            }
            connect(to);
            connected = true;
        } finally {
            if (!connected) {
                close();
            }
        }
    }

    private GreenSocket(StreamSocketImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
    }

    /** Creates what an accept is to fill. */
    static GreenSocket toBeAccepted(boolean isUnix) throws SocketException {
        var socket = new GreenSocket();
        socket.impl.expect(isUnix);
        return socket;
    }

    // ---- connecting

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        if (isClosed() || isConnected() || !impl.choose(endpoint)) {
            super.connect(endpoint, timeout);
        } else {
            super.connect(new UnixTarget(endpoint), timeout);
        }
    }

    @Override
    public void bind(@Nullable SocketAddress bindpoint) throws IOException {
        impl.bind(bindpoint, isClosed() || isBound(), super::bind);
    }

    // ---- addresses

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public InetAddress getInetAddress() {
        return impl.isUnix() ? null : super.getInetAddress();
    }

    @Override
    public int getPort() {
        return impl.isUnix() ? 0 : super.getPort();
    }

    @Override
    public int getLocalPort() {
        return impl.isUnix() ? -1 : super.getLocalPort();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketAddress getRemoteSocketAddress() {
        return impl.isUnix() ? impl.unixPeer() : super.getRemoteSocketAddress();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketAddress getLocalSocketAddress() {
        return impl.isUnix() ? impl.askUnixAddress() : super.getLocalSocketAddress();
    }

    // ---- options

    @Override
    public <T> GreenSocket setOption(SocketOption<T> name, T value) throws IOException {
        super.setOption(name, value);
        return this;
    }

    // ---- bytes

    @Override
    public int read(ByteBuffer target) throws IOException {
        requireWritable(target);
        checkUsable();
        return isInputShutdown() ? -1 : impl.read(target);
    }

    /**
     * Reads what is there, and waits if nothing is, into several buffers with one system call.
     *
     * @param targets where the bytes go, filled in their order; their positions move. If none has room, this returns 0 at once.
     * @return the number of bytes, which may end in the middle of any buffer, or -1 at the end of the stream
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first; the socket stays usable
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the connection is broken or closed
     */
    @Override
    public long read(ByteBuffer... targets) throws IOException {
        for (ByteBuffer target : Objects.requireNonNull(targets, "targets")) {
            requireWritable(target);
        }
        checkUsable();
        return isInputShutdown() ? -1 : impl.read(targets);
    }

    /**
     * Shows what the next read will give, without taking it. Waits if nothing is there, as a read does.
     *
     * @param target where the bytes go; its position moves. A full buffer returns 0 at once. At most 8 KiB are shown, however large it is.
     * @return the number of bytes, or -1 at the end of the stream
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first; the socket stays usable
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the connection is broken or closed
     */
    public int peek(ByteBuffer target) throws IOException {
        requireWritable(target);
        checkUsable();
        return isInputShutdown() ? -1 : impl.peek(target);
    }

    private static void requireWritable(ByteBuffer target) {
        if (Objects.requireNonNull(target, "target").isReadOnly()) {
            throw new IllegalArgumentException("target: " + target + " (expected: a buffer that is not read-only)");
        }
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        requireWritable(target);
        checkUsable();
        return isInputShutdown() ? -1 : impl.tryRead(target);
    }

    @Override
    public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
        checkUsable();
        return isInputShutdown() || impl.awaitReadable(Waiter.nanos(timeout));
    }

    /**
     * Gives bytes back that were read too far: the next reads get them first, before what is still to come. Any number of bytes; they are held in memory.
     *
     * @param bytes what is given back; its position moves
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the socket is closed or not connected
     */
    public void unread(ByteBuffer bytes) throws IOException {
        Objects.requireNonNull(bytes, "bytes");
        checkUsable();
        impl.unread(bytes);
    }

    @Override
    public void writeFully(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        checkUsable();
        impl.writeFully(source);
    }

    /**
     * Writes everything of several buffers, in their order, and waits as often as it takes. What the system has room for goes with one system call: a head
     * and its body in one packet, and large buffers without being joined first. If it ends early (timeout, kill, interrupt) a part may have gone: the
     * outgoing direction is shut then, and the exception says how much.
     *
     * @param sources the bytes; their positions move. Direct buffers are sent without a copy
     * @throws ConcurrentUseException if another thread writes
     * @throws IOException if the connection is broken or closed
     */
    @Override
    public void writeFully(ByteBuffer... sources) throws IOException {
        for (ByteBuffer source : Objects.requireNonNull(sources, "sources")) {
            Objects.requireNonNull(source, "source");
        }
        checkUsable();
        impl.writeFully(sources);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        checkUsable();
        return impl.tryWrite(source);
    }

    @Override
    public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
        checkUsable();
        return impl.awaitWritable(Waiter.nanos(timeout));
    }

    /** What {@link Trampoline} waits on. */
    Pollable waits() throws SocketException {
        checkUsable();
        return impl.waits();
    }

    /** Tells whether a read would find bytes that were read ahead. */
    boolean isBuffered() {
        return impl.isBuffered();
    }

    /**
     * Gives the connection to another loop: who waits for it from now on waits for that loop's poller, without a detour. Nothing of the stream is lost,
     * whatever has been read ahead or has arrived meanwhile, and its options stay. Any thread; between two calls on the socket.
     *
     * @param target a loop on a hub of the same kind; the socket's own loop changes nothing
     * @throws ConcurrentUseException if a thread reads or writes; the socket stays where it is
     * @throws dev.verdant.green.LoopClosedException if the target has closed. If it closes in the middle of the move, the socket is closed, too
     * @throws IOException if the socket is closed or not connected
     */
    public void moveTo(EventLoop target) throws IOException {
        Loop to = Handles.loopOf(Objects.requireNonNull(target, "target"));
        checkUsable();
        impl.moveTo(to);
    }

    /** Leaves for another loop, where {@link #arrive()} follows. */
    void leaveFor(Loop target) throws IOException {
        impl.leaveFor(target);
    }

    /** Arrives at the loop it has left for, if it has not yet. */
    void arrive() throws IOException {
        impl.arrive();
    }

    private void checkUsable() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isConnected()) {
            throw new SocketException("Socket is not connected");
        }
    }

    /** Tells whether it has been closed, be it by an interrupt of a call on it. Any thread. */
    @Override
    public boolean isClosed() {
        return super.isClosed() || impl.isClosed();
    }

    @Override
    public String toString() {
        return isConnected() ? impl.toString() : "GreenSocket[unconnected]";
    }
}
