package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Passes connections on to another address: two green threads a connection, one each way. When one side has said its last, the other is told so, and
 * may still answer.
 *
 * <p>Run {@code ./verdant forward --port 7000 --to 127.0.0.1:6000}.
 */
public final class PortForwarder {

    private PortForwarder() {}

    /**
     * Runs the forwarder.
     *
     * @param args {@code --port PORT --to HOST:PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "to");
        var to = address(arguments.text("to", "127.0.0.1:6000"));
        Green.run(() -> Net.serve(Listening.on(arguments.number("port", 7000), "forward to " + to),
                client -> forward(client, to)));
    }

    static InetSocketAddress address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("to: " + hostAndPort + " (expected: HOST:PORT)");
        }
        return InetSocketAddress.createUnresolved(hostAndPort.substring(0, colon),
                Integer.parseInt(hostAndPort.substring(colon + 1)));
    }

    static void forward(GreenSocket client, InetSocketAddress to) throws Exception {
        try (var server = Net.connect(to)) {
            var back = Green.spawn(() -> pump(server, client));
            try {
                pump(client, server);
                back.await();
            } finally {
                back.kill();
            }
        }
    }

    private static void pump(GreenSocket from, GreenSocket to) throws IOException {
        from.getInputStream().transferTo(to.getOutputStream());
        to.shutdownOutput();
    }
}
