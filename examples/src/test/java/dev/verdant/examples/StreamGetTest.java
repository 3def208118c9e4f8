package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The body that {@link StreamGet} prints, however it comes. */
@Timeout(60)
class StreamGetTest {

    static Stream<HubProvider> hubs() {
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty());
    }

    /** What a server answers once it has read a request. */
    private interface Answer {
        void send(OutputStream out) throws Exception;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Fetches from a server that answers so, and returns the body; the request's lines go into the list. */
    private static byte[] get(HubProvider hub, String path, List<String> request, Answer answer) throws Exception {
        return Green.call(options -> options.hub(hub), () -> {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
                Green.spawnN(() -> Net.serve(listener, socket -> talk(socket, request, answer)));
                return StreamGet.get(URI.create("http://127.0.0.1:" + listener.getLocalPort() + path), null);
            }
        });
    }

    private static byte[] get(HubProvider hub, Answer answer) throws Exception {
        return get(hub, "/", new ArrayList<>(), answer);
    }

    private static byte[] get(HubProvider hub, String answer) throws Exception {
        return get(hub, out -> out.write(ascii(answer)));
    }

    private static void talk(GreenSocket socket, List<String> request, Answer answer) throws IOException {
        try (socket) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                request.add(line);
            }
            answer.send(socket.getOutputStream());
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(8).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theBodyIsTheSameWhenEachByteComesAlone(HubProvider hub) throws Exception {
        byte[] body = random(200);
        byte[] page = get(hub, out -> {
            byte[] head = ascii("HTTP/1.1 200 OK\r\nServer: slow\r\ncontent-length:200 \r\n\r\n");
            for (byte[] part : List.of(head, body)) {
                for (byte each : part) {
                    out.write(each);
                    Green.sleep(Duration.ofMillis(1));
                }
            }
        });
        assertThat(page).isEqualTo(body);
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void aBodyOfSomeMebibytesComesWhole(HubProvider hub) throws Exception {
        byte[] body = random(5 << 20);
        assertThat(get(hub, out -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n"));
            out.write(body);
            out.write(ascii("and what does not belong to it"));
        })).isEqualTo(body);
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void aBodyWithoutALengthGoesUpToTheClose(HubProvider hub) throws Exception {
        byte[] body = random(3 << 20);
        assertThat(get(hub, out -> {
            out.write(ascii("HTTP/1.0 200 OK\r\n\r\n"));
            out.write(body);
        })).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource({
            "'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'",
            "'HTTP/1.0 200 OK\r\n\r\n'",
            "'HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n'"
    })
    void aBodyMayBeEmpty(String answer) throws Exception {
        for (HubProvider hub : hubs().toList()) {
            assertThat(get(hub, answer)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theBodyIsThereBeforeTheServerCloses(HubProvider hub) throws Exception {
        var ends = new AtomicInteger();
        assertThat(get(hub, out -> {
            out.write(ascii("HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello"));
            Green.sleep(Duration.ofMinutes(5));
            ends.incrementAndGet();
        })).asString().isEqualTo("hello");
        assertThat(ends).hasValue(0);
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void theRequestNamesThePathTheQueryAndTheHost(HubProvider hub) throws Exception {
        var request = new ArrayList<String>();
        get(hub, "/a%20path?q=%C3%A4&r", request, out -> out.write(ascii("HTTP/1.1 204 No Content\r\n\r\n")));
        assertThat(request).hasSize(3).startsWith("GET /a%20path?q=%C3%A4&r HTTP/1.0").endsWith("Connection: close");
        assertThat(request.get(1)).matches("Host: 127\\.0\\.0\\.1:\\d+");
        get(hub, "?q", request, out -> out.write(ascii("HTTP/1.1 204 No Content\r\n\r\n")));
        assertThat(request).contains("GET /?q HTTP/1.0");
    }

    @ParameterizedTest
    @CsvSource({
            "'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone', HTTP/1.1 404 Not Found",
            "'HTTP/1.1 500\r\n\r\n', HTTP/1.1 500",
            "'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort', the connection ended before the answer did",
            "'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', the connection ended before the answer did",
            "'HTTP/1.1 200 OK\r\nConten', the connection ended before the answer did",
            "'', the connection ended before the answer did",
            "'SSH-2.0-OpenSSH\r\n\r\n', the answer is not HTTP: SSH-2.0-OpenSSH",
            "'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 'Content-Length: 1, 2 (expected: one number below 1,000,000,000)'",
            "'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'Content-Length: -1 (expected: one number below 1,000,000,000)'"
    })
    void whatIsNoPageFailsAndSaysWhy(String answer, String complaint) {
        for (HubProvider hub : hubs().toList()) {
            assertThatThrownBy(() -> get(hub, answer)).isInstanceOf(IOException.class).hasMessage(complaint);
        }
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void aHeadWithoutAnEndIsNotReadForEver(HubProvider hub) {
        assertThatThrownBy(() -> get(hub, out -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nX: "));
            while (true) {
                out.write(new byte[10_000]);
            }
        })).isInstanceOf(IOException.class).hasMessageContaining("was not found within 65536 bytes");
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void aBodyThatAResetEndsIsNotTakenForTheWhole(HubProvider hub) {
        assertThatThrownBy(() -> Green.call(options -> options.hub(hub), () -> {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
                Green.spawnN(() -> Net.serve(listener, socket -> talk(socket, new ArrayList<>(), out -> {
                    out.write(ascii("HTTP/1.0 200 OK\r\n\r\nthe first half"));
                    socket.setSoLinger(true, 0);
                })));
                return StreamGet.get(URI.create("http://127.0.0.1:" + listener.getLocalPort()), null);
            }
        })).isInstanceOf(IOException.class).hasMessageContaining("reset");
    }

    @ParameterizedTest
    @MethodSource("hubs")
    void nobodyThereIsAFailure(HubProvider hub) {
        assertThatThrownBy(() -> Green.call(options -> options.hub(hub),
                () -> StreamGet.get(URI.create("http://127.0.0.1:1/"), null))).isInstanceOf(ConnectException.class);
    }
}
