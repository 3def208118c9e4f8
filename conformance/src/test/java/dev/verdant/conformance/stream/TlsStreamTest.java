package dev.verdant.conformance.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.tls.StreamOptions;
import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.SSLIOStream;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;

/** T31 to T33, and what else is TLS's own. */
class TlsStreamTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private record Pair(IOStream client, IOStream server) implements AutoCloseable {

        static Pair open() throws IOException {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
                var client = new IOStream().connect(listener.getLocalSocketAddress());
                return new Pair(client, new IOStream(listener.accept()));
            }
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    @HubTest
    void t31AMailDialogueGoesOnInTls(Engine engine) throws Exception {
        try (var pair = Pair.open()) {
            pair.server.maxBufferSize(1 << 20);
            var served = Green.spawn(() -> {
                pair.server.write(bytes("220 ready\r\n"));
                assertThat(pair.server.readUntil("\r\n")).asString(US_ASCII).isEqualTo("EHLO a\r\n");
                pair.server.write(bytes("250 STARTTLS\r\n"));
                assertThat(pair.server.readUntil("\r\n")).asString(US_ASCII).isEqualTo("STARTTLS\r\n");
                pair.server.write(bytes("220 go ahead\r\n"));
                var tls = pair.server.startTls(StreamOptions.server(engine));
                assertThat(tls.maxBufferSize()).isEqualTo(1 << 20);
                assertThat(tls.readUntil("\r\n")).asString(US_ASCII).isEqualTo("EHLO b\r\n");
                tls.write(bytes("250 done\r\n"));
                return tls;
            });
            assertThat(pair.client.readUntil("\r\n")).asString(US_ASCII).isEqualTo("220 ready\r\n");
            pair.client.write(bytes("EHLO a\r\n"));
            pair.client.readUntil("\r\n");
            pair.client.write(bytes("STARTTLS\r\n"));
            assertThat(pair.client.readUntil("\r\n")).asString(US_ASCII).isEqualTo("220 go ahead\r\n");
            var tls = (SSLIOStream) pair.client.startTls(StreamOptions.client(engine));
            assertThat(tls.session().getProtocol()).startsWith("TLSv1.");
            assertThat(pair.client.closed()).isTrue();
            tls.write(bytes("EHLO b\r\n"));
            assertThat(tls.readUntil("\r\n")).asString(US_ASCII).isEqualTo("250 done\r\n");
            tls.close();
            served.await().close();
        }
    }

    @HubTest
    void aHandshakeIsBegunByCallbacksAsWellAndBringsTheCloseCallbackAlong(Engine engine) throws Exception {
        try (var pair = Pair.open()) {
            var io = IOLoop.current();
            var seen = new ArrayList<String>();
            pair.server.setCloseCallback(() -> {
                seen.add("closed");
                io.stop();
            });
            pair.server.startTls(StreamOptions.server(engine),
                    tls -> tls.readUntil("\n", line -> seen.add(new String(line, StandardCharsets.UTF_8))));
            pair.client.startTlsAsync(StreamOptions.client(engine))
                    .thenAccept(tls -> tls.writeAsync(bytes("hello\n")).thenRun(tls::close));
            io.start();
            assertThat(seen).containsExactly("hello\n", "closed");
        }
    }

    @HubTest
    void t32WhoIsNotTrustedFailsTheHandshakeWithTheRealReason(Engine engine) throws Exception {
        var logged = new CopyOnWriteArrayList<LogRecord>();
        var logger = Logger.getLogger("dev.verdant.green.stream");
        Filter before = logger.getFilter();
        logger.setFilter(record -> !logged.add(record));
        try (var pair = Pair.open()) {
            var served = Green.spawn(() -> pair.server.startTls(StreamOptions.server(engine)));
            assertThatThrownBy(
                    () -> pair.client.startTls(SslOptions.forClient().engine(engine).serverName("localhost").build()))
                    .isInstanceOf(SSLException.class);
            assertThatThrownBy(served::await).isInstanceOf(IOException.class);
        } finally {
            logger.setFilter(before);
        }
        assertThat(logged).extracting(LogRecord::getMessage).isNotEmpty()
                .allMatch(message -> message.startsWith("SSL Error"));
    }

    @HubTest
    void t33ANameThatIsNotTheServersFailsTheHandshake(Engine engine) throws Exception {
        try (var pair = Pair.open()) {
            var served = Green.spawn(() -> pair.server.startTls(StreamOptions.server(engine)));
            assertThatThrownBy(() -> pair.client.startTls(StreamOptions.clientFor(engine, "other.example")))
                    .isInstanceOf(SSLException.class);
            assertThatThrownBy(served::await).isInstanceOf(IOException.class);
        }
        try (var pair = Pair.open()) {
            var served = Green.spawn(() -> pair.server.startTls(StreamOptions.server(engine)));
            pair.client.startTls(StreamOptions.clientFor(engine, "localhost")).close();
            served.await().close();
        }
    }

    @HubTest
    void aHandshakeThatIsNotDoneInTimeFailsAndNothingIsLeft(Engine engine) throws Exception {
        try (var pair = Pair.open()) {
            var options = StreamOptions.impatient(engine, Duration.ofMillis(50));
            assertThatThrownBy(() -> pair.client.startTls(options)).isInstanceOf(IOException.class);
            assertThat(pair.client.socket().isClosed()).isTrue();
        }
    }

    @HubTest
    void onlyAnIdleStreamCanBeConverted() throws Exception {
        try (var pair = Pair.open()) {
            var read = pair.client.readBytesAsync(2);
            assertThatThrownBy(() -> pair.client.startTls(StreamOptions.client(Engine.JDK)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is not idle");
            pair.server.write(bytes("abc"));
            IOLoop.current().runSync(() -> read, LONG);
            assertThatThrownBy(() -> pair.client.startTls(StreamOptions.client(Engine.JDK)))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(pair.client.readBytes(1)).hasSize(1);
        }
    }

    @HubTest
    void whatIsAskedForDuringTheHandshakeIsDoneAfterIt(Engine engine) throws Exception {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var client = new SSLIOStream(Net.connect(listener.getLocalSocketAddress()), StreamOptions.client(engine));
            var server = new SSLIOStream(listener.accept(), StreamOptions.server(engine));
            try (client; server) {
                assertThat(client.opening()).isTrue();
                var written = client.writeAsync(bytes("hello"));
                var io = IOLoop.current();
                assertThat(io.runSync(() -> server.readBytesAsync(5), LONG)).asString(US_ASCII).isEqualTo("hello");
                io.runSync(() -> written, LONG);
                assertThat(io.runSync(server::waitForHandshakeAsync, LONG)).isSameAs(server);
                assertThat(server.waitForHandshake()).isSameAs(server);
                var told = new CompletableFuture<SSLIOStream>();
                client.waitForHandshake(told::complete);
                assertThat(io.runSync(() -> told, LONG)).isSameAs(client);
            }
        }
    }

    @HubTest
    void aStreamThatIsNotConnectedYetConnectsAndShakesHands(Engine engine) throws Exception {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var served = Green.spawn(() -> {
                try (var server = new SSLIOStream(listener.accept(), StreamOptions.server(engine))) {
                    server.write(server.readUntil("\n"));
                }
            });
            try (var client = new SSLIOStream(new dev.verdant.green.net.GreenSocket(), StreamOptions.client(engine))) {
                client.connect(listener.getLocalSocketAddress());
                client.write(bytes("echo\n"));
                assertThat(client.readUntil("\n")).asString(US_ASCII).isEqualTo("echo\n");
            }
            served.await();
        }
    }
}
