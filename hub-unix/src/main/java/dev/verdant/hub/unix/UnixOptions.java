package dev.verdant.hub.unix;

import dev.verdant.hub.HubOptions;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The socket options that one kind of channel has, with the ranges and the words of the JDK. Immutable; any thread.
 */
final class UnixOptions {

    private static final UnixOption<Boolean> NO_DELAY = new UnixOption<>(StandardSocketOptions.TCP_NODELAY,
            Socket::isTcpNoDelay, Socket::setTcpNoDelay);
    private static final UnixOption<Boolean> KEEP_ALIVE = new UnixOption<>(StandardSocketOptions.SO_KEEPALIVE,
            Socket::isKeepAlive, Socket::setKeepAlive);
    private static final UnixOption<Boolean> REUSE_ADDRESS = new UnixOption<>(StandardSocketOptions.SO_REUSEADDR,
            Socket::isReuseAddress, Socket::setReuseAddress);
    private static final UnixOption<Boolean> REUSE_PORT = new UnixOption<>(StandardSocketOptions.SO_REUSEPORT,
            Socket::isReusePort, Socket::setReusePort);
    private static final UnixOption<Integer> LINGER = new UnixOption<>(StandardSocketOptions.SO_LINGER,
            Socket::getSoLinger, UnixOptions::writeLinger);
    private static final UnixOption<Integer> TRAFFIC_CLASS = new UnixOption<>(StandardSocketOptions.IP_TOS,
            Socket::getTrafficClass, UnixOptions::writeTrafficClass);
    private static final UnixOption<Integer> RECEIVE_BUFFER = new UnixOption<>(StandardSocketOptions.SO_RCVBUF,
            s -> asWasSet(s.getReceiveBufferSize()), (s, v) -> s.setReceiveBufferSize(bufferSize(v)));
    private static final UnixOption<Integer> SEND_BUFFER = new UnixOption<>(StandardSocketOptions.SO_SNDBUF,
            s -> asWasSet(s.getSendBufferSize()), (s, v) -> s.setSendBufferSize(bufferSize(v)));

    private static final UnixOption<Boolean> BROADCAST = new UnixOption<>(StandardSocketOptions.SO_BROADCAST,
            Socket::isBroadcast, Socket::setBroadcast);
    private static final UnixOption<NetworkInterface> MULTICAST_INTERFACE = new UnixOption<>(
            StandardSocketOptions.IP_MULTICAST_IF, Multicast::readInterface, Multicast::writeInterface);
    private static final UnixOption<Integer> MULTICAST_TTL = new UnixOption<>(StandardSocketOptions.IP_MULTICAST_TTL,
            Multicast::readHops, Multicast::writeHops);
    private static final UnixOption<Boolean> MULTICAST_LOOP = new UnixOption<>(StandardSocketOptions.IP_MULTICAST_LOOP,
            Multicast::readLoop, Multicast::writeLoop);

    private static final UnixOption<Boolean> URGENT_INLINE = UnixOption.flag(HubOptions.SO_OOBINLINE, UnixOption.SOCKET,
            Errno.number(10, 0x100));

    /** The options of what is no socket. */
    static final UnixOptions NONE = new UnixOptions(List.of(), List.of());

    private final Map<SocketOption<?>, UnixOption<?>> options;

    private UnixOptions(List<UnixOption<?>> own, List<UnixOption<?>> more) {
        var all = new HashMap<SocketOption<?>, UnixOption<?>>();
        own.forEach(option -> all.put(option.name(), option));
        more.forEach(option -> all.put(option.name(), option));
        this.options = Map.copyOf(all);
    }

    /** The options of a connection. */
    static UnixOptions ofStream(List<UnixOption<?>> more) {
        return new UnixOptions(
                List.of(NO_DELAY, KEEP_ALIVE, REUSE_ADDRESS, REUSE_PORT, LINGER, TRAFFIC_CLASS, RECEIVE_BUFFER,
                        SEND_BUFFER, URGENT_INLINE),
                more);
    }

    /** The options of a listener: those that it has for itself, and those that its connections inherit. */
    static UnixOptions ofListener(List<UnixOption<?>> more) {
        return new UnixOptions(List.of(REUSE_ADDRESS, REUSE_PORT, TRAFFIC_CLASS, RECEIVE_BUFFER), more);
    }

    /** The options of a UDP socket. */
    static UnixOptions ofDatagram(List<UnixOption<?>> more) {
        return new UnixOptions(List.of(SEND_BUFFER, RECEIVE_BUFFER, REUSE_ADDRESS, REUSE_PORT, BROADCAST, TRAFFIC_CLASS,
                MULTICAST_INTERFACE, MULTICAST_TTL, MULTICAST_LOOP), more);
    }

    /** The options of a Unix-domain connection. */
    static UnixOptions ofUnixStream() {
        return new UnixOptions(List.of(SEND_BUFFER, RECEIVE_BUFFER, LINGER),
                Errno.LINUX ? List.of(Credentials.OPTION) : List.of());
    }

    /** The options of a Unix-domain listener. */
    static UnixOptions ofUnixListener() {
        return new UnixOptions(List.of(RECEIVE_BUFFER), List.of());
    }

    /** The options of a Unix-domain datagram socket. */
    static UnixOptions ofUnixDatagram() {
        return new UnixOptions(List.of(SEND_BUFFER, RECEIVE_BUFFER), List.of());
    }

    Set<SocketOption<?>> names() {
        return options.keySet();
    }

    /** Asks the descriptor, whose user has begun. {@link #meaning} tells what the answer means. */
    @Nullable Object read(FileDescriptor socket, SocketOption<?> name) throws IOException {
        UnixOption<?> option = find(name);
        try {
            return option.read((Socket) socket);
        } catch (IOException | ChannelException e) {
            throw Failures.option(e);
        }
    }

    <T> @Nullable T meaning(SocketOption<T> name, @Nullable Object read) throws IOException {
        return name.type().cast(find(name).meaning(read));
    }

    <T> void write(FileDescriptor socket, SocketOption<T> name, @Nullable T value) throws IOException {
        UnixOption<?> option = find(name);
        if (value == null) {
            throw new IllegalArgumentException("Invalid value 'null'");
        }
        try {
            option.write((Socket) socket, value);
        } catch (IOException | ChannelException e) {
            throw Failures.option(e);
        }
    }

    private UnixOption<?> find(SocketOption<?> name) {
        UnixOption<?> option = options.get(name);
        if (option == null) {
            throw new UnsupportedOperationException("'" + name + "' not supported");
        }
        return option;
    }

    private static void writeLinger(Socket socket, int seconds) throws IOException {
        socket.setSoLinger(Math.clamp(seconds, -1, 65_535));
    }

    private static void writeTrafficClass(Socket socket, int value) throws IOException {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("Invalid IP_TOS value");
        }
        socket.setTrafficClass(value);
    }

    private static int bufferSize(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("Invalid send/receive buffer size");
        }
        return bytes;
    }

    /**
     * Linux doubles a buffer size that is set, to make room for its own bookkeeping; the JDK tells half of what Linux
     * says.
     */
    private static int asWasSet(int reported) {
        return Errno.LINUX ? reported / 2 : reported;
    }
}
