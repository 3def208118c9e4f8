package dev.verdant.conformance.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.conformance.Uncaught;
import dev.verdant.conformance.tls.StreamOptions;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.StreamClosedException;
import dev.verdant.green.stream.TCPClient;
import dev.verdant.green.stream.TCPServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** T39, and who connects to such servers. */
class TCPServerTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);
    private static final Duration LONG = Duration.ofSeconds(20);

    /** A server that sends lines back, and knows how many connections it has. */
    private static final class Echo {

        private int open;
        private @Nullable GreenThread<?> runner;

        final TCPServer server = new TCPServer((stream, _) -> {
            open++;
            stream.setCloseCallback(() -> open--);
            echo(stream);
        });

        /** Listens, and runs the callbacks beside the test. */
        SocketAddress start() throws IOException {
            runner = running();
            return server.listen(ANY).getLocalSocketAddress();
        }

        /** Ends when the clients' ends have been seen. */
        void end() throws Exception {
            server.stop();
            Turns.until(() -> open == 0);
            IOLoop.current().stop();
            Objects.requireNonNull(runner).await();
        }
    }

    private static void echo(IOStream stream) throws IOException {
        stream.readUntil("\n", line -> stream.write(line, _ -> echo(stream)));
    }

    private static int portOf(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    /** Runs the callbacks beside the test until the end. */
    private static GreenThread<?> running() {
        return Green.spawn(() -> IOLoop.current().start());
    }

    @HubTest
    void aServerOfCallbacksServesManyAtATime() throws Exception {
        var echo = new Echo();
        SocketAddress at = echo.start();
        var clients = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 50; i++) {
            String line = "line " + i + "\n";
            clients.add(Green.spawn(() -> {
                try (var client = Net.connect(at)) {
                    for (int j = 0; j < 10; j++) {
                        client.sendAll(bytes(line));
                        assertThat(client.getInputStream().readNBytes(line.length())).asString(US_ASCII)
                                .isEqualTo(line);
                    }
                }
            }));
        }
        Green.joinAllOrThrow(clients, clients.size(), null);
        echo.end();
    }

    @HubTest
    void t39AStopTwiceAndInTheMiddleOfManyConnectsServesWhoHasCome() throws Exception {
        int comers = 40;
        var handled = new ArrayList<SocketAddress>();
        var server = new TCPServer[1];
        server[0] = new TCPServer((stream, peer) -> {
            handled.add(peer);
            if (handled.size() == 3) {
                server[0].stop();
                server[0].stop();
            }
            stream.write(bytes("x"), _ -> stream.close());
        });
        SocketAddress at = server[0].listen(ANY).getLocalSocketAddress();
        var runner = running();
        int[] served = new int[1];
        int[] refused = new int[1];
        var clients = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < comers; i++) {
            clients.add(Green.spawn(() -> {
                try (var client = Net.connect(at)) {
                    int got = client.recv(1).length;
                    served[0] += got;
                } catch (IOException e) {
                    refused[0]++;
                }
            }));
        }
        Green.joinAllOrThrow(clients, clients.size(), null);
        assertThat(served[0]).isEqualTo(handled.size()).isGreaterThanOrEqualTo(3);
        assertThat(served[0] + refused[0]).isEqualTo(comers);
        IOLoop.current().stop();
        runner.await();
    }

    @HubTest
    void aHandlerThatThrowsIsReportedAndItsConnectionClosedAndTheServerGoesOn(Uncaught uncaught) throws Exception {
        int[] calls = new int[1];
        var server = new TCPServer() {
            @Override
            protected void handleStream(IOStream stream, SocketAddress peer) throws Exception {
                if (++calls[0] == 1) {
                    throw new IOException("on purpose");
                }
                stream.readUntil("\n", line -> stream.write(line, _ -> stream.close()));
            }
        };
        SocketAddress at = server.listen(ANY).getLocalSocketAddress();
        var runner = running();
        try (var first = Net.connect(at)) {
            assertThat(first.recv(1)).isEmpty();
        }
        try (var second = Net.connect(at)) {
            second.sendAll(bytes("hi\n"));
            assertThat(second.getInputStream().readAllBytes()).hasSize(3);
        }
        server.stop();
        IOLoop.current().stop();
        runner.await();
        assertThat(uncaught.failures()).singleElement().asString().contains("on purpose");
    }

    @HubTest
    void aServerSetsTheBoundsOfItsConnections() throws Exception {
        var bounds = new CompletableFuture<String>();
        try (var server = new TCPServer((stream, _) -> {
            bounds.complete(stream.maxBufferSize() + " " + stream.readChunkSize() + " " + stream.maxWriteBufferSize());
            stream.close();
        }).maxBufferSize(1).readChunkSize(2).maxWriteBufferSize(3)) {
            try (var _ = Net.connect(server.listen(ANY).getLocalSocketAddress())) {
                assertThat(IOLoop.current().runSync(() -> bounds, LONG)).isEqualTo("1 2 3");
            }
        }
    }

    // ---- clients

    @HubTest
    void aClientConnectsByNameInEachForm() throws Exception {
        var echo = new Echo();
        int port = portOf(echo.start());
        var client = new TCPClient();
        try (var blocking = client.maxBufferSize(100).connect("127.0.0.1", port)) {
            assertThat(blocking.maxBufferSize()).isEqualTo(100);
            blocking.write(bytes("b\n"));
            assertThat(blocking.readUntil("\n")).asString(US_ASCII).isEqualTo("b\n");
        }
        var line = new CompletableFuture<byte[]>();
        client.connectAsync("127.0.0.1", port).thenAccept(stream -> stream.writeAsync(bytes("a\n"))
                .thenCompose(_ -> stream.readUntilAsync("\n")).thenAccept(read -> {
                    stream.close();
                    line.complete(read);
                }));
        assertThat(line.get()).asString(US_ASCII).isEqualTo("a\n");
        var told = new CompletableFuture<IOStream>();
        client.connect("127.0.0.1", port, told::complete);
        told.get().close();
        echo.end();
    }

    @HubTest
    void aClientsTlsIsDoneWhenItIsConnected() throws Exception {
        var echo = new Echo();
        echo.server.tls(StreamOptions.server(Engine.JDK));
        int port = portOf(echo.start());
        try (var stream = new TCPClient().tls(StreamOptions.client(Engine.JDK)).timeout(LONG).connect("127.0.0.1",
                port)) {
            assertThat(stream.opening()).isFalse();
            stream.write(bytes("secret\n"));
            assertThat(stream.readUntil("\n")).asString(US_ASCII).isEqualTo("secret\n");
        }
        echo.end();
    }

    @HubTest
    void aClientThatIsRefusedIsToldWhy() throws Exception {
        int port;
        try (var listener = Net.listen(ANY)) {
            port = listener.getLocalPort();
        }
        var client = new TCPClient();
        assertThatThrownBy(() -> client.connect("127.0.0.1", port)).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> IOLoop.current().runSync(() -> client.connectAsync("127.0.0.1", port), LONG))
                .isInstanceOf(ConnectException.class);
    }

    @HubTest
    void aConnectThatTakesTooLongIsGivenUpAndNothingIsLeft() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var client = new TCPClient().tls(StreamOptions.client(Engine.JDK)).timeout(Duration.ofMillis(50));
            assertThatThrownBy(() -> client.connect("127.0.0.1", listener.getLocalPort()))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("50 ms");
            listener.accept().close();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aNameIsLookedUpAndItsFirstAddressThatAnswersIsTaken() throws Exception {
        var echo = new Echo();
        int port = portOf(echo.start());
        try (var stream = new TCPClient().connect("localhost", port)) {
            stream.write(bytes("x\n"));
            assertThat(stream.readUntil("\n")).hasSize(2);
            echo.server.stop();
            stream.write(bytes("y\n"));
            assertThat(stream.readUntil("\n")).as("after the stop").hasSize(2);
        }
        echo.end();
        assertThatThrownBy(() -> new TCPClient().connect("localhost", port)).isInstanceOf(IOException.class)
                .isNotInstanceOf(StreamClosedException.class);
    }
}
