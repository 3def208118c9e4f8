package dev.verdant.examples;

import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.net.GroupServer;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * The echo server on two loops, each with connections of its own on the same port. On SIGTERM (or Ctrl-C) it takes no more of them, and those that
 * are being served have five seconds to end.
 *
 * <p>Run {@code ./verdant two-loops --port 6000 --loops 2}, and {@code nc 127.0.0.1 6000}.
 */
public final class TwoLoopEcho {

    private TwoLoopEcho() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT --loops N}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "loops").withoutRest();
        int port = arguments.port(6000);
        int loops = arguments.number("loops", 2, 1, 1000);
        try (var group = EventLoopGroup.start(loops); var server = listen(group, port)) {
            Net.stopOnShutdown(server, Duration.ofSeconds(5));
            System.out.println("two-loops listens on " + server.getLocalSocketAddress() + " ("
                    + group.next().hubName() + ")");
            serve(server);
        }
    }

    static GroupServer listen(EventLoopGroup group, int port) throws IOException {
        return Net.listen(group, new InetSocketAddress("127.0.0.1", port), options -> options.backlog(4096));
    }

    /** Serves until the server is closed, on whatever thread. */
    static void serve(GroupServer server) {
        Net.serve(server, EchoServer::echo, 10_000);
    }
}
