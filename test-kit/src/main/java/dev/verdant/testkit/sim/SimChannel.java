package dev.verdant.testkit.sim;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A channel of a {@link SimHub}: its registration, its news, its close. Edge-triggered: it tells what has become possible once. */
abstract class SimChannel implements HubChannel {

    private static final long LATEST_NEWS_NANOS = 20_000_000;

    final World world;
    final Timeline time;
    final SimHost host;
    final int number;
    final OptionValues options;

    // Guarded by the timeline's word.
    private SimHub hub;
    private @Nullable Registration registration;
    private boolean vanished;
    @Nullable SocketAddress local;

    private volatile boolean closed;

    /** Creates one. Takes the word itself. */
    SimChannel(SimHub hub, SimHost host, OptionValues options) throws SocketException {
        this(hub, host, options, hub.world.time);
    }

    private SimChannel(SimHub hub, SimHost host, OptionValues options, Timeline time) throws SocketException {
        this.world = hub.world;
        this.time = time;
        this.hub = hub;
        this.host = host;
        this.options = options;
        time.enter();
        try {
            if (host.isDown()) {
                throw hostIsDown();
            }
            this.number = world.nextChannel();
            enlist();
        } finally {
            time.leave();
        }
    }

    /** Creates one with the word taken. */
    SimChannel(SimHub hub, SimHost host, OptionValues options, boolean taken) {
        assert taken;
        this.world = hub.world;
        this.time = hub.world.time;
        this.hub = hub;
        this.host = host;
        this.options = options;
        this.number = world.nextChannel();
        enlist();
    }

    private void enlist() {
        host.add(this);
        time.tell(NetEvent.OPENED, number, 0, 0);
    }

    // ---- what each kind says, with the word taken

    /** Returns what is possible now, in bits of {@link Readiness}. What is not will be told when it is. */
    abstract int possible();

    /** Lets go of the network, at a close. */
    abstract void release();

    /** Is there no more, for its host has crashed. Nothing is sent. */
    abstract void disappear();

    /** Whether it shares its port with others that do. It may come to do so after it was bound, as on Linux. */
    boolean sharesPort() {
        return options.isOn(StandardSocketOptions.SO_REUSEPORT);
    }

    /** The number of the channel at the other end. */
    int peerNumber() {
        return 0;
    }

    // ---- as every channel

    @Override
    public final void register(ReadinessHandler handler) throws IOException {
        time.enter();
        try {
            hub.requireHere();
            if (registration != null) {
                throw new IllegalStateException("registered already: " + this);
            }
            requireOpen();
            hub.add(this);
            registration = new Registration(handler);
            tellPossible(Readiness.READ | Readiness.WRITE);
        } finally {
            time.leave();
        }
    }

    /** What becomes possible is told, armed or not. */
    @Override
    public final void arm(int ops) {}

    @Override
    public final void recheck(int ops) throws IOException {
        time.enter();
        try {
            hub.requireHere();
            requireOpen();
            if (registration == null) {
                throw new IllegalStateException("not registered: " + this);
            }
            tellPossible(ops);
        } finally {
            time.leave();
        }
    }

    private void tellPossible(int ops) {
        int possible = possible();
        if ((possible & ops) != 0) {
            tellNow(possible);
        }
    }

    @Override
    public final void moveTo(Hub target) throws IOException {
        if (!(target instanceof SimHub other) || other.world != world) {
            throw new IllegalArgumentException("target: " + target + " (expected: a hub of the same simulated world)");
        }
        time.enter();
        try {
            requireOpen();
            if (registration != null) {
                hub.requireHere();
            }
            endRegistration();
            hub = other;
        } finally {
            time.leave();
        }
    }

    private void endRegistration() {
        Registration ended = registration;
        if (ended != null) {
            ended.over = true;
            registration = null;
            hub.remove(this);
        }
    }

    @Override
    public final boolean isOpen() {
        return !closed;
    }

    @Override
    public final void close() {
        time.enter();
        try {
            if (!closed && registration != null) {
                hub.requireHere();
            }
            closeNow();
        } finally {
            time.leave();
        }
    }

    /** Closes with the word taken. */
    final void closeNow() {
        if (closed) {
            return;
        }
        closed = true;
        endRegistration();
        time.tell(NetEvent.CLOSED, number, 0, 0);
        if (!vanished) {
            host.remove(this);
            release();
        }
    }

    /** The host has crashed. */
    final void vanish() {
        vanished = true;
        host.remove(this);
        disappear();
        // Whoever waits on it, if he still lives, is not to wait for ever.
        tellNow(Readiness.READ | Readiness.WRITE | Readiness.ENDED);
    }

    @Override
    public @Nullable SocketAddress localAddress() throws IOException {
        time.enter();
        try {
            requireOpen();
            return local;
        } finally {
            time.leave();
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        time.enter();
        try {
            options.set(option, value, this);
        } finally {
            time.leave();
        }
    }

    /** An option has been set. */
    void optionChanged() {}

    @Override
    public <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        time.enter();
        try {
            return options.get(option, this);
        } finally {
            time.leave();
        }
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.names();
    }

    // ---- for the kinds, with the word taken

    final SimHub hub() {
        return hub;
    }

    /** Goes to another hub, before anybody has seen it. */
    final void settleIn(SimHub newHub) {
        hub = newHub;
    }

    final void requireOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        if (vanished) {
            throw hostIsDown();
        }
    }

    private SocketException hostIsDown() {
        return new SocketException("Host crashed: " + host);
    }

    final boolean isGone() {
        return closed || vanished;
    }

    final boolean hasVanished() {
        return vanished;
    }

    /** Tells the handler that something has become possible. */
    final void tell(int ops) {
        Registration registered = registration;
        if (registered == null) {
            return;
        }
        int told = ops;
        if (world.strikes(Mishap.NEWS_SPURIOUS)) {
            told |= Readiness.READ | Readiness.WRITE;
        }
        if (world.strikes(Mishap.NEWS_LATE)) {
            time.at(time.now() + 1 + world.draw(Mishap.NEWS_LATE, LATEST_NEWS_NANOS), new LateNews(told, registered));
        } else {
            tellNow(told);
        }
    }

    /** Has the next poll tell anew, after a fault that held something back. */
    final void tellAnew(int ops) {
        tellNow(ops);
    }

    private void tellNow(int ops) {
        Registration registered = registration;
        if (registered != null) {
            time.tell(NetEvent.NEWS, number, peerNumber(), ops);
            hub.tell(registered, ops);
        }
    }

    static InetSocketAddress resolved(InetSocketAddress address) throws UnknownHostException {
        if (address.isUnresolved()) {
            throw new UnknownHostException(address.toString());
        }
        return address;
    }

    /** News that was held back. */
    private final class LateNews extends Event {

        private final int ops;
        private final Registration to;

        LateNews(int ops, Registration to) {
            this.ops = ops;
            this.to = to;
        }

        @Override
        void happen() {
            if (registration == to) {
                tellNow(ops);
            }
        }
    }
}
