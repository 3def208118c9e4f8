package dev.verdant.testkit.sim;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Messages without a connection: UDP, or Unix-domain datagrams. */
final class SimDatagram extends SimSocket implements DatagramChannel {

    /** The longest message of UDP over IPv4, in bytes. */
    private static final int LONGEST = 65_507;

    /** As many messages wait for a Unix-domain receiver; then senders wait. */
    private static final int MOST_WAITING = 10;

    private static final String TOO_LONG = "Message too long";

    // Guarded by the timeline's word.
    private @Nullable SocketAddress peer;
    private boolean shut;
    private boolean peerUnreachable;
    private int waitingBytes;
    private final Deque<Message> waiting = new ArrayDeque<>();
    private final Set<SimDatagram> sendersWithoutRoom = new LinkedHashSet<>();
    private final Set<Membership> memberships = new HashSet<>();

    SimDatagram(SimHub hub, SimHost host, SocketDomain domain) throws SocketException {
        super(hub, host, domain, host.udp, OptionValues.ofDatagram(domain == SocketDomain.UNIX));
    }

    // ---- addresses

    @Override
    public void bind(SocketAddress at) throws IOException {
        bindTo(at);
    }

    @Override
    boolean sharesPort() {
        return options.isOn(StandardSocketOptions.SO_REUSEADDR) || options.isOn(StandardSocketOptions.SO_REUSEPORT);
    }

    @Override
    public void connect(SocketAddress to) throws IOException {
        requireDomain(to);
        time.enter();
        try {
            requireOpen();
            if (isUnix()) {
                SimDatagram _ = unixReceiver(to);
            } else {
                InetSocketAddress target = resolved((InetSocketAddress) to);
                if (local instanceof InetSocketAddress bound && bound.getAddress().isLoopbackAddress()
                        && !host.isOwn(target.getAddress())) {
                    throw new SocketException("Invalid argument: " + to);
                }
                bindTowards(target.getAddress());
            }
            peer = to;
            peerUnreachable = false;
        } finally {
            time.leave();
        }
    }

    private InetSocketAddress bindTowards(InetAddress target) throws IOException {
        if (local == null) {
            // Of all addresses: who has sent to one peer is heard by others, too.
            local = host.udp.bind(this, new InetSocketAddress(0));
        }
        return Ports.bindTowards(this, host.udp, (InetSocketAddress) local, target);
    }

    @Override
    public void disconnect() throws IOException {
        time.enter();
        try {
            requireOpen();
            peer = null;
            peerUnreachable = false;
        } finally {
            time.leave();
        }
    }

    /** Who has a peer is bound to the address that leads there. */
    @Override
    public @Nullable SocketAddress localAddress() throws IOException {
        time.enter();
        try {
            requireOpen();
            return local instanceof InetSocketAddress && peer instanceof InetSocketAddress to
                    ? bindTowards(to.getAddress())
                    : local;
        } finally {
            time.leave();
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        time.enter();
        try {
            requireOpen();
            return peer;
        } finally {
            time.leave();
        }
    }

    // ---- receiving

    @Override
    public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        time.enter();
        try {
            requireUsable();
            Message message = next();
            if (message == null) {
                return null;
            }
            target.put(message.bytes, 0, Math.min(message.bytes.length, target.remaining()));
            return message.sender;
        } finally {
            time.leave();
        }
    }

    private @Nullable Message next() throws IOException {
        tellOfPeer();
        if (!waiting.isEmpty() && world.strikes(Mishap.READ_BLOCKED)) {
            tellAnew(Readiness.READ);
            return null;
        }
        for (Message message = waiting.poll(); message != null; message = waiting.poll()) {
            waitingBytes -= message.bytes.length;
            offerRoom();
            if (isFromPeer(message)) {
                return message;
            }
        }
        return null;
    }

    private boolean isFromPeer(Message message) {
        return peer == null || peer.equals(message.sender);
    }

    private void tellOfPeer() throws PortUnreachableException {
        if (peerUnreachable) {
            peerUnreachable = false;
            throw new PortUnreachableException();
        }
    }

    private void offerRoom() {
        if (!sendersWithoutRoom.isEmpty() && waiting.size() < MOST_WAITING) {
            for (SimDatagram sender : sendersWithoutRoom) {
                sender.tell(Readiness.WRITE);
            }
            sendersWithoutRoom.clear();
        }
    }

    private void requireUsable() throws SocketException {
        requireOpen();
        if (shut) {
            throw new SocketException("Socket closed");
        }
    }

    // ---- sending

    @Override
    public boolean send(ByteBuffer source, @Nullable SocketAddress target) throws IOException {
        if (target != null) {
            requireDomain(target);
        }
        time.enter();
        try {
            requireUsable();
            tellOfPeer();
            SocketAddress to = target == null ? peer : target;
            if (to == null) {
                throw new SocketException("Destination address required");
            }
            return isUnix() ? sendUnix(source, to) : sendUdp(source, resolved((InetSocketAddress) to));
        } finally {
            time.leave();
        }
    }

    private boolean sendUnix(ByteBuffer source, SocketAddress to) throws IOException {
        SimDatagram receiver = unixReceiver(to);
        if (source.remaining() > options.buffer(StandardSocketOptions.SO_SNDBUF)) {
            throw new SocketException(TOO_LONG);
        }
        if (receiver.waiting.size() >= MOST_WAITING) {
            receiver.sendersWithoutRoom.add(this);
            return false;
        }
        receiver.arrived(message(source, local == null ? UnixNames.UNNAMED : local));
        return true;
    }

    private SimDatagram unixReceiver(SocketAddress at) throws IOException {
        SimChannel found = UnixNames.find(host, at);
        if (found instanceof SimDatagram receiver && !receiver.shut) {
            return receiver;
        }
        throw new ConnectException("Connection refused: " + at);
    }

    private boolean sendUdp(ByteBuffer source, InetSocketAddress to) throws IOException {
        if (to.getPort() == 0) {
            throw new SocketException("Invalid argument: " + to);
        }
        if (source.remaining() > LONGEST) {
            throw new SocketException(TOO_LONG);
        }
        if (world.strikes(Mishap.DATAGRAM_BLOCKED)) {
            tellAnew(Readiness.WRITE);
            return false;
        }
        InetAddress address = to.getAddress();
        Message message = message(source, bindTowards(address));
        if (address.isMulticastAddress() || address.equals(SimHost.BROADCAST)) {
            sendToMany(message, to);
            return true;
        }
        SimHost there = host.find(address);
        if (there == null) {
            lost(message);
        } else {
            send(message, there, to.getAddress().isAnyLocalAddress()
                    ? new InetSocketAddress(SimHost.LOOPBACK, to.getPort())
                    : to);
        }
        return true;
    }

    private Message message(ByteBuffer source, SocketAddress sender) {
        var bytes = new byte[source.remaining()];
        source.get(bytes);
        time.tell(NetEvent.DATAGRAM_SENT, number, 0, bytes.length);
        return new Message(bytes, sender);
    }

    private void sendToMany(Message message, InetSocketAddress to) throws SocketException {
        boolean broadcast = !to.getAddress().isMulticastAddress();
        if (broadcast && !options.isOn(StandardSocketOptions.SO_BROADCAST)) {
            throw new SocketException("Permission denied: " + to);
        }
        for (SimHost there : world.hostsNow()) {
            if (broadcast || there != host || options.isOn(StandardSocketOptions.IP_MULTICAST_LOOP)) {
                send(message, there, to);
            }
        }
    }

    private void send(Message message, SimHost there, InetSocketAddress to) {
        if (!host.linkTo(there).carry(new Packet(message, there, to), message.bytes.length)) {
            lost(message);
        }
    }

    private void lost(Message message) {
        time.tell(NetEvent.LOST, number, 0, message.bytes.length);
    }

    private boolean isMember(InetAddress group) {
        for (Membership membership : memberships) {
            if (membership.group.equals(group)) {
                return true;
            }
        }
        return false;
    }

    /** A message has come. */
    private void arrived(Message message) {
        if (!isUnix() && waitingBytes + message.bytes.length > options.buffer(StandardSocketOptions.SO_RCVBUF)) {
            lost(message);
            return;
        }
        waiting.add(message);
        waitingBytes += message.bytes.length;
        time.tell(NetEvent.DATAGRAM_ARRIVED, number, 0, message.bytes.length);
        tell(Readiness.READ);
    }

    /** Nobody has the port that a message was sent to. */
    private void unreachable(InetSocketAddress port) {
        if (!isGone() && port.equals(peer)) {
            peerUnreachable = true;
            tell(Readiness.READ | Readiness.WRITE);
        }
    }

    /** What is sent. Nobody changes the bytes. */
    private static final class Message {

        private final byte[] bytes;
        private final SocketAddress sender;

        Message(byte[] bytes, SocketAddress sender) {
            this.bytes = bytes;
            this.sender = sender;
        }
    }

    /** A message on its way to a host. */
    private final class Packet extends Parcel {

        private final Message message;
        private final SimHost there;
        private final InetSocketAddress to;

        Packet(Message message, SimHost there, InetSocketAddress to) {
            this.message = message;
            this.there = there;
            this.to = to;
        }

        @Override
        void happen() {
            if (there.isDown()) {
                lost(message);
            } else if (to.getAddress().isMulticastAddress() || to.getAddress().equals(SimHost.BROADCAST)) {
                for (SimChannel channel : there.udp.at(to.getPort())) {
                    var receiver = (SimDatagram) channel;
                    if (!to.getAddress().isMulticastAddress() || receiver.isMember(to.getAddress())) {
                        receiver.arrived(message);
                    }
                }
            } else {
                arriveAtOne();
            }
        }

        private void arriveAtOne() {
            SimDatagram receiver = null;
            for (SimChannel channel : there.udp.at(to.getAddress(), to.getPort())) {
                var candidate = (SimDatagram) channel;
                // Of several, the one that is connected to the sender; else the one that was bound last.
                if (receiver == null || receiver.peer == null || candidate.isConnectedTo(message.sender)) {
                    receiver = candidate;
                }
            }
            if (receiver != null) {
                receiver.arrived(message);
            } else {
                boolean _ = there.linkTo(host).carryCertainly(new Refusal(to));
            }
        }

        @Override
        Parcel again() {
            time.tell(NetEvent.DUPLICATED, number, 0, message.bytes.length);
            return new Packet(message, there, to);
        }

        @Override
        int length() {
            return message.bytes.length;
        }
    }

    private boolean isConnectedTo(SocketAddress sender) {
        return sender.equals(peer);
    }

    /** The answer of a host where nobody has the port. */
    private final class Refusal extends Parcel {

        private final InetSocketAddress port;

        Refusal(InetSocketAddress port) {
            this.port = port;
        }

        @Override
        void happen() {
            unreachable(port);
        }

        @Override
        Parcel again() {
            return new Refusal(port);
        }

        @Override
        int length() {
            return 0;
        }
    }

    // ---- groups

    @Override
    public void join(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        time.enter();
        try {
            requireGroup(group);
            if (!memberships.add(new Membership(group, on))) {
                throw new SocketException("Already a member of group");
            }
        } finally {
            time.leave();
        }
    }

    @Override
    public void leave(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        time.enter();
        try {
            requireGroup(group);
            if (!memberships.remove(new Membership(group, on))) {
                throw new SocketException("Not a member of group");
            }
        } finally {
            time.leave();
        }
    }

    private void requireGroup(InetAddress group) throws SocketException {
        if (isUnix()) {
            throw new UnsupportedOperationException("Unix-domain datagrams have no groups");
        }
        requireUsable();
        if (!Objects.requireNonNull(group, "group").isMulticastAddress()) {
            throw new IllegalArgumentException("group: " + group + " (expected: a multicast address)");
        }
    }

    private record Membership(InetAddress group, @Nullable NetworkInterface on) {}

    // ---- ends

    @Override
    public void shutdown() {
        time.enter();
        try {
            if (!isGone() && !shut) {
                shut = true;
                tell(Readiness.READ | Readiness.WRITE);
            }
        } finally {
            time.leave();
        }
    }

    @Override
    int possible() {
        return shut || peerUnreachable || !waiting.isEmpty() ? Readiness.READ | Readiness.WRITE : Readiness.WRITE;
    }

    @Override
    void release() {
        letGoOfAddress();
        disappear();
    }

    @Override
    void disappear() {
        waiting.clear();
        offerRoom();
    }

    @Override
    public String toString() {
        return "simulated datagram socket " + number + " of " + host;
    }
}
