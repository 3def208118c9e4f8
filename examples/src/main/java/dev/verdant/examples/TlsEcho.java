package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;

/**
 * Sends back what it gets, over TLS: {@link EchoServer} and one line more.
 *
 * <p>Run {@code ./verdant tls-echo --port 6010 --cert cert.pem --key key.pem}, and {@code openssl s_client -connect localhost:6010 -CAfile cert.pem}.
 */
public final class TlsEcho {

    private TlsEcho() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT --cert PEM --key PEM}, and perhaps {@code --client-ca PEM}, whose clients alone are served, and
     *        {@code --engine jdk|boringssl}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "cert", "key", "client-ca", "engine").withoutRest();
        int port = arguments.port(6010);
        SslOptions options = TlsArguments.server(arguments);
        Green.run(() -> Net.serve(Listening.on(port, "tls-echo"), client -> echo(client, options), 10_000));
    }

    /** Talks to one client, until it has said its last. A client that says nothing holds up nobody else. */
    static void echo(GreenSocket client, SslOptions options) throws IOException {
        try (var tls = GreenSsl.wrap(client, options)) {
            EchoServer.echo(tls);
        }
    }
}
