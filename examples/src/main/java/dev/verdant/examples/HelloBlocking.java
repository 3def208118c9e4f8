package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The classic {@code Hello, world!} server as plain blocking code: read to the blank line, answer, close. Compare {@link HelloCallbacks}, which does
 * the same without green threads.
 *
 * <p>Run {@code ./verdant hello-blocking --port 8000}, and {@code curl http://127.0.0.1:8000/}.
 */
public final class HelloBlocking {

    private static final byte[] ANSWER = "HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"
            .getBytes(StandardCharsets.US_ASCII);

    private HelloBlocking() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(8000);
        Green.run(() -> Net.serve(Listening.on(port, "hello-blocking"), HelloBlocking::hello));
    }

    static void hello(GreenSocket client) throws IOException {
        var request = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        String line = request.readLine();
        while (line != null && !line.isEmpty()) {
            line = request.readLine();
        }
        client.sendAll(ANSWER);
        client.shutdownOutput();
    }
}
