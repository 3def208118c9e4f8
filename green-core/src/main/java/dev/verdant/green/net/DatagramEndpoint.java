package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Packets;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Tries;
import dev.verdant.green.net.SocketWaits.Use;
import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A datagram channel, beneath {@link GreenDatagramSocket}: its waits and what the JDK remembers of a socket, closed or not.
 *
 * <p>The poller learns of the channel when somebody waits for it first: a socket that only sends costs no registration and no events.
 */
final class DatagramEndpoint {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(16);

    private final SocketDomain domain;
    private final DatagramChannel channel;
    private final Pollable waits;

    /** {@code SO_TIMEOUT} in milliseconds; 0 is for ever. */
    private volatile int timeoutMillis;

    // Written under this object's monitor, and kept when the socket is closed.
    private volatile @Nullable SocketAddress local;
    private volatile @Nullable SocketAddress remote;
    private final Set<Membership> memberships = new HashSet<>();

    private record Membership(InetAddress group, @Nullable NetworkInterface on) {}

    private DatagramEndpoint(Loop loop, SocketDomain domain, DatagramChannel channel) {
        this.domain = domain;
        this.channel = channel;
        this.waits = new Pollable(loop, channel, this);
        waits.enlist();
    }

    /**
     * Opens an unbound channel on the caller's loop.
     *
     * @throws UnsupportedOperationException if the hub has no such channels
     */
    static DatagramEndpoint open(SocketDomain domain) throws IOException {
        Loop loop = Loop.requireFiber("new GreenDatagramSocket").loop();
        return new DatagramEndpoint(loop, domain, loop.hub().openDatagram(domain));
    }

    DatagramChannel channel() {
        return channel;
    }

    SocketDomain domain() {
        return domain;
    }

    @Nullable SocketAddress local() {
        return local;
    }

    @Nullable SocketAddress remote() {
        return remote;
    }

    boolean isClosed() {
        return waits.isClosed() || !channel.isOpen();
    }

    void close() {
        waits.close();
    }

    int timeoutMillis() {
        return timeoutMillis;
    }

    void timeoutMillis(int millis) {
        timeoutMillis = millis;
    }

    // ---- addresses

    /** The JDK has every socket send to broadcast addresses, where the system lets it. */
    void allowBroadcast() {
        if (domain == SocketDomain.INTERNET) {
            try {
                channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
            } catch (IOException e) {
                // Then not.
            }
        }
    }

    synchronized void bind(SocketAddress at) throws IOException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (local != null) {
            throw new SocketException("Already bound");
        }
        checkResolved(at);
        channel.bind(at);
        local = channel.localAddress();
    }

    /** A Unix-domain socket may send without a name of its own. */
    private void bindIfNeeded() throws IOException {
        if (local == null && domain == SocketDomain.INTERNET) {
            synchronized (this) {
                if (local == null) {
                    channel.bind(new InetSocketAddress(0));
                    local = channel.localAddress();
                }
            }
        }
    }

    synchronized void connect(SocketAddress to) throws IOException {
        checkResolved(to);
        if (isClosed()) {
            return;
        }
        if (to instanceof InetSocketAddress inet && inet.getPort() == 0) {
            throw new SocketException("Can't connect to port 0");
        }
        bindIfNeeded();
        channel.connect(to);
        remote = to;
        local = channel.localAddress();
    }

    synchronized void disconnect() throws IOException {
        if (!isClosed() && remote != null) {
            channel.disconnect();
            remote = null;
            local = channel.localAddress();
        }
    }

    private static void checkResolved(SocketAddress address) throws SocketException {
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            throw new SocketException("Unresolved address");
        }
    }

    /** For a wait without a try. */
    Pollable waits() throws IOException {
        bindIfNeeded();
        return waits;
    }

    // ---- receiving

    /** Receives into the buffer, or into the packet if there is no buffer. Returns the sender. */
    SocketAddress receive(@Nullable ByteBuffer buffer, @Nullable DatagramPacket packet) throws IOException {
        checkOpen();
        SocketWaits.claim(waits, Use.RECEIVE, this);
        try {
            bindIfNeeded();
            Tries.takeTurn(waits, this::close);
            Deadline deadline = null;
            while (true) {
                int state = waits.state(Readiness.READ);
                if (Pollable.isReady(state) && !waits.isClosed()) {
                    SocketAddress sender = buffer != null
                            ? channel.receive(buffer)
                            : tryReceive(Objects.requireNonNull(packet));
                    if (sender != null) {
                        return sender;
                    }
                    waits.drained(Readiness.READ, state);
                }
                if (deadline == null) {
                    deadline = Deadline.ofMillis(timeoutMillis, "Receive timed out");
                }
                deadline.await(waits, Readiness.READ, this::close);
            }
        } finally {
            waits.release(Readiness.READ);
        }
    }

    private @Nullable SocketAddress tryReceive(DatagramPacket packet) throws IOException {
        synchronized (packet) {
            int offset = packet.getOffset();
            var target = ByteBuffer.wrap(packet.getData(), offset, Packets.room(packet));
            SocketAddress sender = channel.receive(target);
            if (sender != null) {
                Packets.received(packet, target.position() - offset);
                packet.setSocketAddress(sender);
            }
            return sender;
        }
    }

    // ---- sending

    /**
     * Sends a message.
     *
     * @param to where to, or null for the peer
     */
    void send(ByteBuffer message, @Nullable SocketAddress to) throws IOException {
        checkOpen();
        SocketWaits.claim(waits, Use.SEND, this);
        try {
            SocketAddress target = targetOf(to);
            Tries.takeTurn(waits, this::close);
            long pause = FIRST_PAUSE_NANOS;
            while (true) {
                int state = waits.state(Readiness.WRITE);
                if (Pollable.isReady(state) && !waits.isClosed()) {
                    if (trySend(message, target)) {
                        return;
                    }
                    if (tellsWhenWritable(target)) {
                        waits.drained(Readiness.WRITE, state);
                    }
                }
                if (tellsWhenWritable(target)) {
                    Deadline.NEVER.await(waits, Readiness.WRITE, this::close);
                } else {
                    Deadline.ofNanos(pause, "").await(waits, Readiness.WRITE, this::close);
                    pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
                }
            }
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    private boolean trySend(ByteBuffer message, @Nullable SocketAddress target) throws IOException {
        try {
            return channel.send(message, target);
        } catch (ResourceExhaustedException e) {
            if (tellsWhenWritable(target)) {
                throw e;
            }
            return false;
        }
    }

    /**
     * A Unix-domain message that finds the receiver's queue full would block, but the system tells when there is room only to a socket that is
     * connected to that receiver; to others the hub says that something is exhausted. They try again after a while.
     */
    private boolean tellsWhenWritable(@Nullable SocketAddress target) {
        return domain == SocketDomain.INTERNET || target == null;
    }

    /** Checks where a message is to go, and binds; null for the peer. */
    private @Nullable SocketAddress targetOf(@Nullable SocketAddress to) throws IOException {
        SocketAddress peer = remote;
        if (peer != null) {
            if (to != null && !to.equals(peer)) {
                throw new IllegalArgumentException("Connected and packet address differ");
            }
            return null;
        }
        if (to == null) {
            throw new IllegalArgumentException("Address not set");
        }
        checkResolved(to);
        bindIfNeeded();
        if (to instanceof InetSocketAddress inet && inet.getPort() == 0) {
            throw new SocketException("Can't send to port 0");
        }
        return to;
    }

    private void checkOpen() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket closed");
        }
    }

    // ---- multicast

    synchronized void join(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        var membership = new Membership(group, on);
        if (memberships.contains(membership)) {
            throw new SocketException("Already a member of group");
        }
        channel.join(group, on);
        memberships.add(membership);
    }

    synchronized void leave(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        var membership = new Membership(group, on);
        if (!memberships.contains(membership)) {
            throw new SocketException("Not a member of group");
        }
        channel.leave(group, on);
        memberships.remove(membership);
    }

    /** Names the socket for messages: its addresses. */
    @Override
    public String toString() {
        SocketAddress bound = local;
        SocketAddress peer = remote;
        return "GreenDatagramSocket[" + (bound == null ? "unbound" : "local=" + bound)
                + (peer == null ? "" : ",peer=" + peer) + "]";
    }
}
