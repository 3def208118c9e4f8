package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A small HTTP/1.1 server for the files below a folder: {@code GET} only, connections kept alive, nothing outside of the folder. A green thread reads a
 * request, answers it and reads the next, as if it were the only one. Files are read whole, and while the disk is read the loop waits.
 *
 * <p>Run {@code ./verdant files --port 8080 .}, and {@code curl http://127.0.0.1:8080/README.md}.
 */
public final class FileServer {

    private static final int LONGEST_HEAD = 16 * 1024;
    private static final int IDLE_MILLIS = 30_000;
    private static final int MOST_SKIPPED = 1024 * 1024;
    private static final byte[] NOTHING = {};

    private final Path folder;

    FileServer(Path folder) throws IOException {
        this.folder = folder.toRealPath();
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}, and the folder, the current one if none is given
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port");
        var folder = Path.of(arguments.rest().isEmpty() ? "." : arguments.rest().getFirst());
        if (!Files.isDirectory(folder)) {
            throw Arguments.refuse(folder + " (expected: a folder)");
        }
        int port = arguments.port(8080);
        var server = new FileServer(folder);
        Green.run(() -> Net.serve(Listening.on(port, "files"), server::talk));
    }

    /** Talks to one client, until it has nothing more to ask. */
    void talk(GreenSocket client) throws IOException {
        client.setTcpNoDelay(true);
        client.setSoTimeout(IDLE_MILLIS);
        var in = new BufferedInputStream(client.getInputStream());
        var out = client.getOutputStream();
        try {
            for (var request = read(in); request != null; request = request.isLast() ? null : read(in)) {
                answer(request, out);
            }
            // A close that leaves bytes unread is a reset, which may overtake the last answer.
            client.shutdownOutput();
            client.getInputStream().skip(MOST_SKIPPED);
        } catch (SocketTimeoutException e) {
            // It has forgotten us.
        }
    }

    // ---- requests

    private record Request(String method, String target, boolean isLast) {

        static final Request BAD = new Request("", "", true);

        static Request of(String head) {
            String[] lines = head.split("\r?\n");
            String[] words = lines.length == 0 ? lines : lines[0].split(" ", -1);
            if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
                return BAD;
            }
            boolean isLast = words[2].equals("HTTP/1.0");
            for (String line : lines) {
                String header = line.toLowerCase(Locale.ROOT);
                boolean hasBody = header.startsWith("content-length:") || header.startsWith("transfer-encoding:");
                isLast |= hasBody || header.matches("connection:\\s*close\\s*"); // We do not read bodies, nor what comes after one.
            }
            return new Request(words[0], words[1], isLast);
        }
    }

    /** Reads to the blank line; returns null if the client ends instead of asking. */
    private static @Nullable Request read(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.length() < LONGEST_HEAD) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            head.append((char) next);
            if (next == '\n' && (endsWith(head, "\r\n\r\n") || endsWith(head, "\n\n"))) {
                return Request.of(head.toString());
            }
        }
        return Request.BAD;
    }

    private static boolean endsWith(StringBuilder text, String end) {
        return text.indexOf(end, Math.max(0, text.length() - end.length())) >= 0;
    }

    // ---- answers

    private void answer(Request request, OutputStream out) throws IOException {
        if (request == Request.BAD) {
            send(out, "400 Bad Request", NOTHING, request);
        } else if (!request.method().equals("GET")) {
            send(out, "405 Method Not Allowed\r\nAllow: GET", NOTHING, request);
        } else {
            byte[] content = content(request.target());
            send(out, content == null ? "404 Not Found" : "200 OK", content == null ? NOTHING : content, request);
        }
    }

    /** What a target names, or null if that is no file below the folder. */
    private byte @Nullable [] content(String target) throws IOException {
        try {
            String path = target.replaceFirst("[?].*", "").replace("+", "%2B"); // Only in forms is a plus a space.
            Path file = folder.resolve(URLDecoder.decode(path, StandardCharsets.UTF_8).substring(1));
            boolean isOurs = Files.isRegularFile(file) && file.toRealPath().startsWith(folder);
            return isOurs ? Files.readAllBytes(file) : null;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return null; // Nothing that could name a file.
        }
    }

    /** In one write, as long as it fits. */
    private static void send(OutputStream out, String status, byte[] content, Request request) throws IOException {
        String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + content.length
                + (request.isLast() ? "\r\nConnection: close" : "")
                + "\r\n\r\n";
        var answer = new ByteArrayOutputStream(head.length() + content.length);
        answer.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        answer.writeBytes(content);
        answer.writeTo(out);
    }
}
