package dev.verdant.conformance.tls;

import dev.verdant.conformance.ChildJvm;
import dev.verdant.green.Green;
import dev.verdant.green.pool.NativePool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An {@code openssl s_client} or {@code s_server}: what it is told is typed, what it says goes to a file. Its pipe is written by native threads, so nothing
 * here holds the loop up.
 */
final class Openssl implements AutoCloseable {

    private static final Duration LOOK = Duration.ofMillis(5);
    private static final int LOOKS = 2000;
    private static final Pattern PORT = Pattern.compile("ACCEPT 127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final Path output;
    private final StringBuilder said = new StringBuilder();

    private Openssl(Path dir, List<String> command) throws IOException {
        this.output = Files.createTempFile(dir, command.get(1), ".out");
        this.process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    static boolean isThere() {
        return ChildJvm.can("openssl", "version");
    }

    /** One that shows what {@code -cert} and {@code -key} say; it accepts already. */
    static Openssl server(Path dir, String... arguments) throws Exception {
        var server = new Openssl(dir, command("s_server", List.of("-accept", "127.0.0.1:0"), arguments));
        try {
            server.awaitOutput("ACCEPT 127.0.0.1:");
            server.awaitOutputBehind("\n", server.said.indexOf("ACCEPT"));
            return server;
        } catch (Throwable e) {
            server.close();
            throw e;
        }
    }

    static Openssl client(Path dir, int port, String... arguments) throws IOException {
        return new Openssl(dir, command("s_client", List.of("-connect", "127.0.0.1:" + port), arguments));
    }

    private static List<String> command(String what, List<String> first, String... arguments) {
        var command = new ArrayList<>(List.of("openssl", what));
        command.addAll(first);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Where a server listens. */
    int port() {
        Matcher matcher = PORT.matcher(said);
        if (!matcher.find()) {
            throw new AssertionError("no port in: " + said);
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** The first character alone is looked at: some are commands. */
    void type(String text) throws Exception {
        NativePool.execute(() -> {
            process.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
        });
    }

    /** Nothing more is typed, for which a client says goodbye. */
    void typeEnd() throws Exception {
        NativePool.execute(() -> process.getOutputStream().close());
    }

    /** Waits until it has said that. */
    void awaitOutput(String text) throws Exception {
        awaitOutputBehind(text, 0);
    }

    /** Waits until it has said that behind what it had said before, so many characters. */
    void awaitOutputBehind(String text, int before) throws Exception {
        for (int i = 0; i < LOOKS; i++) {
            boolean over = !process.isAlive();
            if (output().indexOf(text, before) >= 0) {
                return;
            }
            if (over) {
                break;
            }
            Green.sleep(LOOK);
        }
        throw new AssertionError("openssl has not said \"" + tail(text) + "\", but: " + tail(said.toString()));
    }

    private static String tail(String text) {
        return text.substring(Math.max(0, text.length() - 4000));
    }

    /** What it has said so far. */
    String output() throws IOException {
        try (var file = new RandomAccessFile(output.toFile(), "r")) {
            file.seek(said.length());
            byte[] more = new byte[(int) (file.length() - said.length())];
            file.readFully(more);
            said.append(new String(more, StandardCharsets.ISO_8859_1));
        }
        return said.toString();
    }

    /** Waits until it has ended, and returns all it has said. */
    String awaitEnd() throws Exception {
        if (!NativePool.execute(() -> process.waitFor(20, TimeUnit.SECONDS))) {
            throw new AssertionError("openssl has not ended; it said: " + tail(output()));
        }
        return output();
    }

    /** Ends it without a word to its peer. */
    void end() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() throws IOException {
        end();
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // What was typed last was not read.
        }
    }
}
