package dev.verdant.examples;

import dev.verdant.green.EventLoop;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;

/** What every server here does first. */
final class Listening {

    private Listening() {}

    /** Listens on 127.0.0.1, with room for a crowd to wait, and says so in one line. */
    static GreenServerSocket on(int port, String who) throws IOException {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", port), 4096);
        report(listener, who);
        return listener;
    }

    /** Says in one line where a listener listens. */
    static void report(GreenServerSocket listener, String who) {
        String hub = Objects.requireNonNull(EventLoop.current()).hubName();
        System.out.println(who + " listens on " + listener.getLocalSocketAddress() + " (" + hub + ")");
    }

    /** Receives on 127.0.0.1, and says so in one line. */
    static GreenDatagramSocket forMessages(int port, String who) throws IOException {
        var socket = new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", port));
        String hub = Objects.requireNonNull(EventLoop.current()).hubName();
        System.out.println(who + " receives on " + socket.getLocalSocketAddress() + " (" + hub + ")");
        return socket;
    }
}
