package dev.verdant.benchmarks.servers;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenDatagramSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * Sends every message back. On Verdant, or as Netty's epoll datagram channel does it.
 *
 * <p>Run {@code ./verdant datagram-echo --port 8001 [--hub NAME | --peer netty|netty-each]}.
 */
public final class DatagramEcho {

    static final int BUFFER = 2048;

    private DatagramEcho() {}

    /**
     * Serves until it is killed.
     *
     * @param args {@code --port PORT --peer PEER}
     * @throws Exception if the port cannot be had
     */
    public static void main(String[] args) throws Exception {
        String port = "8001";
        String peer = "verdant";
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                refuse(args[i] + " (expected: a value after it)");
            }
            switch (args[i]) {
                case "--port" -> port = args[i + 1];
                case "--peer" -> peer = args[i + 1];
                default -> refuse("unknown option: " + args[i] + " (expected: --port, --peer)");
            }
        }
        if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
            refuse("--port: " + port + " (expected: 0 to 65535)");
        }
        var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(port));
        switch (peer) {
            case "verdant" -> Green.run(() -> echo(new GreenDatagramSocket(address)));
            case "netty" -> DatagramEchoNetty.serve(address, false);
            case "netty-each" -> DatagramEchoNetty.serve(address, true);
            default -> refuse("--peer: " + peer + " (expected: netty or netty-each)");
        }
    }

    private static void refuse(String why) {
        System.err.println(why);
        System.exit(2);
    }

    private static void echo(GreenDatagramSocket socket) throws IOException {
        try (socket) {
            var message = ByteBuffer.allocateDirect(BUFFER);
            while (true) {
                var from = socket.receive(message.clear());
                socket.send(message.flip(), from);
            }
        }
    }
}
