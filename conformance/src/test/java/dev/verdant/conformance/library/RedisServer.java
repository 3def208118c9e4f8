package dev.verdant.conformance.library;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;

/** A Valkey or Redis of its own. Needs the server, as Debian's packages have it. */
final class RedisServer implements Closeable {

    private final ServerProgram program;
    private final int port;
    private final int tlsPort;

    private RedisServer(ServerProgram program, int port, int tlsPort) {
        this.program = program;
        this.port = port;
        this.tlsPort = tlsPort;
    }

    /** Starts one; null if it is not installed. */
    static @Nullable RedisServer start() throws IOException, InterruptedException {
        Path server = ServerProgram.find("/usr/bin/valkey-server", "/usr/bin/redis-server",
                "/usr/local/bin/valkey-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/valkey-server",
                "/opt/homebrew/bin/redis-server");
        if (server == null) {
            return null;
        }
        Path folder = ServerProgram.newFolder();
        ServerCertificate.write(folder);
        int port = ServerProgram.freePort();
        int tlsPort = ServerProgram.freePort();
        var command = List.of(server.toString(), "--bind", "127.0.0.1", "--port", Integer.toString(port), "--tls-port",
                Integer.toString(tlsPort), "--tls-cert-file", folder.resolve("server.pem").toString(), "--tls-key-file",
                folder.resolve("server.key").toString(), "--tls-ca-cert-file", folder.resolve("root.pem").toString(),
                "--tls-auth-clients", "no", "--save", "", "--dir", folder.toString());
        var program = ServerProgram.start(folder, "KILL", ":", command, () -> {
            try (var client = new Jedis("127.0.0.1", port)) {
                client.ping();
            }
        });
        return new RedisServer(program, port, tlsPort);
    }

    int port(Tls tls) {
        return tls.isOn() ? tlsPort : port;
    }

    @Override
    public void close() throws IOException {
        program.close();
    }
}
