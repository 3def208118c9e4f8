package dev.verdant.green.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Gives the files of a folder out, by {@code GET} and {@code HEAD}, and nothing that lies elsewhere:
 *
 * {@snippet :
 * HttpService.on(listener).context("/static/", FileHandler.of(Path.of("assets"))).serve();
 * }
 *
 * <p>What follows the context's path names the file. A folder answers with its {@code index.html}, or, if it was told to, with a list of what is in it. Files
 * are answered with as {@link GreenExchange#sendFile} does it: ranges and conditions are heeded, and no loop is held while the disk is read. The disk is
 * asked anew for each request.
 *
 * <p>All that is in the folder can be had, what begins with a dot too. Symbolic links are followed as long as they stay in the folder; who can change the
 * folder while it is served can therefore show what the process can read.
 *
 * <p>It is for {@link HttpService} and {@link GreenHttpServerProvider}'s servers only. Any thread, any number of requests at a time.
 */
public final class FileHandler implements HttpHandler {

    private static final String INDEX = "index.html";

    private final Path folder;
    private final boolean lists;

    private FileHandler(Path folder, boolean lists) {
        this.folder = folder;
        this.lists = lists;
    }

    /**
     * Makes a handler for a folder. Looks at the disk.
     *
     * @param folder what is given out
     * @return a handler that answers 403 for a folder without {@code index.html}
     * @throws NotDirectoryException if it is something else
     * @throws IOException if it is not there, or cannot be read
     */
    public static FileHandler of(Path folder) throws IOException {
        Path real = folder.toRealPath();
        if (!Files.isDirectory(real)) {
            throw new NotDirectoryException(folder + " (expected: a folder)");
        }
        return new FileHandler(real, false);
    }

    /**
     * Returns a handler for the same folder that answers for a folder without {@code index.html} with a page that lists what can be had there.
     *
     * @return another handler
     */
    public FileHandler listing() {
        return new FileHandler(folder, true);
    }

    /**
     * Answers a request: 200, 206 or 304 with a file, 200 with a list, 301 for a folder whose path does not end in a slash, 403 for what must not be read, 404
     * for what is not there, 405 for another method.
     *
     * @param exchange one of ours
     * @throws IllegalArgumentException if it comes from another server
     * @throws IOException if the disk cannot be read, or the client is gone
     */
    @Override
    public void handle(HttpExchange exchange) throws IOException {
        var ours = (Ours) GreenExchange.of(exchange);
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            say(exchange, 405, "Only GET and HEAD are for files.");
            return;
        }
        String path = exchange.getRequestURI().getPath();
        String mount = exchange.getHttpContext().getPath();
        try {
            switch (FileAnswer.offLoop(() -> find(path, mount))) {
                case Found.Regular(Path file, String type, BasicFileAttributes attributes) -> {
                    exchange.getResponseHeaders().set("Content-Type", type);
                    FileAnswer.send(exchange, file, attributes);
                }
                case Found.Page(byte[] html) -> send(exchange, 200, "text/html; charset=utf-8", html);
                case Found.Elsewhere _ -> {
                    exchange.getResponseHeaders().set("Location", withSlash(exchange.getRequestURI()));
                    say(exchange, 301, "That is a folder.");
                }
                case Found.Closed _ -> say(exchange, 403, "That is not for you.");
                case Found.Nothing _ -> say(exchange, 404, "That is not here.");
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            // It has changed since, or is there and cannot be read.
            if (ours.core().response.status() >= 0) {
                throw e;
            }
            exchange.getResponseHeaders().clear();
            boolean isThere = e instanceof AccessDeniedException;
            say(exchange, isThere ? 403 : 404, isThere ? "That is not for you." : "That is not here.");
        }
    }

    /**
     * Returns the same place with a slash behind it. Relative to the one that was asked for, so that no path can make it lead to another host, as one of two
     * slashes would.
     */
    private static String withSlash(URI asked) {
        String path = asked.getRawPath();
        String query = asked.getRawQuery();
        return "./" + path.substring(path.lastIndexOf('/') + 1) + "/" + (query == null ? "" : "?" + query);
    }

    private static void say(HttpExchange exchange, int code, String text) throws IOException {
        send(exchange, code, "text/plain", (text + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void send(HttpExchange exchange, int code, String type, byte[] content) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(code, content.length);
        exchange.getResponseBody().write(content);
    }

    // ---- what there is, seen from a native thread

    private sealed interface Found {

        @SuppressWarnings("ArrayRecordComponent") // pages are not compared
        record Page(byte[] html) implements Found {}

        /** The attributes are those of the file; the type is that of its name, whichever file a link leads to. */
        record Regular(Path file, String type, BasicFileAttributes attributes) implements Found {}

        /** A folder whose name lacks its slash, which relative links count on. */
        record Elsewhere() implements Found {}

        /** Something that may be known of, but not be read. */
        record Closed() implements Found {}

        /** Nothing that may be known of. */
        record Nothing() implements Found {}
    }

    /** Finds what the decoded path of a request names, for a handler that answers for what is below another. */
    private Found find(String path, String mount) throws IOException {
        String inside = inside(path, mount);
        if (inside == null) {
            return new Found.Nothing();
        }
        Path file = below(inside);
        if (file == null) {
            return new Found.Nothing();
        }
        boolean endsInSlash = path.isEmpty() || path.endsWith("/");
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isRegularFile()) {
            return endsInSlash ? new Found.Nothing() : new Found.Regular(file, FileAnswer.type(inside), attributes);
        }
        if (!attributes.isDirectory()) {
            return new Found.Closed();
        }
        return endsInSlash ? findPage(file, path) : new Found.Elsewhere();
    }

    /** Returns what of the path is below the handler's own, without a slash in front; null if it is beside it, as /files-of-others is beside /files. */
    private static @Nullable String inside(String path, String mount) {
        String rest = path.startsWith(mount) ? path.substring(mount.length()) : "";
        if (!mount.endsWith("/") && !rest.isEmpty() && rest.charAt(0) != '/') {
            return null;
        }
        int from = 0;
        while (from < rest.length() && rest.charAt(from) == '/') {
            from++;
        }
        return rest.substring(from);
    }

    /** Returns where the file really is; null if there is none that is in the folder. */
    private @Nullable Path below(String inside) throws IOException {
        try {
            Path named = folder.resolve(inside).normalize();
            Path real = named.startsWith(folder) ? named.toRealPath() : null;
            return real != null && real.startsWith(folder) ? real : null;
        } catch (AccessDeniedException e) {
            throw e;
        } catch (FileSystemException | InvalidPathException e) {
            return null; // Not there, or below something that is no folder, or a circle of links, or too long, or no name at all.
        }
    }

    private Found findPage(Path where, String path) throws IOException {
        Path index = below(folder.relativize(where).resolve(INDEX).toString());
        if (index != null) {
            var attributes = Files.readAttributes(index, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                return new Found.Regular(index, FileAnswer.type(INDEX), attributes);
            }
        }
        return lists ? new Found.Page(FolderPage.of(folder, where, path)) : new Found.Closed();
    }
}
