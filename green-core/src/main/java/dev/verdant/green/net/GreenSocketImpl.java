package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.hub.HubChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
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
            SocketOptions.IP_TOS, StandardSocketOptions.IP_TOS);

    private @Nullable C channel;
    private @Nullable Pollable waits;
    private boolean closed;

    /** {@code SO_TIMEOUT} in milliseconds; 0 is for ever. */
    private volatile int timeoutMillis;

    /** Opens a channel of a loop's hub. */
    abstract C open(Loop loop) throws IOException;

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
            Loop loop = Loop.requireFiber("new " + getClass().getSimpleName()).loop();
            take(loop, open(loop));
        }
    }

    /** Takes charge of a channel that is not registered. */
    final void take(Loop loop, C opened) {
        channel = opened;
        waits = new Pollable(loop, opened, this);
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
                    setOption(StandardSocketOptions.SO_LINGER, value instanceof Integer seconds ? seconds : -1);
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
                case SocketOptions.SO_OOBINLINE -> false;
                default -> getOption(standard(number));
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
        setOption(option, (T) value);
    }

    private static SocketException asSocketException(Exception e) {
        var wrapped = new SocketException(e.getMessage());
        wrapped.initCause(e);
        return wrapped;
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel().setOption(option, value);
    }

    @Override
    protected <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        return channel().getOption(option);
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        HubChannel opened = channel;
        return opened == null ? Set.of() : new HashSet<>(opened.supportedOptions());
    }

    // ---- addresses

    private InetAddress boundAddress() throws IOException {
        if (channel().localAddress() instanceof InetSocketAddress local) {
            return local.getAddress();
        }
        return new InetSocketAddress(0).getAddress();
    }

    @Override
    protected int getLocalPort() {
        HubChannel opened = channel;
        try {
            if (localport == 0 && opened != null && opened.isOpen()
                    && opened.localAddress() instanceof InetSocketAddress local) {
                localport = local.getPort();
            }
        } catch (IOException e) {
            // Closed meanwhile: what was known is the answer.
        }
        return localport;
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

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data is not supported");
    }
}
