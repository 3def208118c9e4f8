package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One {@code Net.connect}: its time, its local address, and to one address, a name, or the first of several that answers. */
final class Connecting {

    private final Loop loop;
    private final Countdown countdown;
    private final @Nullable SocketAddress bind;
    private final @Nullable Consumer<? super ConnectEvent> observer;

    /** Its time begins now. Less than 0 nanoseconds are for ever; no connection is made without waiting, so 0 is a millisecond. */
    Connecting(Loop loop, long nanos, @Nullable SocketAddress bind,
            @Nullable Consumer<? super ConnectEvent> observer) {
        this.loop = loop;
        this.countdown = new Countdown(loop, nanos == 0 ? 1_000_000 : nanos);
        this.bind = bind;
        this.observer = observer;
    }

    GreenSocket to(SocketAddress address) throws IOException {
        return address instanceof InetSocketAddress name && name.isUnresolved()
                ? toName(name.getHostString(), name.getPort())
                : open(address);
    }

    private GreenSocket toName(String host, int port) throws IOException {
        List<InetAddress> addresses;
        try {
            addresses = Names.resolve(host, countdown.left());
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException(
                    "Connect timed out: " + host + ":" + port + ", while its name was looked up");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("Closed by interrupt");
        }
        return toFirstOf(host + ":" + port,
                addresses.stream().map(address -> new InetSocketAddress(address, port)).toList());
    }

    /** A single address that nobody watches needs no green thread of its own. */
    GreenSocket toFirstOf(String what, List<InetSocketAddress> addresses) throws IOException {
        checkBind();
        return addresses.size() == 1 && observer == null
                ? open(addresses.getFirst())
                : new HappyEyeballs(loop, what, addresses, this::openOfSeveral, countdown, observer).connect();
    }

    private void checkBind() throws SocketException {
        if (bind == null) {
            return;
        }
        if (!(bind instanceof InetSocketAddress local)) {
            throw new IllegalArgumentException(
                    "bind: " + bind + " (expected: an InetSocketAddress, as the addresses to connect to)");
        }
        if (local.isUnresolved()) {
            throw new SocketException("Unresolved address: " + bind);
        }
    }

    private GreenSocket open(SocketAddress to) throws IOException {
        return open(to, bind, countdown.leftMillis());
    }

    /** A local address is of use to its own family. The time is the race's, which ends the attempts when it is up. */
    private GreenSocket openOfSeveral(InetSocketAddress to) throws IOException {
        boolean fits = bind instanceof InetSocketAddress local && local.getAddress() != null
                && local.getAddress().getClass() == to.getAddress().getClass();
        return open(to, fits ? bind : null, 0);
    }

    private static GreenSocket open(SocketAddress to, @Nullable SocketAddress local, int millis)
            throws IOException {
        var socket = new GreenSocket();
        boolean connected = false;
        try {
            if (local != null) {
                socket.bind(local);
            }
            socket.connect(to, millis);
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }
}
