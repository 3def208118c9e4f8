package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection that begins in plain and goes on in TLS, as mail servers do it (RFC 3207): both ends of the dialogue, printed as it goes.
 *
 * <p>Run {@code ./verdant starttls --cert cert.pem --key key.pem}, with a certificate for {@code localhost}.
 */
public final class StartTls {

    private StartTls() {}

    /**
     * Runs both ends.
     *
     * @param args {@code --cert PEM --key PEM}, and perhaps {@code --port PORT} and {@code --engine jdk|boringssl}
     * @throws Exception if they do not understand each other
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "cert", "key", "engine").withoutRest();
        SslOptions server = TlsArguments.server(arguments);
        SslOptions client = TlsArguments.client(arguments, Objects.requireNonNull(arguments.file("cert")));
        Green.run(() -> {
            try (var listener = Listening.on(arguments.port(0), "starttls")) {
                Green.spawnN(() -> Net.serve(listener, connection -> serve(connection, server)));
                try (var connection = Net.connect("localhost", listener.getLocalPort())) {
                    talk(connection, client, System.out::println);
                }
            }
        });
    }

    // ---- the server's end

    /** Answers until the client quits. Each line is read to its end and no further, so that nothing said in plain can be taken for TLS. */
    static void serve(GreenSocket connection, SslOptions options) throws IOException {
        send(connection, "220 localhost ready");
        Socket socket = connection;
        for (String line = receive(socket); line != null; line = receive(socket)) {
            switch (line) {
                case "STARTTLS" -> {
                    if (socket != connection) {
                        send(socket, "503 TLS is spoken already");
                    } else {
                        send(socket, "220 go ahead");
                        socket = GreenSsl.wrap(connection, options);
                    }
                }
                case "QUIT" -> {
                    send(socket, "221 bye");
                    socket.close();
                    return;
                }
                default -> send(socket, line.startsWith("EHLO ")
                        ? socket == connection ? "250 STARTTLS" : "250 nothing more"
                        : "502 " + line + " is not known");
            }
        }
    }

    // ---- the client's end

    /** Talks to the server in plain, then in TLS, and tells each line. */
    static void talk(GreenSocket connection, SslOptions options, Consumer<String> told) throws IOException {
        told.accept("S: " + receive(connection));
        ask(connection, "EHLO client", "", told);
        ask(connection, "STARTTLS", "", told);
        try (var tls = GreenSsl.wrap(connection, options)) {
            ask(tls, "EHLO client", tls.getSession().getProtocol() + " ", told);
            ask(tls, "QUIT", tls.getSession().getProtocol() + " ", told);
        }
    }

    private static void ask(Socket socket, String line, String how, Consumer<String> told) throws IOException {
        send(socket, line);
        told.accept(how + "C: " + line);
        told.accept(how + "S: " + receive(socket));
    }

    // ---- both

    private static void send(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Returns the next line, or null at the end. */
    private static @Nullable String receive(Socket socket) throws IOException {
        var line = new StringBuilder();
        var in = socket.getInputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                return line.toString().stripTrailing();
            }
            if (line.append((char) next).length() > 1000) {
                throw new IOException("a line of more than 1,000 characters");
            }
        }
        return null;
    }
}
