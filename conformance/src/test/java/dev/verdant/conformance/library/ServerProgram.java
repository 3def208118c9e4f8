package dev.verdant.conformance.library;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server of somebody else's that runs in a folder of its own, as an ordinary user, for as long as this JVM or until it is closed. It ends and its folder goes
 * however the JVM ends: a shell stands by that waits for the end of its own input, which this JVM holds.
 */
final class ServerProgram implements Closeable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Servers refuse to be root. */
    private static final String ORDINARY_USER = "nobody";

    /** $1: the folder, $2: the signal that ends the server, $3: what to run first; then the server. */
    private static final String STAND_BY = """
            trap : INT TERM HUP
            folder=$1 signal=$2
            cd "$folder" || exit 1
            if sh -c "$3" </dev/null >log 2>&1; then
                shift 3
                "$@" </dev/null >>log 2>&1 &
                server=$!
                echo started
            else
                echo failed
            fi
            cat >/dev/null
            if [ -n "${server:-}" ]; then
                kill -s "$signal" "$server" 2>/dev/null
                wait "$server"
            fi
            cd / && rm -rf "$folder"
            """;

    private final Path folder;
    private final Process shell;

    private ServerProgram(Path folder, Process shell) {
        this.folder = folder;
        this.shell = shell;
    }

    /** Tries to talk to the server, and throws if it does not answer. */
    interface Answers {
        void check() throws Exception;
    }

    /** A folder for a server, with nothing in it. */
    static Path newFolder() throws IOException {
        return Files.createTempDirectory("verdant-server");
    }

    /**
     * Starts a server.
     *
     * @param folder what it may need is in it; the folder goes with the server
     * @param signal ends it, at once
     * @param before a shell's command that is run first
     * @param answers tells when it is ready
     */
    static ServerProgram start(Path folder, String signal, String before, List<String> command, Answers answers)
            throws IOException, InterruptedException {
        var all = new ArrayList<String>();
        if (isRoot()) {
            giveAway(folder);
            all.addAll(List.of("setpriv", "--reuid=" + ORDINARY_USER, "--regid=" + groupOf(folder), "--clear-groups"));
        }
        all.addAll(List.of("sh", "-c", STAND_BY, "server", folder.toString(), signal, before));
        all.addAll(command);
        Process shell = new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var server = new ServerProgram(folder, shell);
        boolean ready = false;
        try {
            server.awaitReady(answers);
            ready = true;
        } finally {
            if (!ready) {
                server.close();
            }
        }
        return server;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void giveAway(Path folder) throws IOException {
        UserPrincipal owner = FileSystems.getDefault().getUserPrincipalLookupService()
                .lookupPrincipalByName(ORDINARY_USER);
        try (Stream<Path> each = Files.walk(folder)) {
            for (Path path : each.toList()) {
                Files.setOwner(path, owner);
            }
        }
    }

    private static String groupOf(Path folder) throws IOException {
        return Files.getAttribute(folder, "unix:gid").toString();
    }

    /** Nobody tells when a server is ready, so it is asked. */
    private void awaitReady(Answers answers) throws IOException, InterruptedException {
        if (!"started".equals(shell.inputReader().readLine())) {
            throw new IOException("It could not be started:\n" + log());
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                answers.check();
                return;
            } catch (Exception e) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException("It does not answer:\n" + log(), e);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private String log() throws IOException {
        Path log = folder.resolve("log");
        return Files.exists(log) ? Files.readString(log) : "(no log)";
    }

    /** Ends the server, and returns when it has ended and its folder is gone. */
    @Override
    public void close() throws IOException {
        shell.getOutputStream().close();
        try {
            if (!shell.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                shell.descendants().forEach(ProcessHandle::destroyForcibly);
                throw new IOException("The server in " + folder + " has not ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The shell goes on by itself.
        }
    }

    /** A port of 127.0.0.1 that nobody used a moment ago. */
    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The first of these that there is, with {@code *} for any one folder; null if there is none. */
    static @Nullable Path find(String... candidates) throws IOException {
        for (String candidate : candidates) {
            int star = candidate.indexOf('*');
            if (star < 0) {
                if (Files.exists(Path.of(candidate))) {
                    return Path.of(candidate);
                }
                continue;
            }
            Path parent = Path.of(candidate.substring(0, star));
            if (Files.isDirectory(parent)) {
                try (Stream<Path> each = Files.list(parent)) {
                    var found = each.map(one -> Path.of(one + candidate.substring(star + 1))).filter(Files::exists)
                            .sorted().toList();
                    if (!found.isEmpty()) {
                        return found.getLast();
                    }
                }
            }
        }
        return null;
    }
}
