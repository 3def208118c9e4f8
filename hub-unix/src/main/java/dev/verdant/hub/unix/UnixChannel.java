package dev.verdant.hub.unix;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking descriptor of a {@link UnixHub}: its life, its registration, its options.
 *
 * <p>Threads as {@link HubChannel} says. Errors are {@link SocketException}s with the words of the JDK.
 */
public abstract class UnixChannel implements HubChannel {

    /*
     * A try-call on the hub's thread cannot overlap close(), which runs there too, and pays for nothing but one read
     * of the state word. A try-call on any other thread is a guest: it counts itself in before it uses the
     * descriptor, and close() waits until no guest is in, because the number of a closed descriptor soon belongs to
     * somebody else's socket. A guest is inside one system call that does not block, so the wait is short.
     *
     * The state word: flags, and the number of guests in the low bits.
     *
     *   CLOSED     close() has been called: sets the sign, so that isOpen() is one comparison
     *   INPUT_SHUT reads return -1 without asking: the kernel would first hand out what it has
     *   LIVE       connecting, connected or listening. Before that epoll reports a hang-up that means nothing (and
     *              would be taken for the end of the connection to come), so events are passed over
     *   CONNECTED  the connection stands, or has stood
     *   LINGERS    SO_LINGER has been set, so that close(2) may block
     */
    static final int CLOSED = 1 << 31;
    static final int INPUT_SHUT = 1 << 30;
    static final int LIVE = 1 << 29;
    static final int CONNECTED = 1 << 28;
    private static final int LINGERS = 1 << 27;
    private static final int GUESTS = LINGERS - 1;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(UnixChannel.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final FileDescriptor descriptor;

    /**
     * Changes only when the channel moves, on the thread of the hub it leaves: who does not see the change yet is on
     * another thread and takes itself for a guest, which is true.
     */
    UnixHub hub;

    /** Set once registered. Written on the hub's thread; who waits has seen that. */
    private @Nullable UnixHandle handle;

    /** Who does not see that it is set asks once more, which does no harm. */
    private boolean watchesWrites;

    private volatile int state;

    UnixChannel(UnixHub hub, FileDescriptor descriptor, int flags) {
        this.hub = hub;
        this.descriptor = descriptor;
        STATE.set(this, flags);
    }

    @Override
    public final void register(ReadinessHandler handler) throws IOException {
        hub.requireHubThread();
        if (handle != null) {
            throw new IllegalStateException("registered already: " + this);
        }
        if (!isOpen()) {
            throw Failures.closed();
        }
        watchesWrites = mayWaitToWriteFirst();
        handle = hub.register(this, handler);
    }

    /**
     * Does nothing but for the first write that has to wait: most sockets never come to that, and with every edge of reading the poller would say that they can be
     * written, too.
     */
    @Override
    public final void arm(int ops) {
        if ((ops & Readiness.WRITE) != 0 && !watchesWrites) {
            watchWrites();
        }
    }

    private void watchWrites() {
        boolean guest;
        try {
            guest = begin();
        } catch (SocketException e) {
            return; // Closed: then nobody waits.
        }
        try {
            UnixHandle registered = handle;
            if (registered != null) {
                registered.watchWrites();
                watchesWrites = true;
            }
        } catch (UncheckedIOException e) {
            if (isOpen()) {
                throw e; // Or it would be waited for in vain.
            }
        } finally {
            end(guest);
        }
    }

    /** Whether the poller is to report, or reports, when there is room for more. */
    final boolean watchesWrites() {
        return watchesWrites;
    }

    @Override
    public final void recheck(int ops) throws IOException {
        hub.requireHubThread();
        UnixHandle registered = handle;
        if (!isOpen()) {
            throw Failures.closed();
        }
        if (registered == null) {
            throw new IllegalStateException("not registered: " + this);
        }
        watchesWrites = true; // First: another thread may be about to ask for just that.
        registered.watchAnew();
    }

    @Override
    public final void moveTo(Hub target) throws IOException {
        if (!(target instanceof UnixHub other) || !other.isKin(hub)) {
            throw new IllegalArgumentException("target: " + target + " (expected: a hub of the kind of " + hub + ")");
        }
        UnixHandle registered = handle;
        if (registered != null) {
            hub.requireHubThread();
        }
        if (!isOpen()) {
            throw Failures.closed();
        }
        if (registered != null) {
            registered.leave();
            handle = null;
        }
        hub = other;
    }

    @Override
    public final boolean isOpen() {
        return state >= 0;
    }

    @Override
    public final OptionalInt descriptor() {
        return isOpen() ? OptionalInt.of(descriptor.intValue()) : OptionalInt.empty();
    }

    @Override
    public final void close() {
        if (handle != null) {
            hub.requireHubThread();
        }
        if (((int) STATE.getAndBitwiseOr(this, CLOSED)) < 0) {
            return;
        }
        if (handle != null) {
            handle.cancel();
        }
        awaitGuests();
        closeDescriptor();
    }

    @Override
    public final void shutdown() {
        try {
            boolean guest = begin();
            try {
                shutdownBoth();
            } finally {
                end(guest);
            }
        } catch (IOException | RuntimeException e) {
            // Not connected, or closed: then nobody waits for an end that has not come.
        }
    }

    @Override
    public final @Nullable SocketAddress localAddress() throws IOException {
        boolean guest = begin();
        try {
            return name();
        } finally {
            end(guest);
        }
    }

    @Override
    public final <T> void setOption(SocketOption<T> option, T value) throws IOException {
        boolean guest = begin();
        try {
            options().write(descriptor, option, value);
            if (option == StandardSocketOptions.SO_LINGER) {
                add(LINGERS);
            }
        } finally {
            end(guest);
        }
    }

    @Override
    public final <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        Object read;
        boolean guest = begin();
        try {
            read = options().read(descriptor, option);
        } finally {
            end(guest);
        }
        return options().meaning(option, read);
    }

    @Override
    public final Set<SocketOption<?>> supportedOptions() {
        return options().names();
    }

    /** Whether the first wait may be one to write: to connect, above all. */
    boolean mayWaitToWriteFirst() {
        return false;
    }

    abstract UnixOptions options();

    /** The address that the descriptor is bound to, null if it is not. Its user has begun. */
    abstract @Nullable SocketAddress name() throws IOException;

    /** What {@link #shutdown()} does to the descriptor. Its user has begun. */
    abstract void shutdownBoth() throws IOException;

    /** Tells what the poller's events mean for this kind of channel. */
    int meaning(int ops) {
        return ops;
    }

    /** Tells whether the poller's events mean something yet. */
    final boolean isLive() {
        return (state & (CLOSED | LIVE)) == LIVE;
    }

    final boolean has(int flag) {
        return (state & flag) != 0;
    }

    final void add(int flag) {
        STATE.getAndBitwiseOr(this, flag);
    }

    /**
     * Begins the use of the descriptor. {@link #end} must follow.
     *
     * @return true if the caller is a guest; to be handed to {@code end}
     * @throws SocketException if the channel is closed
     */
    final boolean begin() throws SocketException {
        boolean guest = !hub.onHubThread();
        int seen = guest ? (int) STATE.getAndAdd(this, 1) : state;
        if (seen < 0) {
            end(guest);
            throw Failures.closed();
        }
        return guest;
    }

    final void end(boolean guest) {
        if (guest) {
            STATE.getAndAdd(this, -1);
        }
    }

    /** What {@link UnixHub#close()} does to a registered channel, whose registration it has cancelled. */
    final void closeWithHub() {
        if (((int) STATE.getAndBitwiseOr(this, CLOSED)) >= 0) {
            awaitGuests();
            closeDescriptor();
        }
    }

    private void awaitGuests() {
        while ((state & GUESTS) != 0) {
            Thread.onSpinWait();
        }
    }

    private void closeDescriptor() {
        if (has(LINGERS)) {
            doNotLinger((Socket) descriptor);
        }
        try {
            descriptor.close();
        } catch (IOException e) {
            // The descriptor is gone all the same, see close(2).
        }
    }

    /** What is unsent is sent after the close, too; waiting for it would stop the hub. A linger of 0, which resets, stays. */
    private static void doNotLinger(Socket socket) {
        try {
            if (socket.getSoLinger() > 0) {
                socket.setSoLinger(-1);
            }
        } catch (IOException | RuntimeException e) {
            // Then close(2) does as it likes.
        }
    }

    @Override
    public String toString() {
        return hub.name() + " " + getClass().getSimpleName() + "[fd=" + descriptor.intValue()
                + (isOpen() ? "]" : ", closed]");
    }
}
