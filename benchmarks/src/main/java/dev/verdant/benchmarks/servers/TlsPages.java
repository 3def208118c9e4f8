package dev.verdant.benchmarks.servers;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Answers {@code GET /N} with {@code N} bytes over TLS and closes: full handshakes and bulk, to measure. On Verdant, or as Netty's {@code SslHandler}
 * does it, on one loop with the same engine, keys and suites.
 *
 * <p>Run {@code ./verdant tls-pages --port 8443 --cert PEM --key PEM --engine jdk|boringssl [--peer netty]}.
 */
public final class TlsPages {

    static final int BACKLOG = 1024;
    static final int BLOCK = 64 * 1024;

    private static final Pattern REQUEST = Pattern.compile("GET /(\\d{1,12}) ");

    private TlsPages() {}

    /**
     * Serves until it is killed.
     *
     * @param args {@code --port PORT --cert PEM --key PEM --engine ENGINE --peer PEER}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        Map<String, String> given = new HashMap<>(Map.of("--port", "8443", "--engine", "boringssl", "--peer", "verdant",
                "--cert", "cert.pem", "--key", "key.pem"));
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length || given.replace(args[i], args[i + 1]) == null) {
                System.err.println(args[i] + " (expected: one of " + given.keySet() + " and a value)");
                System.exit(2);
            }
        }
        var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(given.getOrDefault("--port", "")));
        Path certificate = Path.of(given.getOrDefault("--cert", ""));
        Path key = Path.of(given.getOrDefault("--key", ""));
        var engine = Engine.valueOf(given.getOrDefault("--engine", "").toUpperCase(Locale.ROOT));
        if ("netty".equals(given.get("--peer"))) {
            TlsPagesNetty.serve(address, certificate, key, engine);
        } else {
            var options = SslOptions.forServer().certificate(certificate, key).protocols("TLSv1.3").engine(engine)
                    .build();
            Green.run(() -> Net.serve(Net.listen(address, BACKLOG), client -> answer(client, options), 10_000));
        }
    }

    private static void answer(GreenSocket client, SslOptions options) throws IOException {
        client.setTcpNoDelay(true);
        try (var tls = GreenSsl.wrap(client, options)) {
            var request = ByteBuffer.allocate(4096);
            if (tls.read(request) > 0) {
                long left = size(StandardCharsets.US_ASCII.decode(request.flip()).toString());
                for (var block = ByteBuffer.allocateDirect(BLOCK); left > 0; left -= block.limit()) {
                    block.clear().limit((int) Math.min(left, BLOCK));
                    tls.writeFully(block);
                }
            }
        } catch (IOException e) {
            // A load generator does not say goodbye.
        }
    }

    /** How much was asked for. */
    static long size(String request) {
        var found = REQUEST.matcher(request);
        return found.lookingAt() ? Long.parseLong(found.group(1)) : 0;
    }
}
