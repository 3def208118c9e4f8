package dev.verdant.conformance.library;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A MariaDB of its own. Needs the server, as Debian's package has it. */
final class MariaDbServer implements Closeable {

    /** What is small and need not outlive a failure of the machine. */
    private static final List<String> SETTINGS = List.of("--skip-log-bin", "--innodb-flush-method=nosync",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=4M");

    private final ServerProgram program;
    private final int port;
    private final Path root;

    private MariaDbServer(ServerProgram program, int port, Path root) {
        this.program = program;
        this.port = port;
        this.root = root;
    }

    /** Starts one; null if it is not installed. Takes a few seconds. */
    static @Nullable MariaDbServer start() throws IOException, InterruptedException {
        Path server = ServerProgram.find("/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/libexec/mariadbd",
                "/usr/local/bin/mariadbd", "/opt/homebrew/bin/mariadbd");
        Path tables = ServerProgram.find("/usr/share/mysql/mysql_system_tables.sql",
                "/usr/share/mariadb/mysql_system_tables.sql", "/usr/local/share/mysql/mysql_system_tables.sql",
                "/opt/homebrew/share/mysql/mysql_system_tables.sql");
        if (server == null || tables == null) {
            return null;
        }
        Path folder = ServerProgram.newFolder();
        ServerCertificate.write(folder);
        Files.createDirectory(folder.resolve("data"));
        Files.writeString(folder.resolve("first.sql"), first(tables.resolveSibling("")));
        int port = ServerProgram.freePort();
        var command = new ArrayList<>(
                List.of(server.toString(), "--no-defaults", "--datadir=" + folder.resolve("data")));
        command.addAll(SETTINGS);
        String before = String.join(" ", command) + " --bootstrap <first.sql";
        command.addAll(List.of("--bind-address=127.0.0.1", "--port=" + port, "--socket=" + folder.resolve("socket"),
                "--pid-file=" + folder.resolve("pid"), "--skip-name-resolve", "--max-connections=300",
                "--ssl-cert=" + folder.resolve("server.pem"), "--ssl-key=" + folder.resolve("server.key")));
        var program = ServerProgram.start(folder, "KILL", before, command,
                () -> DriverManager.getConnection(url(port, "&sslMode=disable")).close());
        return new MariaDbServer(program, port, folder.resolve("root.pem"));
    }

    /** What the package's own script for a new server does, less the help and the like, which takes its time. */
    private static String first(Path scripts) throws IOException {
        return "create database mysql;\nuse mysql;\nset @auth_root_socket=null;\n"
                + Files.readString(scripts.resolve("mysql_system_tables.sql"))
                + Files.readString(scripts.resolve("mysql_performance_tables.sql"))
                + Files.readString(scripts.resolve("mysql_system_tables_data.sql"))
                + "\nflush privileges;\ncreate user verdant@'127.0.0.1' identified by 'secret';\n"
                + "grant all on *.* to verdant@'127.0.0.1';\n";
    }

    private static String url(int port, String options) {
        return "jdbc:mariadb://127.0.0.1:" + port + "/?user=verdant&password=secret" + options;
    }

    /** For the driver. */
    String url(Tls tls) {
        return url(port, tls.isOn()
                ? "&sslMode=verify-full&serverSslCert=" + root + "&tlsSocketType=" + MariaDbTls.TYPE
                        + "&" + MariaDbTls.PROPERTY + "=" + tls
                : "&sslMode=disable");
    }

    @Override
    public void close() throws IOException {
        program.close();
    }
}
