package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/**
 * How one socket option is read and written on a descriptor. Immutable; any thread.
 *
 * @param <T> the type of the option's value
 */
public final class UnixOption<T> {

    /** The protocol level of TCP's own options, IPPROTO_TCP. */
    public static final int TCP = 6;

    /** The level of the options that every socket has, SOL_SOCKET. */
    public static final int SOCKET = Errno.number(1, 0xffff);

    /** The protocol level of IPv4's options, IPPROTO_IP. */
    static final int IP = 0;

    /** The protocol level of IPv6's options, IPPROTO_IPV6. */
    static final int IPV6 = 41;

    private final SocketOption<T> name;
    private final Reader<?> reader;
    private final Meaning<T> meaning;
    private final Writer<T> writer;

    UnixOption(SocketOption<T> name, Reader<T> reader, Writer<T> writer) {
        this(name, reader, name.type()::cast, writer);
    }

    /** Creates one whose value is not at hand with the descriptor's answer. */
    UnixOption(SocketOption<T> name, Reader<?> reader, Meaning<T> meaning, Writer<T> writer) {
        this.name = name;
        this.reader = reader;
        this.meaning = meaning;
        this.writer = writer;
    }

    /**
     * Returns an option that is an {@code int} to getsockopt(2) and to Java.
     *
     * @param name the JDK's name
     * @param level the protocol level, for example {@link #TCP}
     * @param number the option's number at that level
     * @return the option
     */
    public static UnixOption<Integer> integer(SocketOption<Integer> name, int level, int number) {
        return new UnixOption<>(name, s -> s.getIntOpt(level, number), (s, v) -> s.setIntOpt(level, number, v));
    }

    /**
     * Returns an option that is an {@code int} to getsockopt(2) and a switch to Java.
     *
     * @param name the JDK's name
     * @param level the protocol level, for example {@link #TCP}
     * @param number the option's number at that level
     * @return the option
     */
    public static UnixOption<Boolean> flag(SocketOption<Boolean> name, int level, int number) {
        return new UnixOption<>(name, s -> s.getIntOpt(level, number) != 0,
                (s, v) -> s.setIntOpt(level, number, v ? 1 : 0));
    }

    /**
     * Returns an option that is an {@code int} to getsockopt(2) and that nobody can set.
     *
     * @param name the JDK's name
     * @param level the protocol level, for example {@link #SOCKET}
     * @param number the option's number at that level
     * @return the option
     */
    public static UnixOption<Integer> readOnly(SocketOption<Integer> name, int level, int number) {
        return new UnixOption<>(name, s -> s.getIntOpt(level, number), (_, _) -> {
            throw new SocketException("Attempt to set read only option " + name);
        });
    }

    /**
     * Returns an option that both protocols of a dual-stack socket have, each for itself: an {@code int} to
     * getsockopt(2) and a switch to Java.
     *
     * @param name the JDK's name
     * @param number the option's number for IPv4
     * @param number6 the option's number for IPv6
     * @param on what switches it on
     * @return the option; off is 0
     */
    public static UnixOption<Boolean> bothFlags(SocketOption<Boolean> name, int number, int number6, int on) {
        return new UnixOption<>(name,
                s -> on == (Socket.isIPv6Preferred() ? s.getIntOpt(IPV6, number6) : s.getIntOpt(IP, number)),
                (s, v) -> {
                    if (Socket.isIPv6Preferred()) {
                        s.setIntOpt(IPV6, number6, v ? on : 0);
                    }
                    s.setIntOpt(IP, number, v ? on : 0);
                });
    }

    SocketOption<T> name() {
        return name;
    }

    /** Asks the descriptor. Its user has begun, so this is quick. */
    @Nullable Object read(Socket socket) throws IOException {
        return reader.read(socket);
    }

    /** Makes the option's value of what {@link #read} has returned. No user of the descriptor, so this may take its time. */
    @Nullable T meaning(@Nullable Object read) throws IOException {
        return meaning.of(read);
    }

    /** Writes {@code value}, which must be of the option's type. */
    void write(Socket socket, Object value) throws IOException {
        writer.write(socket, name.type().cast(value));
    }

    /** Reads the option. Netty throws an unchecked {@code ChannelException} if the operating system refuses. */
    @FunctionalInterface
    interface Reader<T> {
        @Nullable T read(Socket socket) throws IOException;
    }

    /** Makes a value of what a {@link Reader} has returned. */
    @FunctionalInterface
    interface Meaning<T> {
        @Nullable T of(@Nullable Object read) throws IOException;
    }

    /** Writes the option. Netty throws an unchecked {@code ChannelException} if the operating system refuses. */
    @FunctionalInterface
    interface Writer<T> {
        void write(Socket socket, T value) throws IOException;
    }
}
