package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Fetches a page over HTTPS and prints the answer, trusting the authorities of one file alone if there is one: a company's own, or one made for trials.
 *
 * <p>Run {@code ./verdant https-fetch https://localhost:8443/ --ca ca.pem}.
 */
public final class HttpsFetch {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private HttpsFetch() {}

    /**
     * Fetches one page.
     *
     * @param args the address, and perhaps {@code --ca PEM} and {@code --engine jdk|boringssl}
     * @throws Exception if it cannot be had
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "ca", "engine");
        List<String> words = arguments.rest();
        if (words.size() != 1 || !words.getFirst().matches("https://.+")) {
            throw Arguments.refuse("expected: one address, https://...");
        }
        Path authorities = arguments.file("ca");
        SslOptions options = TlsArguments.client(arguments, authorities);
        System.out.println(Green.call(() -> fetch(URI.create(words.getFirst()), options)));
    }

    /** Returns the answer, head and body. */
    static String fetch(URI address, SslOptions options) throws Exception {
        int port = address.getPort() < 0 ? 443 : address.getPort();
        String path = address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        return Timeout.call(PATIENCE, () -> {
            try (var tls = GreenSsl.wrap(Net.connect(address.getHost(), port), options)) {
                tls.sendAll(("GET " + path + " HTTP/1.1\r\nHost: " + address.getAuthority()
                        + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                return new String(tls.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            }
        });
    }
}
