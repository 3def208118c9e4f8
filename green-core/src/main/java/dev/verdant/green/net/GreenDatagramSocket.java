package dev.verdant.green.net;

import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket whose calls wait without holding a thread: a {@link DatagramSocket} like any other, with messages in buffers besides. They
 * also go to and come from Unix-domain sockets, whose addresses a {@link DatagramPacket} cannot hold.
 *
 * <p>It belongs to the loop on which it was made. Any thread may call it; one thread receives and one sends at a time. {@code SO_TIMEOUT} bounds
 * receives. A receive that ends early (timeout, kill) has taken no message. A send waits only while the operating system has no room. An
 * interrupt closes the socket, as the JDK does on virtual threads. {@link #close()}, from any thread, wakes who waits, and the port is free when it
 * returns.
 *
 * <p>A Unix-domain socket has no port and no {@link InetAddress}: of these it says what an unbound and unconnected socket says.
 */
public class GreenDatagramSocket extends DatagramSocket implements GreenChannel {

    static {
        Handles.install(GreenDatagramSocket.class, GreenDatagramSocket::waits);
    }

    private final DatagramEndpoint endpoint;

    /**
     * Creates a UDP socket on the caller's loop, bound to a free port of every address.
     *
     * @throws SocketException if the operating system refuses
     * @throws IllegalStateException on a thread that is on no loop
     */
    public GreenDatagramSocket() throws SocketException {
        this(new InetSocketAddress(0));
    }

    /**
     * Creates a UDP socket on the caller's loop, bound to a port of every address.
     *
     * @param port the port; 0 takes a free one
     * @throws SocketException a {@link java.net.BindException} if the port cannot be had
     * @throws IllegalStateException on a thread that is on no loop
     */
    public GreenDatagramSocket(int port) throws SocketException {
        this(port, null);
    }

    /**
     * Creates a UDP socket on the caller's loop, bound to a port of an address.
     *
     * @param port the port; 0 takes a free one
     * @param at the address; null for every address
     * @throws SocketException a {@link java.net.BindException} if the port cannot be had
     * @throws IllegalStateException on a thread that is on no loop
     */
    public GreenDatagramSocket(int port, @Nullable InetAddress at) throws SocketException {
        this(new InetSocketAddress(at, port));
    }

    /**
     * Creates a socket on the caller's loop.
     *
     * @param at where it is bound: an {@link InetSocketAddress}, a {@link UnixDomainSocketAddress}, or a
     *         {@link dev.verdant.hub.AbstractUnixAddress} on Linux; null makes an unbound UDP socket, and the {@code UnixDomainSocketAddress} of the
     *         empty path an unbound Unix-domain one
     * @throws SocketException a {@link java.net.BindException} if the address cannot be had
     * @throws UnsupportedOperationException if the loop's hub has no sockets of that kind; the message says why
     * @throws IllegalStateException on a thread that is on no loop
     */
    public GreenDatagramSocket(@Nullable SocketAddress at) throws SocketException {
        this(open(at));
    }

    private GreenDatagramSocket(DatagramEndpoint endpoint) {
        super(new UnusedDatagramSocketImpl());
        this.endpoint = endpoint;
    }

    private static DatagramEndpoint open(@Nullable SocketAddress at) throws SocketException {
        DatagramEndpoint opened = null;
        boolean done = false;
        try {
            opened = DatagramEndpoint.open(at == null ? SocketDomain.INTERNET : SocketDomain.of(at));
            if (at != null && !isUnnamed(at)) {
                opened.bind(at);
            }
            opened.allowBroadcast();
            done = true;
            return opened;
        } catch (IOException e) {
            throw asSocketException(e);
        } finally {
            if (!done && opened != null) {
                opened.close();
            }
        }
    }

    private static boolean isUnnamed(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix && unix.getPath().toString().isEmpty();
    }

    private static SocketException asSocketException(IOException e) {
        return switch (e) {
            case SocketException known -> known;
            case ClosedChannelException _ -> new SocketException("Socket is closed", e);
            default -> new SocketException(e.getMessage(), e);
        };
    }

    // ---- messages

    /**
     * Sends a message, all of it or nothing; waits while the operating system has no room.
     *
     * @param message from its position to its limit, which may be nothing; its position moves to its limit
     * @param to where to; on a connected socket its peer, or null for it
     * @throws java.net.PortUnreachableException if the peer of a connected socket has refused what was sent before
     * @throws ConcurrentUseException if another thread waits to send
     * @throws IllegalArgumentException if the address is of another kind than the socket
     * @throws IOException if the socket is closed, or the message too long
     */
    public void send(ByteBuffer message, @Nullable SocketAddress to) throws IOException {
        Objects.requireNonNull(message, "message");
        if (to != null && SocketDomain.of(to) != endpoint.domain()) {
            throw new IllegalArgumentException("to: " + to + " (expected: "
                    + (endpoint.domain() == SocketDomain.INTERNET
                            ? "an InetSocketAddress; for Unix-domain peers make the socket with such an address, UnixDomainSocketAddress.of(\"\") for none)"
                            : "a Unix-domain address, as the socket's own)"));
        }
        endpoint.send(message, to);
    }

    /**
     * Waits for a message.
     *
     * @param target where it goes; its position moves. What does not fit is lost.
     * @return the sender; one of a Unix-domain socket that is not bound has no name
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first
     * @throws java.net.PortUnreachableException if the peer of a connected socket has refused what was sent before
     * @throws ConcurrentUseException if another thread receives
     * @throws IOException if the socket is closed
     */
    public SocketAddress receive(ByteBuffer target) throws IOException {
        if (Objects.requireNonNull(target, "target").isReadOnly()) {
            throw new IllegalArgumentException("target: " + target + " (expected: a buffer that is not read-only)");
        }
        return endpoint.receive(target, null);
    }

    @Override
    public void send(DatagramPacket packet) throws IOException {
        Objects.requireNonNull(packet, "packet");
        checkHoldsAddresses();
        ByteBuffer message;
        SocketAddress to;
        synchronized (packet) {
            if (isClosed()) {
                throw new SocketException("Socket closed");
            }
            message = ByteBuffer.wrap(packet.getData(), packet.getOffset(), packet.getLength());
            if (packet.getAddress() == null && endpoint.remote() instanceof InetSocketAddress peer) {
                packet.setSocketAddress(peer);
            }
            to = packet.getAddress() == null ? null : packet.getSocketAddress();
        }
        endpoint.send(message, to);
    }

    @Override
    public void receive(DatagramPacket packet) throws IOException {
        Objects.requireNonNull(packet, "packet");
        checkHoldsAddresses();
        endpoint.receive(null, packet);
    }

    private void checkHoldsAddresses() throws SocketException {
        if (endpoint.domain() == SocketDomain.UNIX) {
            throw new SocketException("A DatagramPacket holds no Unix-domain address; use send and receive of buffers");
        }
    }

    /** What {@link Trampoline} waits on. */
    Pollable waits() throws SocketException {
        checkNotClosed();
        try {
            return endpoint.waits();
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    // ---- addresses

    @Override
    public void bind(@Nullable SocketAddress at) throws SocketException {
        SocketAddress wanted = at == null ? new InetSocketAddress(0) : at;
        checkDomain(wanted);
        try {
            endpoint.bind(wanted);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    private void checkDomain(SocketAddress address) {
        if (SocketDomain.of(address) != endpoint.domain()) {
            throw new UnsupportedAddressTypeException();
        }
    }

    @Override
    public void connect(InetAddress address, int port) {
        if (address == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        try {
            connect(new InetSocketAddress(address, port));
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Fixes the peer, which may also be a Unix-domain socket. What was received before is forgotten.
     *
     * @param to the peer
     * @throws SocketException if the operating system refuses
     */
    @Override
    public void connect(SocketAddress to) throws SocketException {
        if (to == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        checkDomain(to);
        try {
            endpoint.connect(to);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    @Override
    public void disconnect() {
        try {
            endpoint.disconnect();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isBound() {
        return endpoint.local() != null;
    }

    @Override
    public boolean isConnected() {
        return endpoint.remote() != null;
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        return endpoint.remote() instanceof InetSocketAddress peer ? peer.getAddress() : null;
    }

    @Override
    public int getPort() {
        return endpoint.remote() instanceof InetSocketAddress peer ? peer.getPort() : -1;
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return endpoint.remote();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return isClosed() ? null : endpoint.local();
    }

    @Override
    public @Nullable InetAddress getLocalAddress() {
        if (isClosed()) {
            return null;
        }
        return endpoint.local() instanceof InetSocketAddress local
                ? local.getAddress()
                : new InetSocketAddress(0).getAddress();
    }

    @Override
    public int getLocalPort() {
        if (isClosed()) {
            return -1;
        }
        return endpoint.local() instanceof InetSocketAddress local ? local.getPort() : 0;
    }

    // ---- options

    @Override
    public <T> DatagramSocket setOption(SocketOption<T> option, T value) throws IOException {
        checkSupported(option);
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        checkChannelOpen();
        endpoint.channel().setOption(option, value);
        return this;
    }

    @Override
    public <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        checkSupported(option);
        checkChannelOpen();
        return endpoint.channel().getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return endpoint.channel().supportedOptions();
    }

    private void checkSupported(SocketOption<?> option) {
        if (!supportedOptions().contains(Objects.requireNonNull(option, "option"))) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }

    private void checkChannelOpen() throws ClosedChannelException {
        if (isClosed()) {
            throw new ClosedChannelException();
        }
    }

    private <T> void set(SocketOption<T> option, T value) throws SocketException {
        try {
            setOption(option, value);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    private <T> T get(SocketOption<T> option) throws SocketException {
        try {
            return Objects.requireNonNull(getOption(option));
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        checkNotClosed();
        if (millis < 0) {
            throw new IllegalArgumentException("timeout < 0");
        }
        endpoint.timeoutMillis(millis);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        checkNotClosed();
        return endpoint.timeoutMillis();
    }

    private void checkNotClosed() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        if (size <= 0) {
            throw new IllegalArgumentException("Invalid send size");
        }
        set(StandardSocketOptions.SO_SNDBUF, size);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        if (size <= 0) {
            throw new IllegalArgumentException("Invalid receive size");
        }
        set(StandardSocketOptions.SO_RCVBUF, size);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_RCVBUF);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void setBroadcast(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_BROADCAST, on);
    }

    @Override
    public boolean getBroadcast() throws SocketException {
        return get(StandardSocketOptions.SO_BROADCAST);
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        set(StandardSocketOptions.IP_TOS, trafficClass);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return get(StandardSocketOptions.IP_TOS);
    }

    // ---- multicast

    @Override
    public void joinGroup(@Nullable SocketAddress group, @Nullable NetworkInterface on) throws IOException {
        InetAddress address = groupOf(group);
        NetworkInterface where = whereOf(on);
        checkNotClosed();
        endpoint.join(address, where);
    }

    @Override
    public void leaveGroup(@Nullable SocketAddress group, @Nullable NetworkInterface on) throws IOException {
        InetAddress address = groupOf(group);
        NetworkInterface where = whereOf(on);
        checkNotClosed();
        endpoint.leave(address, where);
    }

    private static InetAddress groupOf(@Nullable SocketAddress group) throws SocketException {
        if (!(group instanceof InetSocketAddress inet)) {
            throw new IllegalArgumentException("Unsupported address type");
        }
        if (inet.isUnresolved()) {
            throw new IllegalArgumentException("Unresolved address");
        }
        if (!inet.getAddress().isMulticastAddress()) {
            throw new SocketException("Not a multicast address");
        }
        return inet.getAddress();
    }

    /** Where nothing is said, what was set for sending; else null, for the operating system's choice. */
    private @Nullable NetworkInterface whereOf(@Nullable NetworkInterface on) throws SocketException {
        if (on != null) {
            return on;
        }
        try {
            return getOption(StandardSocketOptions.IP_MULTICAST_IF);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    // ---- life

    @Override
    public void close() {
        endpoint.close();
    }

    @Override
    public boolean isClosed() {
        return endpoint.isClosed();
    }

    /**
     * Returns null: a green socket has a hub's channel beneath it, not one of NIO's.
     *
     * @return null
     */
    @Override
    public @Nullable DatagramChannel getChannel() {
        return null;
    }

    @Override
    public String toString() {
        return endpoint.toString();
    }
}
