package dev.verdant.conformance;

import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Two ends of a connection on the loopback. */
record SocketPair(GreenSocket client, GreenSocket server) implements AutoCloseable {

    static SocketPair open() throws IOException {
        try (var listener = listener()) {
            return open(listener);
        }
    }

    /**
     * For many: each port that was listened on stays taken for a minute after its connections, and looking for a free one takes the longer the fewer there
     * are.
     */
    static SocketPair open(GreenServerSocket listener) throws IOException {
        var client = Net.connect(listener.getLocalSocketAddress());
        return new SocketPair(client, listener.accept());
    }

    /** Returns what many can be opened with. */
    static GreenServerSocket listener() throws IOException {
        return Net.listen(new InetSocketAddress("127.0.0.1", 0));
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
