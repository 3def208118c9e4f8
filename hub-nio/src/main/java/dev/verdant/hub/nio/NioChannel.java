package dev.verdant.hub.nio;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * A channel of a {@link NioHub}: its registration, its interest, its close.
 *
 * @param <C> NIO's channel
 */
abstract class NioChannel<C extends SelectableChannel> implements HubChannel {

    private static final VarHandle ARMED;

    static {
        try {
            ARMED = MethodHandles.lookup().findVarHandle(NioChannel.class, "armed", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Changes only when the channel moves, on the thread of the hub it leaves. */
    NioHub hub;
    final C channel;

    private volatile @Nullable SelectionKey key;
    private volatile boolean closed;

    /** What somebody waits for: bits of {@link Readiness}. Set by waiters, on any thread, and cleared as they are served. */
    private volatile int armed;

    // The hub's thread's alone.
    private @Nullable ReadinessHandler handler;
    private int foundOps;

    NioChannel(NioHub hub, C channel) throws IOException {
        this.hub = hub;
        this.channel = channel;
        try {
            channel.configureBlocking(false);
        } catch (IOException | RuntimeException e) {
            closeQuietly();
            throw e;
        }
    }

    /** The selector's interest for what somebody waits for. */
    abstract int interest(int ops);

    /** What the selector's events mean. */
    abstract int readiness(int readyOps);

    @Override
    public final void register(ReadinessHandler readinessHandler) throws IOException {
        hub.requireHere();
        if (key != null) {
            throw new IllegalStateException("registered already: " + this);
        }
        if (closed) {
            throw new SocketException("Socket closed");
        }
        handler = readinessHandler;
        try {
            SelectionKey registered = channel.register(hub.selector(), interest(armed), this);
            key = registered;
            // Who armed on another thread meanwhile may have seen no key.
            registered.interestOpsOr(interest(armed));
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public final void arm(int ops) {
        int _ = (int) ARMED.getAndBitwiseOr(this, ops);
        SelectionKey registered = key;
        if (registered == null) {
            return;
        }
        int wanted = interest(ops);
        try {
            int before = registered.interestOpsOr(wanted);
            if ((before & wanted) != wanted && !hub.isHere()) {
                hub.wakeup();
            }
        } catch (CancelledKeyException e) {
            // Closed: whoever closes it wakes who waits.
        }
    }

    /** Notes what the selector has found; returns true if nothing was noted before. */
    final boolean find(int readyOps) {
        boolean first = foundOps == 0;
        foundOps |= readyOps;
        return first && foundOps != 0;
    }

    /** Serves who waits, and takes back the interest that nobody has. Returns whether the handler was called. */
    final boolean deliver() {
        int readyOps = foundOps;
        foundOps = 0;
        ReadinessHandler registered = handler;
        if (closed || registered == null) {
            return false;
        }
        int ready = readiness(readyOps);
        int wanted = (int) ARMED.getAndBitwiseAnd(this, ~ready) & ready;
        disarm(readyOps, ready & ~wanted);
        if (wanted == 0) {
            return false;
        }
        registered.ready(wanted);
        return true;
    }

    private void disarm(int readyOps, int idle) {
        SelectionKey registered = key;
        int over = readyOps & SelectionKey.OP_CONNECT; // Comes once.
        if (registered == null || (idle | over) == 0) {
            return;
        }
        try {
            registered.interestOpsAnd(~(interest(idle) | over));
            int meanwhile = armed & idle;
            if (meanwhile != 0) {
                // Armed on another thread, which may have found the interest still there.
                registered.interestOpsOr(interest(meanwhile));
            }
        } catch (CancelledKeyException e) {
            // Closed.
        }
    }

    /** The selector tells what is possible as long as there is interest. */
    @Override
    public final void recheck(int ops) throws IOException {
        hub.requireHere();
        if (closed) {
            throw new SocketException("Socket closed");
        }
        if (key == null) {
            throw new IllegalStateException("not registered: " + this);
        }
        arm(ops);
    }

    @Override
    public final void moveTo(Hub target) throws IOException {
        if (!(target instanceof NioHub other)) {
            throw new IllegalArgumentException("target: " + target + " (expected: a hub of the kind of " + hub + ")");
        }
        SelectionKey registered = key;
        if (registered != null) {
            hub.requireHere();
        }
        if (closed) {
            throw new SocketException("Socket closed");
        }
        if (registered != null) {
            registered.cancel();
            hub.flushCancelled();
            key = null;
            handler = null;
            foundOps = 0;
        }
        hub = other;
    }

    @Override
    public final boolean isOpen() {
        return !closed;
    }

    @Override
    public final void close() {
        if (closed) {
            return;
        }
        if (key != null) {
            hub.requireHere();
        }
        SelectionKey registered = key;
        detach();
        if (registered != null) {
            hub.flushCancelled();
        }
        closeDescriptor();
    }

    /** Takes the channel out of the selector, which lets go of it when it selects next. */
    final void detach() {
        closed = true;
        SelectionKey registered = key;
        if (registered != null) {
            registered.cancel();
        }
    }

    /**
     * Closes the descriptor of a channel that no selector holds any more. Of one that is still held, the JDK would only end the output, and a
     * peer whose bytes were not read would see a proper end instead of a reset.
     */
    void closeDescriptor() {
        closeQuietly();
    }

    /**
     * Ends a channel that cannot be shut down, because it listens or is not connected yet. Any thread. The descriptor stays while the selector holds
     * it, but nothing can be done with it any more.
     */
    final void end() {
        closeQuietly();
        hub.tell(this);
    }

    /** Makes everybody who waits look again. */
    final boolean findEnd() {
        return find(channel.validOps());
    }

    final void closeQuietly() {
        try {
            channel.close();
        } catch (IOException e) {
            // What the operating system says at a close helps nobody.
        }
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
