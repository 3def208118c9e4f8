package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.StreamClosedException;
import dev.verdant.green.stream.TCPClient;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a page in callbacks, as tornado's well-known client does: connect, write the request, read up to the blank line, read as many bytes as the head says, close,
 * stop the loop. It asks with HTTP/1.0, so that no body comes in chunks.
 *
 * <p>Run {@code ./verdant stream-get http://127.0.0.1:8080/README.md}.
 */
public final class StreamGet {

    private static final int LONGEST_HEAD = 64 * 1024;

    private static final Pattern STATUS = Pattern.compile("HTTP/\\d\\.\\d (\\d{3})[^\r]*\r\n");

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length:[ \t]*([^\r]*?)[ \t]*(?=\r\n)");

    private final IOLoop io = IOLoop.current();
    private final URI address;
    private @Nullable IOStream stream;
    private @Nullable IOException failure;
    private byte @Nullable [] body;

    private StreamGet(URI address) {
        this.address = address;
    }

    /**
     * Prints the body and nothing else.
     *
     * @param args the address, and perhaps {@code --ca PEM} and {@code --engine jdk|boringssl}
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "ca", "engine");
        URI address = address(arguments.rest());
        SslOptions tls = address.getScheme().equals("https")
                ? TlsArguments.client(arguments, arguments.file("ca"))
                : null;
        try {
            System.out.write(Green.call(() -> get(address, tls)));
            System.out.flush();
        } catch (IOException e) {
            System.err.println(address + ": " + e.getMessage());
            System.exit(1);
        }
    }

    private static URI address(List<String> words) {
        if (words.size() != 1) {
            throw Arguments.refuse("expected: one address, http://... or https://...");
        }
        String word = words.getFirst();
        try {
            URI address = new URI(word);
            if (word.matches("https?://.+") && address.getHost() != null && address.getPort() <= 65_535) {
                return address;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw Arguments.refuse("not an address: " + word + " (expected: http://HOST[:PORT]/... or https://...)");
    }

    /**
     * Returns the body of a page. In a green thread whose loop's callbacks nobody runs.
     *
     * @param tls how the client of an https address speaks TLS; null for http
     * @throws IOException if it cannot be had whole, or the answer is no page: then the message is its status
     */
    static byte[] get(URI address, @Nullable SslOptions tls) throws IOException, InterruptedException {
        var get = new StreamGet(address);
        get.connect(tls);
        try {
            get.io.start();
        } finally {
            get.close();
        }
        if (get.failure != null) {
            throw get.failure;
        }
        return Objects.requireNonNull(get.body);
    }

    private void connect(@Nullable SslOptions tls) {
        int port = address.getPort() >= 0 ? address.getPort() : tls == null ? 80 : 443;
        String host = address.getHost().replaceAll("[\\[\\]]", ""); // An IPv6 address stands in brackets.
        var client = new TCPClient();
        if (tls != null) {
            client.tls(tls);
        }
        client.connect(host, port, then(this::ask));
    }

    private void ask(IOStream connected) throws IOException {
        stream = connected;
        connected.write(request().getBytes(StandardCharsets.US_ASCII),
                then(_ -> connected.readUntil("\r\n\r\n", LONGEST_HEAD, then(head -> readBody(connected, head)))));
    }

    private String request() {
        String path = address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        String query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        return "GET " + path + query + " HTTP/1.0\r\nHost: " + address.getHost() + port
                + "\r\nConnection: close\r\n\r\n";
    }

    private void readBody(IOStream from, byte[] bytes) throws IOException {
        String head = new String(bytes, StandardCharsets.ISO_8859_1);
        var status = STATUS.matcher(head);
        if (!status.lookingAt()) {
            throw new IOException("the answer is not HTTP: " + head.lines().findFirst().orElse(""));
        }
        if (!status.group(1).startsWith("2")) {
            throw new IOException(status.group().strip());
        }
        List<String> lengths = LENGTH.matcher(head).results().map(found -> found.group(1)).distinct().toList();
        if (status.group(1).equals("204")) {
            end(new byte[0]);
        } else if (lengths.isEmpty()) {
            from.readUntilClose(then(all -> endUnbroken(from, all)));
        } else if (lengths.size() == 1 && lengths.getFirst().matches("\\d{1,9}")) {
            from.readBytes(Integer.parseInt(lengths.getFirst()), then(this::end));
        } else {
            throw new IOException("Content-Length: " + String.join(", ", lengths)
                    + " (expected: one number below 1,000,000,000)");
        }
    }

    /** What came up to the close is all, unless something broke the connection. */
    private void endUnbroken(IOStream from, byte[] all) throws IOException {
        if (from.error() instanceof IOException broken) {
            throw broken;
        }
        end(all);
    }

    private void end(byte[] all) {
        body = all;
        close();
        io.stop();
    }

    private void close() {
        if (stream != null) {
            stream.close();
        }
    }

    /** A step, which ends everything if it fails, or if what it waited for does. */
    private <T extends @Nullable Object> IOCallback<T> then(IOCallback<T> step) {
        return new IOCallback<>() {
            @Override
            public void completed(T result) throws Exception {
                try {
                    step.completed(result);
                } catch (IOException e) {
                    failed(e);
                }
            }

            @Override
            public void failed(IOException cause) {
                failure = cause instanceof StreamClosedException ? whyClosed(cause) : cause;
                io.stop();
            }
        };
    }

    private static IOException whyClosed(IOException closed) {
        return closed.getCause() instanceof IOException broken
                ? broken
                : new EOFException("the connection ended before the answer did");
    }
}
