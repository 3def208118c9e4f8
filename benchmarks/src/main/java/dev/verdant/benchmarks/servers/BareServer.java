package dev.verdant.benchmarks.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;

/** The least that a Java program must do to answer a connection: what start-up is compared with. */
public final class BareServer {

    private BareServer() {}

    /**
     * Answers one connection after the other, until it is killed.
     *
     * @param args {@code --port PORT}
     * @throws IOException if it cannot listen
     */
    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[1]);
        // Not Hello's, whose class would be loaded for it.
        byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[4096];
        try (var listener = new ServerSocket(port, 50, InetAddress.getByAddress(new byte[]{127, 0, 0, 1}))) {
            while (true) {
                try (var socket = listener.accept()) {
                    while (socket.getInputStream().read(request) > 0) {
                        socket.getOutputStream().write(answer);
                    }
                }
            }
        }
    }
}
