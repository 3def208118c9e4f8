package dev.verdant.conformance.library;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL of its own. Needs the programs, as Debian's package has them. */
final class PostgresServer implements Closeable {

    private final ServerProgram program;
    private final int port;
    private final Path root;

    private PostgresServer(ServerProgram program, int port, Path root) {
        this.program = program;
        this.port = port;
        this.root = root;
    }

    /** Starts one; null if it is not installed. Takes a second or two. */
    static @Nullable PostgresServer start() throws IOException, InterruptedException {
        Path programs = ServerProgram.find("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin",
                "/opt/homebrew/opt/postgresql@*/bin");
        if (programs == null) {
            return null;
        }
        Path folder = ServerProgram.newFolder();
        ServerCertificate.write(folder);
        int port = ServerProgram.freePort();
        String before = programs.resolve("initdb") + " -D data -U verdant -A trust --no-sync --no-locale -E UTF8";
        // A client that is gone is noticed in the middle of its query, too.
        var command = List.of(programs.resolve("postgres").toString(), "-D", "data", "-p", Integer.toString(port), "-h",
                "127.0.0.1", "-k", folder.toString(), "-F", "-c", "ssl=on", "-c",
                "ssl_cert_file=" + folder.resolve("server.pem"), "-c", "ssl_key_file=" + folder.resolve("server.key"),
                "-c", "max_connections=300", "-c", "shared_buffers=16MB", "-c", "autovacuum=off", "-c",
                "client_connection_check_interval=100ms");
        var program = ServerProgram.start(folder, "QUIT", before, command,
                () -> DriverManager.getConnection(url(port, "")).close());
        return new PostgresServer(program, port, folder.resolve("root.pem"));
    }

    private static String url(int port, String options) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=verdant" + options;
    }

    /** For the driver. */
    String url(Tls tls) throws SQLException {
        return url(port, tls.isOn()
                ? "&sslmode=verify-full&sslrootcert=" + root + "&sslfactory=" + PostgresTls.class.getName()
                        + "&" + PostgresTls.PROPERTY + "=" + tls
                : "&sslmode=disable");
    }

    @Override
    public void close() throws IOException {
        program.close();
    }
}
