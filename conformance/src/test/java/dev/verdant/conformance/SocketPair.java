package dev.verdant.conformance;

import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Two ends of a connection on the loopback. */
record SocketPair(GreenSocket client, GreenSocket server) implements AutoCloseable {

    static SocketPair open() throws IOException {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var client = Net.connect(listener.getLocalSocketAddress());
            return new SocketPair(client, listener.accept());
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
