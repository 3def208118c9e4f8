package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.Socket;

/**
 * Sends back what it gets: the smallest server, in plain blocking code. A green thread for each connection.
 *
 * <p>Run {@code ./verdant echo --port 6000}, and {@code nc 127.0.0.1 6000}.
 */
public final class EchoServer {

    private EchoServer() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(6000);
        Green.run(() -> Net.serve(Listening.on(port, "echo"), EchoServer::echo, 10_000));
    }

    /** Talks to one client, until it has said its last. */
    static void echo(Socket client) throws IOException {
        var in = client.getInputStream();
        var out = client.getOutputStream();
        byte[] buffer = new byte[4096];
        for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
    }
}
