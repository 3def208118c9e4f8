package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class ExamplesTest {

    static Stream<HubProvider> hubs() {
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty());
    }

    private static GreenServerSocket serve(SocketHandler handler) throws Exception {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 1000);
        Green.spawnN(() -> Net.serve(listener, handler));
        return listener;
    }

    private static String exchange(GreenSocket socket, String request) throws Exception {
        socket.sendAll(request.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theEchoServerGivesManyClientsBackWhatTheySent(HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub), () -> {
            var listener = serve(EchoServer::echo);
            var result = ConnectMany.check(listener.getLocalSocketAddress(), 200, new Random().nextLong());
            assertThat(result.connections()).isEqualTo(200);
            assertThat(result.mismatches()).isZero();
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theChatTellsTheOthersAndNotTheSpeaker(HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub), () -> {
            var listener = serve(new TelnetChat()::join);
            var ann = Net.connect(listener.getLocalSocketAddress());
            var bob = Net.connect(listener.getLocalSocketAddress());
            var fromBob = lines(ann);
            var fromAnn = lines(bob);
            bob.sendAll("ready\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(fromBob.readLine()).isEqualTo(bob.getLocalPort() + ": ready");
            ann.sendAll("hello\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(fromAnn.readLine()).isEqualTo(ann.getLocalPort() + ": hello");
        });
    }

    private static BufferedReader lines(GreenSocket socket) throws Exception {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theForwarderPassesBytesAndEndsBothWays(HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub), () -> {
            var echo = serve(EchoServer::echo);
            var to = PortForwarder.address("localhost:" + echo.getLocalPort());
            var forwarder = serve(client -> PortForwarder.forward(client, to));
            try (var client = Net.connect(forwarder.getLocalSocketAddress())) {
                client.sendAll("through".getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("through");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void helloIsSaidByBlockingCode(HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub), () -> {
            var listener = serve(HelloBlocking::hello);
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                assertThat(exchange(client, "GET / HTTP/1.0\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.0 200 OK")
                        .endsWith("\r\n\r\nHello, world!");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void helloIsSaidByCallbacks(HubProvider hub) throws Exception {
        var stop = new AtomicBoolean();
        var address = new AtomicReference<InetSocketAddress>();
        var wake = new AtomicReference<dev.verdant.hub.Hub>();
        var failure = new AtomicReference<Throwable>();
        var listening = new java.util.concurrent.CountDownLatch(1);
        var thread = Thread.ofPlatform().start(() -> {
            try (var own = hub.open(); var server = new HelloCallbacks(own, 0)) {
                address.set((InetSocketAddress) server.address());
                wake.set(own);
                listening.countDown();
                while (!stop.get()) {
                    own.poll(-1);
                }
            } catch (Exception e) {
                failure.set(e);
                listening.countDown();
            }
        });
        listening.await();
        assertThat(failure.get()).isNull();
        Green.run(options -> options.hub(hub), () -> {
            for (int i = 0; i < 20; i++) {
                try (var client = Net.connect(address.get())) {
                    client.sendAll("GET / HTTP".getBytes(StandardCharsets.US_ASCII));
                    assertThat(exchange(client, "/1.0\r\nHost: x\r\n\r\n")).endsWith("\r\n\r\nHello, world!");
                }
            }
        });
        stop.set(true);
        wake.get().wakeup();
        thread.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void theFileServerGivesFilesAndNothingOutsideOfItsFolder(@TempDir Path folder) throws Exception {
        var root = Files.createDirectory(folder.resolve("root"));
        Files.writeString(folder.resolve("secret"), "no");
        Files.writeString(root.resolve("a b.txt"), "yes");
        var server = new FileServer(root);
        Green.run(() -> {
            var listener = serve(server::talk);
            assertThat(get(listener, "/a%20b.txt")).startsWith("HTTP/1.1 200 OK").endsWith("yes");
            for (String bad : List.of("/missing", "/../secret", "/%2e%2e/secret", "/", "*", "/%00")) {
                assertThat(get(listener, bad)).as(bad).startsWith("HTTP/1.1 404");
            }
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                assertThat(exchange(client, "POST / HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 405");
            }
        });
    }

    private static String get(GreenServerSocket listener, String target) throws Exception {
        try (var client = Net.connect(listener.getLocalSocketAddress())) {
            return exchange(client, "GET " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n");
        }
    }

    @Test
    void theCrawlerGivesPagesInTheOrderOfTheirAddresses(@TempDir Path root) throws Exception {
        for (int i = 0; i < 50; i++) {
            Files.writeString(root.resolve("page" + i), "content " + i);
        }
        var server = new FileServer(root);
        try (var client = WebCrawler.client()) {
            Green.run(() -> {
                var listener = serve(server::talk);
                var addresses = new ArrayList<URI>();
                for (int i = 0; i < 50; i++) {
                    addresses.add(URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/page" + i));
                }
                var bodies = new ArrayList<String>();
                WebCrawler.crawl(client, addresses, 20,
                        page -> bodies.add(new String(page.body(), StandardCharsets.UTF_8)));
                assertThat(bodies).hasSize(50);
                for (int i = 0; i < 50; i++) {
                    assertThat(bodies.get(i)).isEqualTo("content " + i);
                }
            });
        }
    }

    @Test
    void theDemoFindsNoMismatchOnAnyHub(@TempDir Path root) throws Exception {
        for (int i = 0; i < 30; i++) {
            Files.writeString(root.resolve("file " + i + ".txt"), "x".repeat(i * 1000));
        }
        Files.createDirectory(root.resolve("target"));
        Files.writeString(root.resolve("target").resolve("built"), "not served");
        try (var client = WebCrawler.client()) {
            var demo = new Demo(client, root, 100, new Random().nextLong());
            var rows = new ArrayList<Demo.Row>();
            for (HubProvider hub : hubs().toList()) {
                rows.add(demo.runOn(hub));
            }
            assertThat(rows).isNotEmpty().allSatisfy(row -> {
                assertThat(row.mismatches()).isZero();
                assertThat(row.connections()).isEqualTo(100);
                assertThat(row.files()).isEqualTo(30);
                assertThat(row.bytes()).isPositive();
            });
            assertThat(Demo.table(rows).lines()).hasSize(rows.size() + 1);
        }
    }

    @Test
    void anUnknownOptionIsNamedWithWhatIsKnown() {
        assertThatThrownBy(() -> Arguments.read(List.of("--prot", "1"), Set.of("port")))
                .hasMessage("unknown option: --prot (expected: --port)");
        assertThatThrownBy(() -> Arguments.read(List.of("--port"), Set.of("port")))
                .hasMessage("a value is missing after --port");
        assertThatThrownBy(() -> Arguments.read(List.of("--port", "x"), Set.of("port")).number("port", 1))
                .hasMessage("--port: x (expected: a number)");
    }
}
