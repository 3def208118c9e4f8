package dev.verdant.hub.epoll;

import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;

/** Two ends of one connection on one hub, not registered, and help to drive a hub by hand. */
record Pair(StreamChannel client, StreamChannel server) {

    static final long SECOND = 1_000_000_000;

    static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    static ListenerChannel listen(Hub hub) throws IOException {
        ListenerChannel listener = hub.openListener(SocketDomain.INTERNET);
        listener.bind(loopback(), 100);
        return listener;
    }

    static SocketAddress addressOf(ListenerChannel listener) throws IOException {
        return Objects.requireNonNull(listener.localAddress());
    }

    static Pair connect(Hub hub) throws IOException {
        ListenerChannel listener = listen(hub);
        try {
            return connect(hub, listener);
        } finally {
            listener.close();
        }
    }

    static Pair connect(Hub hub, ListenerChannel listener) throws IOException {
        StreamChannel client = hub.openStream(SocketDomain.INTERNET);
        long end = System.nanoTime() + 5 * SECOND;
        boolean connected = client.connect(addressOf(listener));
        while (!connected && System.nanoTime() < end) {
            connected = client.finishConnect();
        }
        return new Pair(client, Objects.requireNonNull(listener.accept()));
    }

    /** Polls until {@code done}, five seconds at the most. */
    static void pollUntil(Hub hub, Condition done) throws IOException {
        long end = System.nanoTime() + 5 * SECOND;
        while (!done.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within five seconds");
            }
            hub.poll(SECOND / 100);
        }
    }

    interface Condition {
        boolean holds() throws IOException;
    }
}
