package dev.verdant.testkit.sim;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How an end of a connection comes to be connected; {@link SimStream} is what it does then. */
abstract class SimConnection extends SimSocket implements StreamChannel, Flow.Receiver {

    /*
     * UNCONNECTED -> CONNECTING   connect() has asked; asks again after 1, 2, 4 ... seconds
     *  CONNECTING -> CONNECTED    the other host has answered
     *  CONNECTING -> FAILED       refused, timed out, shut down
     *   ANSWERING -> CONNECTED    a listener's end, once the answer has reached the one who asked and he has confirmed
     */
    enum State {
        UNCONNECTED, CONNECTING, ANSWERING, CONNECTED, FAILED
    }

    // Guarded by the timeline's word.
    State state = State.UNCONNECTED;
    @Nullable SimStream peer;
    @Nullable Flow in;
    @Nullable Flow out;
    @Nullable SimListener listener;

    /** Why it could not be connected, or what has broken it. */
    @Nullable String failure;

    private @Nullable SocketAddress remote;
    private @Nullable Dialing dialing;

    SimConnection(SimHub hub, SimHost host, SocketDomain domain) throws SocketException {
        super(hub, host, domain, host.tcp, OptionValues.ofStream(domain == SocketDomain.UNIX));
    }

    /** A listener's end of a connection that {@code client} asks for. With the word taken. */
    SimConnection(SimListener listener, SimStream client) {
        super(listener.hub(), listener.host, listener.domain, listener.host.tcp,
                OptionValues.ofStream(listener.isUnix()), true);
        SimConnection asked = client;
        this.state = State.ANSWERING;
        this.listener = listener;
        this.peer = client;
        this.in = client.out;
        this.out = client.in;
        this.local = asked.remote;
        this.remote = client.local;
        options.inherit(listener.options);
    }

    /** Returns this. */
    abstract SimStream asStream();

    @Override
    final int peerNumber() {
        SimStream other = peer;
        return other == null ? 0 : other.number;
    }

    // ---- by who asks

    @Override
    public final void bind(SocketAddress at) throws IOException {
        bindTo(at);
    }

    @Override
    public final boolean connect(SocketAddress to) throws IOException {
        requireDomain(to);
        boolean refused = world.strikes(Mishap.CONNECT_REFUSED);
        time.enter();
        try {
            requireOpen();
            switch (state) {
                case CONNECTED, ANSWERING -> throw new SocketException("Already connected");
                case CONNECTING -> throw new SocketException("Operation already in progress");
                default -> {
                }
            }
            if (isUnix()) {
                connectUnix(to, refused);
            } else {
                connectTcp(resolved((InetSocketAddress) to), refused);
            }
            return isConnected();
        } finally {
            time.leave();
        }
    }

    private void connectUnix(SocketAddress to, boolean refused) throws IOException {
        SimListener there = UnixNames.listener(host, to);
        if (refused) {
            throw new ConnectException("Connection refused: " + to);
        }
        if (there.isFull()) {
            throw new SocketException("Resource temporarily unavailable: " + to);
        }
        open(null, null, to);
        if (local == null) {
            local = UnixNames.UNNAMED;
        }
        there.admit(asStream());
    }

    private void connectTcp(InetSocketAddress asked, boolean refused) throws IOException {
        InetSocketAddress to = asked.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(SimHost.LOOPBACK, asked.getPort())
                : asked;
        local = Ports.bindTowards(this, host.tcp, (InetSocketAddress) local, to.getAddress());
        SimHost there = host.find(to.getAddress());
        open(there == null ? null : host.linkTo(there), there == null ? null : there.linkTo(host), to);
        dialing = new Dialing(this, there);
        if (refused) {
            dialingFailed("Connection refused");
        } else {
            dialing.begin();
        }
        if (state == State.FAILED) {
            throw connectFailure();
        }
    }

    private void open(@Nullable SimLink there, @Nullable SimLink back, SocketAddress to) {
        state = State.CONNECTING;
        failure = null;
        remote = to;
        int limit = options.buffer(StandardSocketOptions.SO_SNDBUF) + options.buffer(StandardSocketOptions.SO_RCVBUF);
        out = new Flow(there, limit);
        in = new Flow(back, limit);
        in.receiver = this;
    }

    final boolean isConnected() {
        return state == State.CONNECTED;
    }

    @Override
    public final boolean finishConnect() throws IOException {
        time.enter();
        try {
            requireOpen();
            return switch (state) {
                case UNCONNECTED -> throw new SocketException("No connection pending");
                case CONNECTING -> false;
                case FAILED -> throw connectFailure();
                case CONNECTED, ANSWERING -> true;
            };
        } finally {
            time.leave();
        }
    }

    private ConnectException connectFailure() {
        return new ConnectException(failure + ": " + remote);
    }

    final void dialingFailed(String why) {
        stopDialing();
        state = State.FAILED;
        failure = why;
        time.tell(NetEvent.REFUSED, number, 0, 0);
        tell(Readiness.READ | Readiness.WRITE | Readiness.ENDED);
    }

    final void connected() {
        state = State.CONNECTED;
        stopDialing();
        dialing = null;
        limitFlows();
        time.tell(NetEvent.CONNECTED, number, peerNumber(), 0);
    }

    /** What {@link Dialing} sent has arrived at a host. */
    final void askedAt(SimHost at) {
        if (state != State.CONNECTING || isGone() || peer != null || at.isDown()) {
            return;
        }
        SimListener there = Ports.listener(at, (InetSocketAddress) Objects.requireNonNull(remote), world.random);
        if (there == null) {
            Objects.requireNonNull(in).send(Segment.Kind.RESET, 0, 0);
        } else if (!there.isFull() && !world.strikes(Mishap.BACKLOG_FULL)) {
            there.admit(asStream());
        }
    }

    final void stopDialing() {
        if (dialing != null) {
            time.cancel(dialing);
        }
    }

    // ---- by who is asked

    /** Says to the other end that this one, a listener's, has been made. */
    final void answer() {
        if (isUnix()) {
            confirmed();
            Objects.requireNonNull(peer).connected();
        } else {
            Objects.requireNonNull(out).send(Segment.Kind.ACCEPTANCE, 0, 0);
        }
    }

    final void accepted() {
        connected();
        Objects.requireNonNull(out).send(Segment.Kind.CONFIRMATION, 0, 0);
        tell(Readiness.WRITE);
    }

    final void confirmed() {
        connected();
        SimListener at = listener;
        if (at != null) {
            at.pending(asStream());
        }
    }

    /** Belongs to who has accepted it, from here on. */
    final void taken(SimHub newHub) {
        listener = null;
        settleIn(newHub);
    }

    // ---- connected

    final void limitFlows() {
        SimStream other = peer;
        if (other != null && in != null && out != null) {
            out.limit(options.buffer(StandardSocketOptions.SO_SNDBUF)
                    + other.options.buffer(StandardSocketOptions.SO_RCVBUF));
            in.limit(options.buffer(StandardSocketOptions.SO_RCVBUF)
                    + other.options.buffer(StandardSocketOptions.SO_SNDBUF));
        }
    }

    @Override
    public final @Nullable SocketAddress remoteAddress() throws IOException {
        time.enter();
        try {
            requireOpen();
            return isConnected() ? remote : null;
        } finally {
            time.leave();
        }
    }

    final Flow connectedFlow(@Nullable Flow flow) throws SocketException {
        requireOpen();
        if (state != State.CONNECTED || flow == null) {
            throw new SocketException("Socket is not connected");
        }
        return flow;
    }
}
