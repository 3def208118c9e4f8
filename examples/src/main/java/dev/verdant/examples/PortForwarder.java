package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Passes connections on to another address: two green threads a connection, one each way. When one side has said its last, the other is told so and
 * may still answer; when one breaks, both end.
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
        var arguments = Arguments.parse(args, "port", "to").withoutRest();
        int port = arguments.port(7000);
        String target = arguments.text("to", "127.0.0.1:6000");
        var to = address(target);
        Green.run(() -> Net.serve(Listening.on(port, "forward to " + target), client -> forward(client, to)));
    }

    /** Not resolved: that is done for each connection, off the loop, so that the name may move. */
    static InetSocketAddress address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        try {
            return InetSocketAddress.createUnresolved(hostAndPort.substring(0, colon),
                    Integer.parseInt(hostAndPort.substring(colon + 1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw Arguments.refuse("--to: " + hostAndPort + " (expected: HOST:PORT)");
        }
    }

    static void forward(GreenSocket client, InetSocketAddress to) throws Exception {
        try (var server = Net.connect(to)) {
            var answers = Green.spawn(() -> pump(server, client));
            pump(client, server);
            answers.await();
        }
    }

    private static void pump(GreenSocket from, GreenSocket to) throws IOException {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            if (from.isClosed() || to.isClosed()) {
                return; // By the other pump, which says why.
            }
            from.close();
            to.close();
            throw e;
        }
    }
}
