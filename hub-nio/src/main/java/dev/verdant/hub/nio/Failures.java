package dev.verdant.hub.nio;

import dev.verdant.hub.ResourceExhaustedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what channels throw into what sockets throw. */
final class Failures {

    /** How the operating system says that something ran out; NIO passes on the words only. */
    private static final List<String> EXHAUSTED = List.of("Too many open files", "No buffer space available",
            "Cannot allocate memory");

    private Failures() {}

    static IOException of(Exception e) {
        if (e instanceof ClosedChannelException) {
            return new SocketException("Socket closed");
        }
        if (e instanceof NotYetConnectedException) {
            return new SocketException("Socket is not connected");
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

    /** The same failure, with the address in its message. */
    static IOException at(SocketAddress address, Exception e) {
        if (e instanceof UnresolvedAddressException) {
            return new UnknownHostException(address.toString());
        }
        String message = e.getMessage() + ": " + address;
        return switch (e) {
            case BindException _ -> because(new BindException(message), e);
            case NoRouteToHostException _ -> because(new NoRouteToHostException(message), e);
            case PortUnreachableException _ -> because(new PortUnreachableException(message), e);
            case ConnectException _ -> because(new ConnectException(message), e);
            case SocketException _ -> because(new SocketException(message), e);
            default -> of(e);
        };
    }

    private static <E extends Exception> E because(E failure, Exception cause) {
        failure.initCause(cause);
        return failure;
    }
}
