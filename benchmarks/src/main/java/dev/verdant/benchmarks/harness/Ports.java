package dev.verdant.benchmarks.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports that nobody uses. */
public final class Ports {

    private Ports() {}

    /**
     * Finds one.
     *
     * @return the port, which was free a moment ago
     * @throws IOException if there is none
     */
    public static int free() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
