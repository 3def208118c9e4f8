package dev.verdant.conformance.http;

import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import org.jspecify.annotations.Nullable;

/** A client that says what it likes. */
final class Client implements AutoCloseable {

    final GreenSocket socket;
    private final AnswerReader reader;

    private Client(GreenSocket socket) {
        this.socket = socket;
        this.reader = new AnswerReader(socket);
    }

    static Client of(SocketAddress server) throws IOException {
        return new Client(Net.connect(server));
    }

    /** With so small a window that it is soon full. */
    static Client slow(SocketAddress server) throws IOException {
        var client = of(server);
        client.socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
        return client;
    }

    void send(String wire) throws IOException {
        socket.sendAll(Wire.bytes(wire));
    }

    /** The next answer; null if the server has ended. */
    @Nullable Answer next() throws IOException {
        return reader.next(false);
    }

    /** The next answer, to a HEAD. */
    @Nullable Answer nextHead() throws IOException {
        return reader.next(true);
    }

    @Nullable Answer ask(String wire) throws IOException {
        send(wire);
        return next();
    }

    @Nullable Answer get(String path) throws IOException {
        return ask("GET " + path + " HTTP/1.1\r\n" + Wire.HOST + "\r\n");
    }

    /** Whether the server has said that nothing more will come; waits for that, or for more. */
    boolean isAtEnd() throws IOException {
        return next() == null;
    }

    /** What comes until the end. */
    String rest() throws IOException {
        return Wire.text(socket.getInputStream().readAllBytes());
    }

    /** So many bytes. */
    String bytes(int count) throws IOException {
        return Wire.text(socket.getInputStream().readNBytes(count));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
