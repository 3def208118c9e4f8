package dev.verdant.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each example does, on each hub that runs here. */
@Timeout(60)
class ExamplesTest {

    static Stream<HubProvider> hubs() {
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty());
    }

    private static void on(HubProvider hub, GreenTask test) throws Exception {
        Green.run(options -> options.hub(hub), test);
    }

    private static GreenServerSocket serve(SocketHandler handler) throws Exception {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 1000);
        Green.spawnN(() -> Net.serve(listener, handler));
        return listener;
    }

    private static GreenSocket connectTo(GreenServerSocket listener) throws Exception {
        return Net.connect(listener.getLocalSocketAddress());
    }

    /** Sends in two parts, and reads to the end. */
    private static String exchange(SocketAddress server, String request) throws Exception {
        try (var socket = Net.connect(server)) {
            byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(bytes, 0, bytes.length / 2);
            Green.sleep();
            socket.getOutputStream().write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    // ---- echo, connect-many

    @ParameterizedTest
    @MethodSource("hubs")
    void theEchoServerGivesManyClientsBackWhatTheySent(HubProvider hub) throws Exception {
        on(hub, () -> {
            var check = new ConnectMany(serve(EchoServer::echo).getLocalSocketAddress(), 200, new Random().nextLong());
            check.run();
            assertThat(check.mismatches()).isEmpty();
            assertThat(check.opened()).isEqualTo(200);
            assertThat(check.bytes()).isPositive();
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void twoLoopsGiveManyClientsBackWhatTheySent(HubProvider hub) throws Exception {
        try (var group = EventLoopGroup.start(2, options -> options.hub(hub));
                var server = TwoLoopEcho.listen(group, 0)) {
            on(hub, () -> {
                var serving = Green.spawn(() -> TwoLoopEcho.serve(server));
                var check = new ConnectMany(server.getLocalSocketAddress(), 200, new Random().nextLong());
                check.run();
                assertThat(check.mismatches()).isEmpty();
                assertThat(check.opened()).isEqualTo(200);
                assertThat(Net.stop(server, Duration.ofSeconds(10))).isEmpty();
                serving.await();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void manyConnectionsFindWhatIsDifferentOrMissing(HubProvider hub) throws Exception {
        on(hub, () -> {
            var garbler = serve(client -> {
                byte[] first = client.recv(1);
                first[0]++;
                client.sendAll(first);
            });
            var garbled = new ConnectMany(garbler.getLocalSocketAddress(), 5, 1);
            garbled.run();
            assertThat(garbled.mismatches()).hasSize(5).allSatisfy(what -> assertThat(what).contains("client "));

            var closed = serve(EchoServer::echo);
            closed.close();
            var refused = new ConnectMany(new InetSocketAddress("127.0.0.1", closed.getLocalPort()), 5, 1);
            refused.run();
            assertThat(refused.mismatches()).hasSize(5).allSatisfy(what -> assertThat(what).contains("refused"));
            assertThat(refused.opened()).isZero();
        });
    }

    // ---- happy-connect

    @ParameterizedTest
    @MethodSource("hubs")
    void happyConnectPrintsATimelineOfTheAttempts(HubProvider hub) throws Exception {
        on(hub, () -> {
            var closed = serve(EchoServer::echo);
            closed.close();
            var refusing = new InetSocketAddress("127.0.0.1", closed.getLocalPort());
            var open = new InetSocketAddress("127.0.0.1", serve(EchoServer::echo).getLocalPort());
            var lines = new ArrayList<String>();
            HappyConnect.connect(List.of(refusing, open), lines::add);
            assertThat(lines).hasSize(5);
            assertThat(lines.get(0)).matches(" +\\d+\\.\\d ms  attempt 1 to .*:" + refusing.getPort() + " started");
            assertThat(lines.get(1)).contains("attempt 1 to ", " failed: java.net.ConnectException: ");
            assertThat(lines.get(2)).endsWith("attempt 2 to " + open + " started");
            assertThat(lines.get(3)).endsWith("attempt 2 to " + open + " won");
            assertThat(lines.get(4)).matches("connected to .*:" + open.getPort() + " from 127\\.0\\.0\\.1");
        });
    }

    // ---- greenlets

    @ParameterizedTest
    @MethodSource("hubs")
    void theGreenletsPrint12Then56Then34(HubProvider hub) throws Exception {
        on(hub, () -> {
            var printed = new ArrayList<Object>();
            new Greenlets(printed::add).run();
            assertThat(printed).containsExactly(12, 56, 34);
        });
    }

    // ---- udp-echo, name-server

    @ParameterizedTest
    @MethodSource("hubs")
    void theDatagramEchoGivesManyClientsBackWhatTheySent(HubProvider hub) throws Exception {
        on(hub, () -> {
            var server = new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", 0));
            var serving = Green.spawn(() -> UdpEcho.echo(server));
            for (int i = 0; i < 50; i++) {
                assertThat(ask(server, "client " + i)).asString().isEqualTo("client " + i);
            }
            server.close();
            assertThatThrownBy(serving::await).hasMessage("Socket closed");
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theNameServerAnswersFromItsTableAndFromTheSystem(HubProvider hub) throws Exception {
        on(hub, () -> {
            var server = new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", 0));
            var table = NameServer.table(List.of("printer.home=10.0.0.7"));
            var serving = Green.spawn(() -> new NameServer(table, Net::resolve).serve(server));
            for (var expected : Map.of("printer.home", "0a000007", "localhost", "7f000001").entrySet()) {
                var question = NameServerTest.question(expected.getKey(), 1);
                byte[] answer = ask(server, new String(NameServerTest.bytes(question, 0), ISO_8859_1));
                assertThat(HexFormat.of().formatHex(answer)).startsWith("1234").endsWith("0004" + expected.getValue());
            }
            server.close();
            assertThatThrownBy(serving::await).hasMessage("Socket closed");
        });
    }

    /** Sends a message, a byte a character, and returns what comes back. */
    private static byte[] ask(GreenDatagramSocket server, String question) throws Exception {
        try (var socket = new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            socket.connect(Objects.requireNonNull(server.getLocalSocketAddress()));
            socket.send(ByteBuffer.wrap(question.getBytes(ISO_8859_1)), null);
            var answer = ByteBuffer.allocate(512);
            boolean _ = socket.receive(answer) == null;
            return Arrays.copyOf(answer.array(), answer.position());
        }
    }

    // ---- chat

    @ParameterizedTest
    @MethodSource("hubs")
    void theChatTellsTheOthersInOrderAndNotTheSpeaker(HubProvider hub) throws Exception {
        on(hub, () -> {
            var listener = serve(new TelnetChat()::join);
            try (var ann = connectTo(listener); var bob = connectTo(listener)) {
                var toAnn = lines(ann);
                var toBob = lines(bob);
                say(bob, "ready");
                assertThat(toAnn.readLine()).isEqualTo(bob.getLocalPort() + ": ready");
                say(ann, "one\r\ntwo\r\nthree");
                for (String line : List.of("one", "two", "three")) {
                    assertThat(toBob.readLine()).isEqualTo(ann.getLocalPort() + ": " + line);
                }
                ann.shutdownOutput();
                assertThat(toAnn.readLine()).as("what follows the end, and what she said herself").isNull();
            }
        });
    }

    // ---- unix-chat

    @ParameterizedTest
    @MethodSource("hubs")
    void theUnixChatTellsWhatIsTypedAndWhoTypedIt(HubProvider hub, @TempDir Path folder) throws Exception {
        on(hub, () -> {
            var at = UnixDomainSocketAddress.of(folder.resolve("chat"));
            var listener = UnixChat.listen(at);
            Green.spawnN(() -> Net.serve(listener, new UnixChat()::join));
            var typed = new LinkedBlockingQueue<Optional<String>>();
            var shown = new LinkedBlockingQueue<String>();
            try (var ann = Net.connect(at)) {
                var toAnn = lines(ann);
                var bob = Green.spawn(() -> UnixChat.participate(at, typed, shown::add));
                typed.add(Optional.of("ready"));
                assertThat(toAnn.readLine()).matches("(" + System.getProperty("user.name") + "|somebody)/2: ready");
                say(ann, "one\r\ntwo");
                assertThat(shown.take()).endsWith("/1: one");
                assertThat(shown.take()).endsWith("/1: two");
                typed.add(Optional.empty());
                bob.await();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theUnixChatEndsForItsParticipantsWithTheServer(HubProvider hub, @TempDir Path folder) throws Exception {
        on(hub, () -> {
            var at = UnixDomainSocketAddress.of(folder.resolve("chat"));
            try (var listener = Net.listen(at)) {
                var bob = Green.spawn(() -> UnixChat.participate(at, new LinkedBlockingQueue<>(), _ -> {}));
                listener.accept().close();
                bob.await();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theUnixChatTakesThePathOfADeadServerAndOfNobodyElse(HubProvider hub, @TempDir Path folder) throws Exception {
        on(hub, () -> {
            var at = UnixDomainSocketAddress.of(folder.resolve("chat"));
            UnixChat.listen(at).close();
            assertThat(at.getPath()).exists();
            try (var listener = UnixChat.listen(at)) {
                assertThat(listener.isBound()).isTrue();
                assertThatThrownBy(() -> UnixChat.listen(at)).isInstanceOf(BindException.class);
                listener.accept().close(); // Who asked.
                Net.connect(at).close();
            }
            var file = UnixDomainSocketAddress.of(Files.writeString(folder.resolve("letter"), "dear"));
            assertThatThrownBy(() -> UnixChat.listen(file)).isInstanceOf(BindException.class);
            assertThat(file.getPath()).hasContent("dear");
        });
    }

    @Test
    void whatIsTypedIsReadToItsEnd() throws Exception {
        var lines = UnixChat.typed(new ByteArrayInputStream("one\ntwo".getBytes(StandardCharsets.US_ASCII)));
        assertThat(List.of(lines.take(), lines.take(), lines.take())).containsExactly(Optional.of("one"),
                Optional.of("two"), Optional.empty());
    }

    private static BufferedReader lines(GreenSocket socket) throws Exception {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void say(GreenSocket socket, String lines) throws Exception {
        socket.sendAll((lines + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    // ---- forward

    @ParameterizedTest
    @MethodSource("hubs")
    void theForwarderPassesBytesAndEndsBothWays(HubProvider hub) throws Exception {
        on(hub, () -> {
            var echo = serve(EchoServer::echo);
            var to = PortForwarder.address("localhost:" + echo.getLocalPort());
            var forwarder = serve(client -> PortForwarder.forward(client, to));
            try (var client = connectTo(forwarder)) {
                say(client, "through");
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("through\r\n");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theForwarderEndsBothSidesWhenOneBreaks(HubProvider hub) throws Exception {
        on(hub, () -> {
            var breaker = serve(peer -> {
                peer.setSoLinger(true, 0);
                assertThat(peer.recv(100)).isNotEmpty();
            });
            var to = PortForwarder.address("127.0.0.1:" + breaker.getLocalPort());
            var forwarder = serve(client -> PortForwarder.forward(client, to));
            try (var client = connectTo(forwarder)) {
                say(client, "break");
                assertThat(client.recv(100)).isEmpty();
            }
        });
    }

    // ---- Hello, world!

    @ParameterizedTest
    @MethodSource("hubs")
    void helloIsSaidByBlockingCode(HubProvider hub) throws Exception {
        on(hub, () -> {
            var server = serve(HelloBlocking::hello).getLocalSocketAddress();
            for (int i = 0; i < 20; i++) {
                assertSaysHello(server);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void helloIsSaidByCallbacks(HubProvider hub) throws Exception {
        var opened = new CompletableFuture<Hub>();
        var address = new CompletableFuture<SocketAddress>();
        var stop = new CompletableFuture<Void>();
        var thread = CompletableFuture.runAsync(() -> {
            try (var own = hub.open(); var server = new HelloCallbacks(own, 0)) {
                opened.complete(own);
                address.complete(server.address());
                while (!stop.isDone()) {
                    server.turn();
                }
            } catch (Throwable e) {
                address.completeExceptionally(e);
                throw new AssertionError(e);
            }
        });
        var server = address.get();
        on(hub, () -> {
            for (int i = 0; i < 20; i++) {
                assertSaysHello(server);
            }
            try (var rude = Net.connect(server)) {
                rude.setSoLinger(true, 0);
                say(rude, "GET / HTTP/1.0");
            }
            assertSaysHello(server);
        });
        stop.complete(null);
        opened.get().wakeup();
        thread.get();
    }

    private static void assertSaysHello(SocketAddress server) throws Exception {
        assertThat(exchange(server, "GET / HTTP/1.0\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.0 200 OK\r\n")
                .endsWith("\r\n\r\nHello, world!");
    }

    // ---- crawl

    @ParameterizedTest
    @MethodSource("hubs")
    void theCrawlerGivesPagesInTheOrderOfTheirAddresses(HubProvider hub, @TempDir Path folder) throws Exception {
        for (int i = 0; i < 50; i++) {
            Files.writeString(folder.resolve("page" + i), "content " + i);
        }
        withPages(hub, folder, (pages, base) -> {
            var addresses = IntStream.range(0, 51).mapToObj(i -> base.resolve("page" + i)).toList();
            var came = new ArrayList<Pages.Page>();
            WebCrawler.crawl(pages, addresses, came::add);
            assertThat(came).extracting(Pages.Page::address).isEqualTo(addresses);
            for (int i = 0; i < 50; i++) {
                assertThat(came.get(i).body()).asString().isEqualTo("content " + i);
            }
            assertThat(came.getLast().status()).isEqualTo(404);

            came.clear();
            WebCrawler.crawl(pages, List.of(URI.create("http://127.0.0.1:1/")), came::add);
            assertThat(came.getFirst().failure()).isNotNull();
        });
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theCrawlersThatFollowLinksSeeEachPageOnce(HubProvider hub, @TempDir Path folder) throws Exception {
        // A binary tree of 63 pages, with links back to the root, to nowhere, and to another server.
        for (int i = 1; i < 64; i++) {
            Files.writeString(folder.resolve("page" + i), """
                    <a href="page%d">left</a> <A HREF='page%d'>right</A> <a href=page1#top>up</a>
                    <a href="http://verdant.invalid/">elsewhere</a> <a href="::">nowhere</a>""".formatted(2 * i,
                    2 * i + 1));
        }
        withPages(hub, folder, (pages, base) -> {
            var recursive = new ArrayList<Pages.Page>();
            RecursiveCrawler.crawl(pages, base.resolve("page1"), recursive::add);
            assertEveryPageOfTheTree(recursive, base);
            var queued = new ArrayList<Pages.Page>();
            QueueCrawler.crawl(pages, base.resolve("page1"), queued::add);
            assertEveryPageOfTheTree(queued, base);
        });
    }

    private static void assertEveryPageOfTheTree(List<Pages.Page> pages, URI base) {
        assertThat(pages).filteredOn(page -> page.status() == 200).extracting(Pages.Page::address)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(1, 64).mapToObj(i -> base.resolve("page" + i)).toList());
        assertThat(pages).filteredOn(page -> page.status() == 404).hasSize(64);
        assertThat(pages).hasSize(127);
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theFeedScraperAnswersWithTitlesInTheOrderAsked(HubProvider hub, @TempDir Path folder) throws Exception {
        for (int i = 0; i < 30; i++) {
            Files.writeString(folder.resolve("feed" + i),
                    "<rss><channel><title> Feed %d </title><item><title>no</title></item></channel></rss>"
                            .formatted(i));
        }
        Files.writeString(folder.resolve("broken"), "<rss><channel>");
        withPages(hub, folder, (pages, base) -> {
            var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
            Green.spawnN(() -> new FeedScraper(pages).on(listener).serve());
            var asked = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                asked.append(base.resolve("feed" + i)).append('\n');
            }
            asked.append(base.resolve("absent")).append('\n').append(base.resolve("broken")).append("\n\nno address\n");
            var titles = exchange(listener.getLocalSocketAddress(), "POST / HTTP/1.0\r\nContent-Length: "
                    + asked.length() + "\r\n\r\n" + asked).lines().dropWhile(line -> !line.isEmpty()).skip(1).toList();
            assertThat(titles).hasSize(33);
            assertThat(titles.subList(0, 30)).isEqualTo(IntStream.range(0, 30).mapToObj(i -> "Feed " + i).toList());
            assertThat(titles.get(30)).contains("404");
            assertThat(titles.get(31)).startsWith(base.resolve("broken") + ": ");
            assertThat(titles.get(32)).startsWith("no address: ");
            assertThat(exchange(listener.getLocalSocketAddress(), "GET / HTTP/1.0\r\n\r\n"))
                    .startsWith("HTTP/1.1 405 ");
        });
    }

    // ---- dag-build

    @ParameterizedTest
    @MethodSource("hubs")
    void theBuildMakesEachTargetAfterWhatItNeeds(HubProvider hub, @TempDir Path folder) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "/bin/sh");
        var lines = """
                # The one at the top is made last.
                app: left right
                    cat left right > app
                left: base
                    sed s/base/left/ base > left
                right: base
                    sed s/base/right/ base > right
                base:
                    echo base > base

                broken:
                    exit 3
                above: broken base
                    touch above
                """.replace("\n    ", "\n    cd " + folder + " && ").lines().toList();
        var report = new StringBuilder();
        var failed = Green.call(options -> options.hub(hub), () -> DagBuild.build(lines, 2, report));
        assertThat(folder.resolve("app")).hasContent("left\nright");
        assertThat(failed).containsOnlyKeys("broken", "above");
        assertThat(report.toString().lines())
                .contains("app: built, 1 commands", "above: not built, for it needs broken")
                .anyMatch(line -> line.startsWith("broken: ") && line.endsWith("exit 3\" ended with 3"));
        assertThat(folder.resolve("above")).doesNotExist();
        assertThatThrownBy(() -> DagBuild.build(List.of("app: lib"), 1, report))
                .hasMessageContaining("nothing says how to build lib");
        assertThatThrownBy(() -> Green.run(() -> DagBuild.build(List.of("a: b", "b: a"), 1, report)))
                .hasMessageContaining("no cycle");
    }

    /** What is done with pages, and the address they are served at. */
    private interface WithPages {
        void run(Pages pages, URI base) throws Exception;
    }

    private static void withPages(HubProvider hub, Path folder, WithPages test) throws Exception {
        try (var loop = EventLoop.start(options -> options.hub(hub)); var pages = new Pages(loop)) {
            loop.spawn(() -> {
                var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 1000);
                Green.spawnN(() -> FileServer.on(listener, folder).serve());
                test.run(pages, URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/"));
            }).await();
        }
    }
}
