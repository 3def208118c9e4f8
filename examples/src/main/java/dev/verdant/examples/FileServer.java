package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small HTTP server for the files below a folder: {@code GET} only, connections kept alive, nothing outside of the folder.
 *
 * <p>Run {@code ./verdant files --port 8080 .}, and {@code curl http://127.0.0.1:8080/README.md}.
 */
public final class FileServer {

    private final Path root;

    FileServer(Path root) throws IOException {
        this.root = root.toRealPath();
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}, and the folder, the current one if none is given
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port");
        var folder = arguments.rest().isEmpty() ? "." : arguments.rest().getFirst();
        var server = new FileServer(Path.of(folder));
        Green.run(() -> Net.serve(Listening.on(arguments.number("port", 8080), "files"), server::talk, 1000));
    }

    void talk(GreenSocket socket) throws IOException {
        socket.setTcpNoDelay(true);
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        var out = socket.getOutputStream();
        while (answer(in, out)) {
            // The next request of the same connection.
        }
    }

    /** Answers one request; returns whether another may follow. */
    private boolean answer(BufferedReader in, OutputStream out) throws IOException {
        String request = in.readLine();
        if (request == null) {
            return false;
        }
        boolean close = false;
        for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
            close |= header.equalsIgnoreCase("Connection: close");
        }
        String[] words = request.split(" ", -1);
        if (words.length != 3 || !words[0].equals("GET")) {
            send(out, "405 Method Not Allowed", new byte[0]);
            return false;
        }
        byte[] content = content(words[1]);
        if (content == null) {
            send(out, "404 Not Found", new byte[0]);
        } else {
            send(out, "200 OK", content);
        }
        return !close;
    }

    /** What a target names, or null if that is no file below the folder. */
    private byte @Nullable [] content(String target) throws IOException {
        try {
            Path file = root.resolve(URLDecoder.decode(target.substring(1), StandardCharsets.UTF_8)).normalize();
            boolean below = file.startsWith(root) && Files.isRegularFile(file) && file.toRealPath().startsWith(root);
            return below ? Files.readAllBytes(file) : null;
        } catch (InvalidPathException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    private static void send(OutputStream out, String status, byte[] content) throws IOException {
        byte[] head = ("HTTP/1.1 " + status + "\r\nContent-Length: " + content.length + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, whole, head.length, content.length);
        out.write(whole);
    }
}
