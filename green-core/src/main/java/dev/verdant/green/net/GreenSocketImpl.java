package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Tries;
import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubOptions;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a connection and a listener have in common beneath {@code java.net}: a channel of a hub, its options, its close.
 *
 * @param <C> the kind of channel
 */
abstract class GreenSocketImpl<C extends HubChannel> extends SocketImpl {

    /** The options of {@link SocketOptions}, by number. Those with a meaning of their own are handled apart. */
    private static final Map<Integer, SocketOption<?>> BY_NUMBER = Map.of(
            SocketOptions.TCP_NODELAY, StandardSocketOptions.TCP_NODELAY,
            SocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_KEEPALIVE,
            SocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEADDR,
            SocketOptions.SO_REUSEPORT, StandardSocketOptions.SO_REUSEPORT,
            SocketOptions.SO_SNDBUF, StandardSocketOptions.SO_SNDBUF,
            SocketOptions.SO_RCVBUF, StandardSocketOptions.SO_RCVBUF,
            SocketOptions.SO_LINGER, StandardSocketOptions.SO_LINGER,
            SocketOptions.IP_TOS, StandardSocketOptions.IP_TOS,
            SocketOptions.SO_OOBINLINE, HubOptions.SO_OOBINLINE);

    private @Nullable C channel;
    private @Nullable Pollable waits;
    private volatile boolean closed;

    /** What kind of channel is opened, as long as none is. */
    private SocketDomain domain = SocketDomain.INTERNET;

    /** The local address of a Unix-domain socket that is bound, or is to be. */
    private @Nullable SocketAddress unixAddress;

    /** {@code SO_TIMEOUT} in milliseconds; 0 is for ever. */
    private volatile int timeoutMillis;

    /** Opens a channel of a loop's hub. */
    abstract C open(Loop loop, SocketDomain kind) throws IOException;

    /** Names the socket for messages: its kind and its addresses. */
    @Override
    public abstract String toString();

    // ---- the channel

    @Override
    protected void create(boolean stream) throws IOException {
        if (!stream) {
            throw new SocketException("A green socket is a stream; for datagrams use a datagram socket.");
        }
        if (channel == null && !closed) {
            Loop loop = home();
            Pollable _ = take(loop, openOrAdvise(loop));
        }
    }

    private C openOrAdvise(Loop loop) throws IOException {
        try {
            return open(loop, domain);
        } catch (UnsupportedOperationException e) {
            throw asSocketException(e);
        }
    }

    /**
     * Chooses the domain that an address belongs to. The channel is opened when it is first needed, be it for an option, and then the choice is over.
     *
     * @return true if it is the Unix domain
     */
    final boolean choose(@Nullable SocketAddress at) throws SocketException {
        boolean isUnix = at instanceof UnixDomainSocketAddress || at instanceof AbstractUnixAddress;
        SocketDomain wanted = isUnix ? SocketDomain.UNIX : SocketDomain.INTERNET;
        if (channel == null) {
            domain = wanted;
        } else if (domain != wanted && !closed && (isUnix || at instanceof InetSocketAddress)) {
            throw new SocketException(this + " is " + (isUnix ? "an internet" : "a Unix-domain")
                    + " socket already, because it was bound or one of its options was used; " + at
                    + " needs another kind. Connect or bind a new socket first, and set its options then.");
        }
        return isUnix;
    }

    /** Says what domain the channel has that {@link #take} will bring. */
    final void expect(boolean isUnix) {
        domain = isUnix ? SocketDomain.UNIX : SocketDomain.INTERNET;
    }

    /** What the socket's superclass does to bind. */
    @FunctionalInterface
    interface Binder {
        void bind(@Nullable SocketAddress at) throws IOException;
    }

    /**
     * Binds by the socket's superclass, which takes internet addresses only: a Unix-domain address is kept here, and the superclass is told of none.
     *
     * @param refuses true if the superclass will refuse, whatever the address is
     */
    final void bind(@Nullable SocketAddress at, boolean refuses, Binder superclass) throws IOException {
        if (refuses || !choose(at)) {
            superclass.bind(at);
            return;
        }
        unixAddress = at;
        boolean bound = false;
        try {
            superclass.bind(null);
            bound = true;
        } finally {
            if (!bound) {
                unixAddress = null;
            }
        }
    }

    final boolean isUnix() {
        return domain == SocketDomain.UNIX;
    }

    /** Returns where a Unix-domain socket is bound, or null. */
    final @Nullable SocketAddress unixAddress() {
        return unixAddress;
    }

    /** Asks a Unix-domain channel for its address, which it need not have chosen. */
    final @Nullable SocketAddress askUnixAddress() {
        HubChannel opened = channel;
        try {
            if (unixAddress == null && opened != null && opened.isOpen()) {
                unixAddress = opened.localAddress();
            }
        } catch (IOException e) {
            // Closed meanwhile: what was known is the answer.
        }
        return unixAddress;
    }

    /** Where the channel is opened. */
    Loop home() {
        return Loop.requireFiber("new " + getClass().getSimpleName()).loop();
    }

    /** Takes charge of a channel that is not registered. */
    Pollable take(Loop loop, C opened) {
        var made = new Pollable(loop, opened, this);
        channel = opened;
        waits = made;
        return made;
    }

    /** Waits once within a call, which has claimed the direction, has tried and found nothing. */
    void await(Deadline deadline, Pollable until, int op) throws IOException {
        boolean inTime;
        try {
            inTime = deadline.awaits(until, op);
        } catch (InterruptedException e) {
            throw Tries.closedByInterrupt(this::close); // Made only now: a request is to allocate nothing.
        }
        if (!inTime) {
            throw deadline.timeout();
        }
    }

    final C channel() throws SocketException {
        C opened = channel;
        if (opened == null) {
            throw new SocketException(closed ? "Socket closed" : "Socket is not created");
        }
        return opened;
    }

    final Pollable waits() throws SocketException {
        Pollable made = waits;
        if (made == null) {
            throw new SocketException(closed ? "Socket closed" : "Socket is not created");
        }
        return made;
    }

    final @Nullable HubChannel channelOrNull() {
        return channel;
    }

    /** An interrupt closes what is beneath a socket, and the socket above must say so. */
    final boolean isClosed() {
        return closed;
    }

    @Override
    protected void close() {
        closed = true;
        Pollable made = waits;
        if (made != null) {
            made.close();
        }
    }

    // ---- options

    final int timeoutMillis() {
        return timeoutMillis;
    }

    @Override
    public void setOption(int number, Object value) throws SocketException {
        try {
            switch (number) {
                case SocketOptions.SO_TIMEOUT -> timeoutMillis = (Integer) value;
                case SocketOptions.SO_LINGER ->
                    channel().setOption(StandardSocketOptions.SO_LINGER,
                            value instanceof Integer seconds ? seconds : -1);
                default -> set(standard(number), value);
            }
        } catch (SocketException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            throw asSocketException(e);
        }
    }

    @Override
    public @Nullable Object getOption(int number) throws SocketException {
        try {
            return switch (number) {
                case SocketOptions.SO_TIMEOUT -> timeoutMillis;
                case SocketOptions.SO_BINDADDR -> boundAddress();
                default -> channel().getOption(standard(number));
            };
        } catch (SocketException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            throw asSocketException(e);
        }
    }

    private static SocketOption<?> standard(int number) {
        SocketOption<?> option = BY_NUMBER.get(number);
        if (option == null) {
            throw new UnsupportedOperationException(
                    "the socket option 0x" + Integer.toHexString(number) + " is not supported");
        }
        return option;
    }

    @SuppressWarnings("unchecked") // the type goes with the option
    private <T> void set(SocketOption<T> option, Object value) throws IOException {
        channel().setOption(option, (T) value);
    }

    private static SocketException asSocketException(Exception e) {
        var wrapped = new SocketException(e.getMessage());
        wrapped.initCause(e);
        return wrapped;
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        C opened = channel();
        requireSupported(option);
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        opened.setOption(option, value);
    }

    @Override
    protected <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        C opened = channel();
        requireSupported(option);
        return opened.getOption(option);
    }

    private void requireSupported(SocketOption<?> option) {
        if (!supportedOptions().contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }

    /** What the channel has, less what sockets of the JDK have by a method of their own only. */
    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        HubChannel opened = channel;
        var options = new HashSet<SocketOption<?>>(opened == null ? Set.of() : opened.supportedOptions());
        options.remove(HubOptions.SO_OOBINLINE);
        return options;
    }

    // ---- addresses

    private InetAddress boundAddress() throws IOException {
        if (channel().localAddress() instanceof InetSocketAddress local) {
            return local.getAddress();
        }
        return new InetSocketAddress(0).getAddress();
    }

    /** Positive: asked for and known. Negative: presumed. See {@link #presumeLocalPort}. */
    @Override
    protected int getLocalPort() {
        if (localport <= 0) {
            rememberLocalPort();
        }
        return Math.abs(localport);
    }

    /** Asks while the channel can answer: a closed socket still tells its port. */
    final void rememberLocalPort() {
        HubChannel opened = channel;
        try {
            if (opened != null && opened.isOpen() && opened.localAddress() instanceof InetSocketAddress local) {
                localport = local.getPort();
            }
        } catch (IOException e) {
            // Closed meanwhile: what was known is the answer.
        }
    }

    /**
     * An accepted connection has its listener's port, unless the operating system redirects: it is asked when somebody wants to know, which spares most
     * connections a system call, and this is the answer once the channel is closed.
     */
    final void presumeLocalPort(int listenersPort) {
        localport = -listenersPort;
    }

    // ---- what neither has

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(InetAddress host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }
}
