package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.http.FileHandler;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Gives the files of a folder to browsers and {@code curl}, with lists of what is in it, and writes a line for each request.
 *
 * <p>Run {@code ./verdant serve . --port 8080}, and {@code curl http://127.0.0.1:8080/README.md}; with {@code --tls-cert cert.pem --tls-key key.pem} it
 * is {@code curl --cacert cert.pem https://localhost:8080/}.
 */
public final class FileServer {

    private static final Duration GRACE = Duration.ofSeconds(5);

    private FileServer() {}

    /**
     * Runs the server. On SIGTERM (or Ctrl-C) requests that are under way have five seconds to end.
     *
     * @param args the folder, the current one if none is given, and {@code --port PORT --tls-cert PEM --tls-key PEM --engine jdk|boringssl}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "tls-cert", "tls-key", "engine");
        var words = arguments.rest();
        var folder = Path.of(words.isEmpty() ? "." : words.getFirst());
        if (words.size() > 1 || !Files.isDirectory(folder)) {
            throw Arguments.refuse(String.join(" ", words) + " (expected: a folder)");
        }
        int port = arguments.port(8080);
        var tls = TlsArguments.serverIfAsked(arguments);
        Green.run(() -> {
            var service = on(Listening.on(port, "serve"), folder).log(System.out).stopOnShutdown(GRACE);
            tls.ifPresent(service::tls);
            service.serve();
        });
    }

    /** Begins a service that gives out a folder, with room for a crowd. */
    static HttpService.Builder on(GreenServerSocket listener, Path folder) throws IOException {
        return HttpService.on(listener).maxSize(10_000).handler(FileHandler.of(folder).listing());
    }
}
