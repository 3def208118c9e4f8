package dev.verdant.hub.nio;

import dev.verdant.hub.ResourceExhaustedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what channels throw into what sockets throw. */
final class Failures {

    /** How the operating system says that something ran out; NIO passes on the words only. */
    private static final List<String> EXHAUSTED = List.of("Too many open files", "No buffer space available",
            "Cannot allocate memory");

    /** What accept(2) says to treat as nothing: the connection died while it waited, the next may be well. */
    private static final List<String> PASSES_AWAY = List.of("Protocol error", "Operation not permitted",
            "Network is down",
            "Network is unreachable", "Protocol not available", "Host is down", "No route to host",
            "Machine is not on the network");

    private Failures() {}

    /**
     * Loads every class that telling a failure needs. When descriptors have run out it is too late: the class loader has none either.
     */
    static void load() {
        IOException example = of(new IOException(EXHAUSTED.getFirst()));
        boolean _ = passesAway(example);
        IOException _ = at(new InetSocketAddress(0), example);
    }

    static SocketException closed() {
        return new SocketException("Socket closed");
    }

    /** What was wrong with a call, or null. No switch over types: what those need is made when they first run, and this does when a program starts. */
    private static @Nullable String wrong(Exception e) {
        if (e instanceof ClosedChannelException) {
            return "Socket closed";
        }
        if (e instanceof NotYetConnectedException) {
            return "Socket is not connected";
        }
        if (e instanceof NoConnectionPendingException) {
            return "No connection pending";
        }
        if (e instanceof AlreadyConnectedException) {
            return "Already connected";
        }
        if (e instanceof ConnectionPendingException) {
            return "Operation already in progress";
        }
        if (e instanceof NotYetBoundException) {
            return "Socket is not bound yet";
        }
        return e instanceof AlreadyBoundException ? "Already bound" : null;
    }

    /** Throws what is no failure of the operating system's: a call that was wrong. */
    static IOException of(Exception e) {
        String wrong = wrong(e);
        if (wrong == null && e instanceof RuntimeException other) {
            throw other;
        }
        if (wrong != null) {
            return new SocketException(wrong);
        }
        String message = e.getMessage();
        if (message != null && EXHAUSTED.stream().anyMatch(message::contains)) {
            return new ResourceExhaustedException(message, e);
        }
        return e instanceof SocketException plain ? plain : because(new SocketException(words(message)), e);
    }

    /** NIO says of a write what the operating system says, and of a read what sockets say. */
    private static @Nullable String words(@Nullable String message) {
        return "Connection reset by peer".equals(message) ? "Connection reset" : message;
    }

    static boolean passesAway(IOException e) {
        String message = e.getMessage();
        return message != null && PASSES_AWAY.stream().anyMatch(message::startsWith);
    }

    /** The same failure, with the address in its message. */
    static IOException at(SocketAddress address, Exception e) {
        if (e instanceof UnresolvedAddressException) {
            return new UnknownHostException(address.toString());
        }
        if (e instanceof UnsupportedAddressTypeException) { // The domain is right, so it is the family: IPv4 alone was asked for.
            return because(new SocketException("IPv6 protocol family unavailable: " + address), e);
        }
        String message = e.getMessage() + ": " + address;
        if (e instanceof BindException) {
            return because(new BindException(message), e);
        }
        if (e instanceof NoRouteToHostException) {
            return because(new NoRouteToHostException(message), e);
        }
        if (e instanceof PortUnreachableException) {
            return because(new PortUnreachableException(message), e);
        }
        if (e instanceof ConnectException) {
            return because(new ConnectException(message), e);
        }
        return e instanceof SocketException ? because(new SocketException(message), e) : of(e);
    }

    private static <E extends Exception> E because(E failure, Exception cause) {
        failure.initCause(cause);
        return failure;
    }
}
