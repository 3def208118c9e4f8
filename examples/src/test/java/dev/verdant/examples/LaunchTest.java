package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs as they are started: {@code ./verdant}, and each one's {@code main} in a JVM of its own. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class LaunchTest {

    // ---- the script, as far as it goes without a build

    private static final Path SCRIPT = Path.of("..", "verdant").toAbsolutePath().normalize();

    private record Ended(int status, String out, String err) {}

    private static Ended run(List<String> command) throws Exception {
        var process = new ProcessBuilder(command).start();
        var err = process.errorReader().lines();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), out, String.join("\n", err.toList()));
    }

    private static Ended script(String... arguments) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")) && Files.isExecutable(SCRIPT), "bash and ./verdant");
        var command = new ArrayList<>(List.of("/bin/bash", SCRIPT.toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    @Test
    void theScriptAloneListsWhatItCanRun() throws Exception {
        var ended = script();
        assertThat(ended.status()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).contains("--hub", "--port", "JAVA_OPTS");
        assertThat(ended.out().lines().filter(line -> line.startsWith("  "))
                .map(line -> line.strip().replaceFirst(" .*", "")))
                .containsExactly("demo", "echo", "two-loops", "chat", "unix-chat", "forward", "serve", "http-echo",
                        "events", "reverse-proxy", "crawl", "crawl-tree", "crawl-queue", "feeds", "dag-build",
                        "tls-echo", "https-fetch", "stream-get",
                        "starttls", "udp-echo", "name-server", "connect-many", "happy-connect", "greenlets",
                        "slow-sql", "hello-blocking", "hello-http", "hello-callbacks", "bench", "hello", "http-hello",
                        "tls-pages",
                        "datagram-echo");
        assertThat(script("--help").out()).isEqualTo(ended.out());
    }

    @Test
    void whatTheScriptListsIsThere() throws Exception {
        var table = Files.readAllLines(SCRIPT).stream().filter(line -> line.matches("[a-z-]+[|]examples[|].*"))
                .toList();
        assertThat(table).hasSize(28);
        for (String line : table) {
            assertThat(
                    Class.forName("dev.verdant.examples." + line.split("[|]", 4)[2]).getMethod("main", String[].class))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
            "nonesuch, unknown program: nonesuch",
            "e.*, unknown program: e.*",
            "--hub, a name is missing after --hub",
            "echo --port, a number is missing after --port",
            "--port 6000, which program?",
            "--bogus echo, unknown option: --bogus"
    })
    void theScriptRefusesWhatItDoesNotKnow(String arguments, String complaint) throws Exception {
        var ended = script(arguments.split(" "));
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains(complaint);
        assertThat(ended.out()).isEmpty();
    }

    // ---- the programs

    private static List<String> java(String program, String... arguments) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens", "java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dverdant.watch=0", "-cp",
                System.getProperty("java.class.path")));
        for (String argument : arguments) {
            if (argument.startsWith("-D")) {
                command.add(argument);
            }
        }
        command.add("dev.verdant.examples." + program);
        for (String argument : arguments) {
            if (!argument.startsWith("-D")) {
                command.add(argument);
            }
        }
        return command;
    }

    @ParameterizedTest
    @CsvSource({
            "EchoServer, echo listens on /127.0.0.1:",
            "TwoLoopEcho, two-loops listens on /127.0.0.1:",
            "TelnetChat, chat listens on /127.0.0.1:",
            "PortForwarder, forward to ",
            "FileServer, serve listens on /127.0.0.1:",
            "HttpEcho, http-echo listens on /127.0.0.1:",
            "Events, events listens on /127.0.0.1:",
            "ReverseProxy, reverse-proxy to ",
            "HelloHttp, hello-http listens on /127.0.0.1:",
            "HelloBlocking, hello-blocking listens on /127.0.0.1:",
            "HelloCallbacks, hello-callbacks listens on /127.0.0.1:"
    })
    void aServerSaysInOneLineWhereItListensAndEndsBySigterm(String program, String line) throws Exception {
        var process = new ProcessBuilder(java(program, "-Dverdant.hub=nio", "--port", "0")).start();
        try (var out = process.inputReader(); var err = process.errorReader()) {
            String said = out.readLine();
            assertThat(said).startsWith(line).endsWith(" (nio)");
            int port = Integer.parseInt(said.replaceFirst(".*:(\\d+) \\(nio\\)$", "$1"));
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(socket.isConnected()).isTrue();
            }
            process.toHandle().destroy(); // Leaves the streams open.
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 15);
            assertThat(out.lines()).isEmpty();
            if (!program.equals("PortForwarder")) { // That one finds nobody where it should pass the connection on to.
                assertThat(err.lines()).isEmpty();
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({"UdpEcho, udp-echo", "NameServer, name-server"})
    void aServerOfMessagesSaysInOneLineWhereItReceivesAndEndsBySigterm(String program, String name) throws Exception {
        var process = new ProcessBuilder(java(program, "-Dverdant.hub=nio", "--port", "0")).start();
        try (var out = process.inputReader(); var err = process.errorReader()) {
            assertThat(out.readLine()).matches(name + " receives on /127\\.0\\.0\\.1:\\d+ \\(nio\\)");
            process.toHandle().destroy(); // Leaves the streams open.
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 15);
            assertThat(out.lines()).isEmpty();
            assertThat(err.lines()).isEmpty();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theUnixChatSendsWhatIsTypedAndItsSocketGoesWithIt(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("chat");
        var address = UnixDomainSocketAddress.of(path);
        Process server = new ProcessBuilder(java("UnixChat", "-Dverdant.hub=nio", path.toString())).start();
        try (var out = server.inputReader(); var err = server.errorReader()) {
            assertThat(out.readLine()).isEqualTo("unix-chat listens on " + path + " (nio)");
            Process typist = new ProcessBuilder(java("UnixChat", "--join", path.toString())).start();
            try (var listener = SocketChannel.open(address); var said = typist.inputReader()) {
                var typed = typist.outputWriter();
                var heard = new BufferedReader(Channels.newReader(listener, StandardCharsets.UTF_8));
                // Whoever is heard has joined, and hears.
                typed.write("hello\n");
                typed.flush();
                assertThat(heard.readLine()).endsWith(": hello");
                listener.write(ByteBuffer.wrap("hello yourself\n".getBytes(StandardCharsets.UTF_8)));
                assertThat(said.readLine()).endsWith(": hello yourself");
                typed.close();
                assertThat(typist.waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(typist.exitValue()).isZero();
            } finally {
                typist.destroyForcibly();
            }
            server.toHandle().destroy(); // Leaves the streams open.
            assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(err.lines()).isEmpty();
            assertThat(path).doesNotExist();
        } finally {
            server.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({
            "EchoServer, --prot 1, 'unknown option: --prot (expected: --hub, --port)'",
            "EchoServer, --port, a value is missing after --port",
            "EchoServer, --port x, '--port: x (expected: a number from 0 to 65535)'",
            "EchoServer, --port 65536, '--port: 65536 (expected: a number from 0 to 65535)'",
            "EchoServer, extra, unexpected argument: extra",
            "PortForwarder, --to nowhere, '--to: nowhere (expected: HOST:PORT)'",
            "FileServer, nonesuch, 'nonesuch (expected: a folder)'",
            "FileServer, . ., '. . (expected: a folder)'",
            "FileServer, --tls-cert pom.xml, 'expected: --tls-cert PEM --tls-key PEM, both or none'",
            "ReverseProxy, --to nowhere, '--to: nowhere (expected: HOST:PORT)'",
            "HappyConnect, localhost, '[localhost] (expected: HOST PORT)'",
            "HappyConnect, localhost 0, '0 (expected: a port from 1 to 65535)'",
            "NameServer, printer, 'printer (expected: NAME=ADDRESS)'",
            "NameServer, printer=ten, 'printer=ten (expected: NAME=ADDRESS, an IPv4 or IPv6 address)'",
            "UnixChat, one two, '[one, two] (expected: PATH, or --join PATH)'",
            "UnixChat, --join /nowhere extra, unexpected argument: extra",
            "WebCrawler, ftp://x, 'not an address: ftp://x (expected: http://... or https://...)'",
            "StreamGet, http://a http://b, 'expected: one address, http://... or https://...'",
            "StreamGet, ftp://x, 'not an address: ftp://x (expected: http://HOST[:PORT]/... or https://...)'",
            "StreamGet, http://x/%, 'not an address: http://x/% (expected:'",
            "StreamGet, http://:80/, 'not an address: http://:80/ (expected:'",
            "StreamGet, http://x:65536/, 'not an address: http://x:65536/ (expected:'",
            "Demo, -Dverdant.hub=nonesuch, '-Dverdant.hub=nonesuch cannot be had'"
    })
    void aProgramRefusesWhatItCannotDo(String program, String arguments, String complaint) throws Exception {
        var ended = run(java(program, arguments.split(" ")));
        assertThat(ended.err()).contains(complaint).doesNotContain("\tat ");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.status()).isEqualTo(2);
    }

    @Test
    void aConnectThatNobodyAnswersEndsWithOneAndItsTimeline() throws Exception {
        var ended = run(java("HappyConnect", "127.0.0.1", "1"));
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).contains("127.0.0.1 has 1 address\n", "attempt 1 to /127.0.0.1:1 started\n",
                "attempt 1 to /127.0.0.1:1 failed: java.net.ConnectException");
        assertThat(ended.err()).isEmpty();
    }

    @Test
    void streamGetPrintsTheBodyAndNothingElse() throws Exception {
        byte[] body = new byte[100_000];
        new Random(8).nextBytes(body);
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var server = Thread.startVirtualThread(() -> {
                try (var socket = listener.accept(); var out = socket.getOutputStream()) {
                    out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    out.write(body);
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            var process = new ProcessBuilder(java("StreamGet", "http://localhost:" + listener.getLocalPort() + "/"))
                    .start();
            assertThat(process.getInputStream().readAllBytes()).isEqualTo(body);
            assertThat(process.errorReader().lines()).isEmpty();
            assertThat(process.waitFor()).isZero();
            server.join();
        }
    }

    @Test
    void aPageThatCannotBeHadEndsWithOneAndSaysWhy() throws Exception {
        var refused = run(java("StreamGet", "http://127.0.0.1:1/"));
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("http://127.0.0.1:1/: ", "refused").doesNotContain("\tat ");
        assertThat(refused.out()).isEmpty();
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var server = Thread.startVirtualThread(() -> {
                try (var socket = listener.accept()) {
                    socket.getOutputStream().write("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
                            .getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            String address = "http://127.0.0.1:" + listener.getLocalPort() + "/nowhere";
            var missing = run(java("StreamGet", address));
            assertThat(missing.status()).isEqualTo(1);
            assertThat(missing.err()).isEqualTo(address + ": HTTP/1.1 404 Not Found");
            assertThat(missing.out()).isEmpty();
            server.join();
        }
    }

    @Test
    void manyConnectionsToNobodyEndWithOneAndSayWhatIsWrong() throws Exception {
        var ended = run(java("ConnectMany", "--port", "1", "--connections", "20"));
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).contains("0 connections open, 0 of 20 checked", "20 mismatches");
        assertThat(ended.err()).contains("client 1: java.net.ConnectException");
    }

    @Test
    void slowQueriesOfOneLoopAreAnsweredTogetherUnpatchedAndPatched() throws Exception {
        var ended = run(java("SlowSql", "--queries", "20"));
        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        assertThat(ended.out()).contains("the JDK's: 20 of 20 answered", "patched: 20 of 20 answered");
        // Twenty seconds if they waited for each other.
        assertThat(ended.out().lines().filter(line -> line.matches("(the JDK's|patched) +20 +[1-9][.].*"))).hasSize(2);
        var refused = run(java("SlowSql", "--url", "jdbc:postgresql://127.0.0.1:1/none", "--queries", "2"));
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("slow-sql: ", "127.0.0.1:1 refused").doesNotContain("\tat ");
    }
}
