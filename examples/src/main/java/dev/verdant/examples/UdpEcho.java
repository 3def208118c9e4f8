package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenDatagramSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Sends every message back to where it came from. One green thread serves everybody: there are no connections.
 *
 * <p>Run {@code ./verdant udp-echo --port 6001}, and {@code nc -u 127.0.0.1 6001}.
 */
public final class UdpEcho {

    private static final int LONGEST_MESSAGE = 65_535;

    private UdpEcho() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if the port cannot be had
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(6001);
        Green.run(() -> echo(Listening.forMessages(port, "udp-echo")));
    }

    /** Serves until the socket is closed. */
    static void echo(GreenDatagramSocket socket) throws IOException {
        var message = ByteBuffer.allocateDirect(LONGEST_MESSAGE);
        while (!socket.isClosed()) {
            var from = socket.receive(message.clear());
            try {
                socket.send(message.flip(), from);
            } catch (IOException e) {
                // One who cannot be answered is no reason to stop answering the others.
                System.err.println("cannot answer " + from + ": " + e.getMessage());
            }
        }
    }
}
