package dev.verdant.hub.unix;

import dev.verdant.hub.ResourceExhaustedException;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns what Netty's native calls throw into the exceptions and the words of the JDK. Any thread.
 *
 * <p>What happens to connections every day (reset, broken pipe, refused) carries no cause: Netty's exception would
 * add a second stack trace that says the same.
 */
final class Failures {

    static final String CLOSED = "Socket closed";
    static final String RESET = "Connection reset";

    /**
     * {@code read(..) failed with error(-104): Connection reset by peer}, and {@code setsockopt() failed: Invalid
     * argument}.
     */
    private static final Pattern WORDS = Pattern.compile("failed(?: with error\\((-?\\d+)\\))?: ?(.*)");

    private Failures() {}

    /**
     * Loads every class that telling a failure needs. When descriptors have run out it is too late: the class loader
     * has none either.
     */
    static void load() {
        var example = new NativeIoException("accept", -Errno.EMFILE, false);
        transfer(example);
        connect(example, null);
        bind(example, new InetSocketAddress(0));
        datagram(example);
    }

    static SocketException closed() {
        return new SocketException(CLOSED);
    }

    /** What a read, a write or a shutdown has failed with. */
    static SocketException transfer(Exception e) {
        if (e instanceof ClosedChannelException) {
            return closed();
        }
        if (e instanceof NotYetConnectedException || number(e) == Errno.ENOTCONN) {
            return new SocketException("Socket is not connected");
        }
        return switch (classify(e)) {
            case RESET -> new SocketException(RESET);
            case EXHAUSTED -> exhausted(e);
            default -> new SocketException(words(e));
        };
    }

    /** What sending or receiving a datagram has failed with. */
    static SocketException datagram(Exception e) {
        if (e instanceof SocketException told) {
            // Netty says more than the JDK about a port that nobody listens on.
            return told instanceof PortUnreachableException ? new PortUnreachableException() : told;
        }
        return switch (classify(e)) {
            case REFUSED -> new PortUnreachableException();
            case ADDRESS -> new BindException(words(e));
            default -> number(e) == Errno.EHOSTUNREACH ? new NoRouteToHostException(words(e)) : transfer(e);
        };
    }

    /** What sending or receiving a Unix-domain datagram has failed with. */
    static SocketException unixDatagram(Exception e) {
        if (e instanceof SocketException told) {
            return told;
        }
        return classify(e) == Kind.REFUSED ? new ConnectException(words(e)) : transfer(e);
    }

    /** What a datagram to a receiver that has no room has failed with, where nobody will tell when there is. */
    static SocketException fullReceiver() {
        return exhausted(new NativeIoException("sendto", -Errno.EAGAIN, false));
    }

    /** What becoming or ceasing to be a member of a multicast group has failed with. Netty tells the words alone. */
    static SocketException membership(Exception e) {
        if (e instanceof ClosedChannelException) {
            return closed();
        }
        String words = words(e);
        if (words.startsWith("Address already in use")) {
            return new SocketException("Already a member of group");
        }
        // Linux and macOS say it in other words.
        return new SocketException(words.contains("assign requested address") ? "Not a member of group" : words);
    }

    /** What a connect to {@code remote} has failed with. */
    static IOException connect(Exception e, @Nullable SocketAddress remote) {
        String where = ": " + remote;
        if (e instanceof AlreadyConnectedException) {
            return new SocketException("Already connected");
        }
        if (e instanceof ClosedChannelException) {
            return closed();
        }
        // Netty says no more for EHOSTUNREACH and ENETUNREACH.
        if (e instanceof NoRouteToHostException) {
            return new NoRouteToHostException("No route to host" + where);
        }
        return switch (classify(e)) {
            case REFUSED -> new ConnectException(words(e) + where);
            case ADDRESS -> new BindException(words(e) + where);
            case RESET -> new SocketException(RESET + where);
            case EXHAUSTED -> exhausted(e);
            case OTHER -> new SocketException(words(e) + where);
        };
    }

    /** What a bind to {@code local}, or the listen after it, has failed with. */
    static IOException bind(Exception e, SocketAddress local) {
        if (e instanceof ClosedChannelException) {
            return closed();
        }
        if (e instanceof BindException told) {
            return told;
        }
        String text = words(e) + ": " + local;
        return switch (classify(e)) {
            case ADDRESS -> new BindException(text);
            case EXHAUSTED -> exhausted(e);
            default -> new SocketException(text);
        };
    }

    /** What making a descriptor or accepting a connection has failed with. */
    static SocketException open(Exception e) {
        return classify(e) == Kind.EXHAUSTED ? exhausted(e) : transfer(e);
    }

    /** What an option has failed with. */
    static SocketException option(Exception e) {
        return e instanceof ClosedChannelException ? closed() : new SocketException(words(e));
    }

    /** What accept(2) says to treat as nothing: the connection died while it waited, the next may be well. */
    static boolean passesAway(IOException e) {
        int error = number(e);
        return error == Errno.ECONNABORTED || error == Errno.EINTR || error == Errno.EPROTO || error == Errno.EPERM
                || error == Errno.ENETDOWN || error == Errno.ENOPROTOOPT || error == Errno.EHOSTDOWN
                || error == Errno.ENONET
                || error == Errno.EHOSTUNREACH || error == Errno.EOPNOTSUPP || error == Errno.ENETUNREACH;
    }

    /**
     * Tells whether a failed transfer means that the connection is gone in both directions; EPIPE says nothing of the
     * incoming one.
     */
    static boolean endsConnection(Exception e) {
        return e instanceof NativeIoException && number(e) != Errno.EPIPE && classify(e) != Kind.EXHAUSTED;
    }

    /** The errno, positive; 0 if there is none to be found. */
    static int number(Exception e) {
        if (e instanceof NativeIoException known) {
            return -known.expectedErr();
        }
        if (e.getCause() instanceof NativeIoException known) {
            return -known.expectedErr();
        }
        // A failed connect keeps its number in the message alone.
        Matcher matcher = match(e);
        return matcher == null || matcher.group(1) == null ? 0 : -Integer.parseInt(matcher.group(1));
    }

    /** The operating system's words without Netty's around them. */
    static String words(Exception e) {
        Matcher matcher = match(e.getCause() instanceof NativeIoException known ? known : e);
        return matcher == null ? String.valueOf(e.getMessage()) : matcher.group(2);
    }

    private static @Nullable Matcher match(Exception e) {
        String message = e.getMessage();
        if (message == null) {
            return null;
        }
        Matcher matcher = WORDS.matcher(message);
        return matcher.find() ? matcher : null;
    }

    private static ResourceExhaustedException exhausted(Exception e) {
        return new ResourceExhaustedException(words(e), e);
    }

    private static Kind classify(Exception e) {
        int error = number(e);
        if (error == Errno.ECONNRESET) {
            return Kind.RESET;
        }
        if (error == Errno.ECONNREFUSED || error == Errno.ETIMEDOUT) {
            return Kind.REFUSED;
        }
        if (error == Errno.EADDRINUSE || error == Errno.EADDRNOTAVAIL || error == Errno.EACCES) {
            return Kind.ADDRESS;
        }
        // A connect to a Unix-domain listener whose backlog is full, and a datagram to a receiver whose queue is.
        if (error == Errno.EAGAIN) {
            return Kind.EXHAUSTED;
        }
        boolean exhausted = error == Errno.EMFILE || error == Errno.ENFILE || error == Errno.ENOBUFS
                || error == Errno.ENOMEM;
        return exhausted ? Kind.EXHAUSTED : Kind.OTHER;
    }

    /** What the errors have in common, as the JDK sorts them. */
    private enum Kind {
        RESET, REFUSED, ADDRESS, EXHAUSTED, OTHER
    }
}
