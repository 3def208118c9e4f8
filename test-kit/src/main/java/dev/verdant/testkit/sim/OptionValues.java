package dev.verdant.testkit.sim;

import dev.verdant.hub.HubOptions;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The socket options of one channel, with the ranges and the words of the JDK. They are kept; those that a simulated network has a use for are the buffer sizes,
 * {@code SO_LINGER}, {@code SO_OOBINLINE}, {@code SO_REUSEPORT}, {@code SO_REUSEADDR}, {@code SO_BROADCAST} and {@code IP_MULTICAST_LOOP}. Guarded by the
 * timeline's word.
 */
final class OptionValues {

    private static final int DEFAULT_BUFFER = 128 * 1024;
    private static final int SMALLEST_BUFFER = 2048;
    private static final int LARGEST_BUFFER = 16 * 1024 * 1024;
    private static final int LONGEST_LINGER = 65_535;

    private static final Set<SocketOption<?>> STREAM = Set.of(StandardSocketOptions.TCP_NODELAY,
            StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_LINGER, StandardSocketOptions.IP_TOS, StandardSocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF, HubOptions.SO_OOBINLINE);
    private static final Set<SocketOption<?>> LISTENER = Set.of(StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_REUSEPORT, StandardSocketOptions.IP_TOS, StandardSocketOptions.SO_RCVBUF);
    private static final Set<SocketOption<?>> UDP = Set.of(StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.IP_TOS, StandardSocketOptions.IP_MULTICAST_IF,
            StandardSocketOptions.IP_MULTICAST_TTL, StandardSocketOptions.IP_MULTICAST_LOOP);
    private static final Set<SocketOption<?>> UNIX_STREAM = Set.of(StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_LINGER);
    private static final Set<SocketOption<?>> UNIX_LISTENER = Set.of(StandardSocketOptions.SO_RCVBUF);
    private static final Set<SocketOption<?>> UNIX_DATAGRAM = Set.of(StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_RCVBUF);

    private final Set<SocketOption<?>> names;
    private final Map<SocketOption<?>, Object> values = new HashMap<>(2);

    // Looked at by calls that must be fast.
    private int linger = -1;
    private boolean urgentInLine;

    private OptionValues(Set<SocketOption<?>> names) {
        this.names = names;
    }

    static OptionValues ofStream(boolean unix) {
        return new OptionValues(unix ? UNIX_STREAM : STREAM);
    }

    static OptionValues ofListener(boolean unix) {
        var options = new OptionValues(unix ? UNIX_LISTENER : LISTENER);
        if (!unix) {
            options.values.put(StandardSocketOptions.SO_REUSEADDR, true);
        }
        return options;
    }

    static OptionValues ofDatagram(boolean unix) {
        return new OptionValues(unix ? UNIX_DATAGRAM : UDP);
    }

    static OptionValues none() {
        return new OptionValues(Set.of());
    }

    Set<SocketOption<?>> names() {
        return names;
    }

    <T> void set(SocketOption<T> option, @Nullable T value, SimChannel channel) throws SocketException {
        require(option);
        channel.requireOpen();
        if (value == null) {
            throw new IllegalArgumentException("Invalid value 'null'");
        }
        Object kept = checked(option, value);
        values.put(option, kept);
        if (option == StandardSocketOptions.SO_LINGER) {
            linger = (Integer) kept;
        } else if (option == HubOptions.SO_OOBINLINE) {
            urgentInLine = (Boolean) kept;
        }
        channel.optionChanged();
    }

    private static Object checked(SocketOption<?> option, Object value) {
        Object typed = option.type().cast(value);
        if (!(typed instanceof Integer number)) {
            return typed;
        }
        if (option == StandardSocketOptions.SO_LINGER) {
            return Math.clamp(number, -1, LONGEST_LINGER);
        }
        if (isBuffer(option)) {
            if (number < 0) {
                throw new IllegalArgumentException("Invalid send/receive buffer size");
            }
            return Math.clamp(number, SMALLEST_BUFFER, LARGEST_BUFFER);
        }
        if (number < 0 || number > 255) {
            throw new IllegalArgumentException("Invalid " + option.name() + " value");
        }
        return number;
    }

    private static boolean isBuffer(SocketOption<?> option) {
        return option == StandardSocketOptions.SO_RCVBUF || option == StandardSocketOptions.SO_SNDBUF;
    }

    <T> @Nullable T get(SocketOption<T> option, SimChannel channel) throws SocketException {
        require(option);
        channel.requireOpen();
        Object value = values.get(option);
        return option.type().cast(value == null ? byDefault(option) : value);
    }

    private static @Nullable Object byDefault(SocketOption<?> option) {
        if (isBuffer(option)) {
            return DEFAULT_BUFFER;
        }
        if (option == StandardSocketOptions.SO_LINGER) {
            return -1;
        }
        if (option == StandardSocketOptions.IP_MULTICAST_LOOP) {
            return true;
        }
        if (option == StandardSocketOptions.IP_MULTICAST_TTL) {
            return 1;
        }
        if (option.type() == NetworkInterface.class) {
            return null;
        }
        return option.type() == Boolean.class ? (Object) false : (Object) 0;
    }

    private void require(SocketOption<?> option) {
        if (!names.contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }

    // ---- for the channels

    boolean isOn(SocketOption<Boolean> option) {
        Object value = values.get(option);
        return Boolean.TRUE.equals(value == null ? byDefault(option) : value);
    }

    int buffer(SocketOption<Integer> which) {
        return values.get(which) instanceof Integer size ? size : DEFAULT_BUFFER;
    }

    /** A listener's connections have its receive buffer. */
    void inherit(OptionValues listener) {
        if (listener.values.get(StandardSocketOptions.SO_RCVBUF) instanceof Integer size) {
            values.put(StandardSocketOptions.SO_RCVBUF, size);
        }
    }

    boolean breaksAtClose() {
        return linger == 0;
    }

    boolean isUrgentInLine() {
        return urgentInLine;
    }
}
