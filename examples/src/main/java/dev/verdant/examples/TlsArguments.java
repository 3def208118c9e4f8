package dev.verdant.examples;

import dev.verdant.green.ssl.CertReqs;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.SslOptions;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The part of a command line that is about TLS. What is wrong with it is said, and ends the program with 2. */
final class TlsArguments {

    private static final String HOW_TO_MAKE_ONE = "make one for trials with\n"
            + "  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost"
            + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem";

    private TlsArguments() {}

    /** A server's options: {@code --cert}, {@code --key}, and perhaps {@code --client-ca} and {@code --engine}. */
    static SslOptions server(Arguments arguments) {
        Path certificate = arguments.file("cert");
        Path key = arguments.file("key");
        if (certificate == null || key == null) {
            throw Arguments.refuse("expected: --cert PEM --key PEM; " + HOW_TO_MAKE_ONE);
        }
        Path clientCa = arguments.file("client-ca");
        return build(arguments, () -> {
            var builder = SslOptions.forServer().certificate(certificate, key);
            return clientCa == null ? builder : builder.certReqs(CertReqs.REQUIRED).caCerts(clientCa);
        });
    }

    /** A server's options, if {@code --tls-cert} and {@code --tls-key} are given, and perhaps {@code --engine}. */
    static Optional<SslOptions> serverIfAsked(Arguments arguments) {
        Path certificate = arguments.file("tls-cert");
        Path key = arguments.file("tls-key");
        if (certificate == null && key == null) {
            return Optional.empty();
        }
        if (certificate == null || key == null) {
            throw Arguments.refuse("expected: --tls-cert PEM --tls-key PEM, both or none; " + HOW_TO_MAKE_ONE);
        }
        return Optional.of(build(arguments, () -> SslOptions.forServer().certificate(certificate, key)));
    }

    /** A client's options, which trusts what the JDK trusts, or the authorities of a file alone. */
    static SslOptions client(Arguments arguments, @Nullable Path authorities) {
        return build(arguments, () -> {
            var builder = SslOptions.forClient();
            return authorities == null ? builder : builder.caCerts(authorities);
        });
    }

    private interface Start {
        SslOptions.Builder start();
    }

    private static SslOptions build(Arguments arguments, Start settings) {
        String engine = arguments.text("engine", "");
        try {
            SslOptions.Builder builder = settings.start();
            return engine.isEmpty() ? builder.build() : builder.engine(engine(engine)).build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw Arguments.refuse(String.valueOf(e.getMessage()));
        }
    }

    private static Engine engine(String name) {
        try {
            return Engine.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--engine: " + name + " (expected: jdk or boringssl)", e);
        }
    }
}
