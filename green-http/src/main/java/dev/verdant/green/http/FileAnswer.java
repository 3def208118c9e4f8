package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.pool.NativePool;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An answer that is a file or a part of one, RFC 9110 §13 and §14. The disk is read on native threads. */
final class FileAnswer {

    private static final int PIECE = 64 * 1024;

    private static final String UNKNOWN = "application/octet-stream";

    /** What the JDK does not know by name, and a browser does not take for what it is unless it is told. */
    private static final Map<String, String> TYPES = Map.of("mjs", "text/javascript", "woff", "font/woff", "woff2",
            "font/woff2", "ico", "image/vnd.microsoft.icon", "avif", "image/avif", "log", "text/plain");

    private final HttpExchange exchange;
    private final Path file;
    private final long size;
    private final Instant modified;
    private final String tag;

    private FileAnswer(HttpExchange exchange, Path file, BasicFileAttributes attributes) {
        this.exchange = exchange;
        this.file = file;
        this.size = attributes.size();
        this.modified = attributes.lastModifiedTime().toInstant();
        this.tag = "\"" + Long.toHexString(modified.toEpochMilli()) + "-" + Long.toHexString(size) + "\"";
    }

    static void send(HttpExchange exchange, Path file) throws IOException {
        send(exchange, file, offLoop(() -> Files.readAttributes(file, BasicFileAttributes.class)));
    }

    static void send(HttpExchange exchange, Path file, BasicFileAttributes attributes) throws IOException {
        if (!attributes.isRegularFile()) {
            throw new NoSuchFileException(file.toString(), null, "not a regular file");
        }
        new FileAnswer(exchange, file, attributes).send();
    }

    /** Has something done that reads the disk. It is done even if the caller is killed meanwhile. */
    static <T> T offLoop(Callable<T> work) throws IOException {
        try {
            return NativePool.execute(work);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while a file was read").initCause(e);
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Both ends included. */
    private record Range(long first, long last) {

        long length() {
            return last - first + 1;
        }
    }

    private void send() throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("ETag", tag);
        headers.set("Last-Modified", LoopState.httpDate(modified));
        headers.set("Accept-Ranges", "bytes");
        int condition = condition();
        if (condition != 200) {
            exchange.sendResponseHeaders(condition, -1);
            return;
        }
        if (!headers.containsKey("Content-Type")) {
            headers.set("Content-Type", type(Objects.toString(file.getFileName(), "")));
        }
        String asked = exchange.getRequestMethod().equals("GET") ? header("Range") : null;
        if (asked == null || !isStillThis() || !asked.startsWith("bytes=") || asked.indexOf(',') >= 0) {
            send(200, new Range(0, size - 1));
            return;
        }
        Range range = range(asked.substring("bytes=".length()));
        if (range == null) {
            send(200, new Range(0, size - 1));
        } else if (range.length() <= 0) {
            headers.set("Content-Range", "bytes */" + size);
            exchange.sendResponseHeaders(416, -1);
        } else {
            headers.set("Content-Range", "bytes " + range.first() + "-" + range.last() + "/" + size);
            send(206, range);
        }
    }

    private void send(int code, Range range) throws IOException {
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        if (isHead || range.length() == 0) {
            exchange.getResponseHeaders().set("Content-Length", Long.toString(range.length()));
            exchange.sendResponseHeaders(code, -1);
            return;
        }
        if (range.length() <= PIECE) {
            byte[] content = offLoop(() -> read(range));
            exchange.sendResponseHeaders(code, content.length);
            exchange.getResponseBody().write(content);
            return;
        }
        FileChannel channel = open();
        try {
            exchange.sendResponseHeaders(code, range.length());
            copy(channel, range);
        } finally {
            closeOffLoop(channel);
        }
    }

    /** Closes it on a native thread; and if that cannot be had or waited for, here. */
    private static void closeOffLoop(FileChannel channel) throws IOException {
        boolean isClosed = false;
        try {
            isClosed = offLoop(() -> {
                channel.close();
                return true;
            });
        } finally {
            if (!isClosed) {
                close(channel);
            }
        }
    }

    /** A small one is opened, read and closed in one go, which nothing that befalls who waits for it can part. */
    private byte[] read(Range range) throws IOException {
        var content = ByteBuffer.allocate((int) range.length());
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (content.hasRemaining()) {
                if (channel.read(content, range.first() + content.position()) < 0) {
                    throw shorter();
                }
            }
        }
        return content.array();
    }

    /** Who is killed meanwhile does not leave it open. */
    private FileChannel open() throws IOException {
        var opened = new CompletableFuture<FileChannel>();
        boolean isTaken = false;
        try {
            FileChannel channel = offLoop(() -> {
                var made = FileChannel.open(file, StandardOpenOption.READ);
                opened.complete(made);
                return made;
            });
            isTaken = true;
            return channel;
        } finally {
            if (!isTaken) {
                var _ = opened.thenAccept(FileAnswer::close);
            }
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It was only read.
        }
    }

    private EOFException shorter() {
        return new EOFException(file + " has become shorter while it was sent");
    }

    private void copy(FileChannel channel, Range range) throws IOException {
        byte[] piece = new byte[PIECE];
        OutputStream body = exchange.getResponseBody();
        for (long at = range.first(); at <= range.last();) {
            long from = at;
            int wanted = (int) Math.min(piece.length, range.last() - at + 1);
            int count = offLoop(() -> channel.read(ByteBuffer.wrap(piece, 0, wanted), from));
            if (count < 0) {
                throw shorter();
            }
            body.write(piece, 0, count);
            at += count;
        }
    }

    /** Returns the media type of a file's name. */
    static String type(String name) {
        String known = URLConnection.guessContentTypeFromName(name);
        return known != null ? known : TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), UNKNOWN);
    }

    private @Nullable String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    // ---- conditions

    /** Returns 200 if the client wants it, 304 if it has it, 412 if it wants something else. */
    private int condition() {
        String match = header("If-Match");
        if (match != null) {
            if (!lists(match, false)) {
                return 412;
            }
        } else {
            Instant since = date(header("If-Unmodified-Since"));
            if (since != null && modifiedAfter(since)) {
                return 412;
            }
        }
        String noneMatch = header("If-None-Match");
        if (noneMatch != null) {
            return lists(noneMatch, true) ? 304 : 200;
        }
        Instant since = date(header("If-Modified-Since"));
        return since != null && !modifiedAfter(since) ? 304 : 200;
    }

    private boolean lists(String tags, boolean weakly) {
        for (String each : tags.split(",", -1)) {
            String one = each.strip();
            if (one.equals("*") || one.equals(tag) || weakly && one.equals("W/" + tag)) {
                return true;
            }
        }
        return false;
    }

    private boolean modifiedAfter(Instant time) {
        return modified.truncatedTo(ChronoUnit.SECONDS).isAfter(time);
    }

    private static @Nullable Instant date(@Nullable String text) {
        try {
            return text == null ? null : Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
        } catch (DateTimeParseException e) {
            return null; // RFC 9110 §13.1.3: such a one is not there.
        }
    }

    /** If-Range: a part is of use only to who has the rest of the same. */
    private boolean isStillThis() {
        String mark = header("If-Range");
        if (mark == null || mark.equals(tag)) {
            return true;
        }
        Instant time = date(mark);
        return time != null && time.equals(modified.truncatedTo(ChronoUnit.SECONDS));
    }

    /** Returns null if it is none that is understood; one of no length if nothing of the file is in it. */
    private @Nullable Range range(String text) {
        int dash = text.indexOf('-');
        if (!text.matches("\\d{1,18}-\\d{0,18}|-\\d{1,18}")) {
            return null;
        }
        if (dash == 0) {
            long count = Math.min(size, Long.parseLong(text.substring(1)));
            return new Range(size - count, size - 1);
        }
        long first = Long.parseLong(text.substring(0, dash));
        long last = dash == text.length() - 1 ? Long.MAX_VALUE : Long.parseLong(text.substring(dash + 1));
        if (last < first) {
            return null;
        }
        return first >= size ? new Range(0, -1) : new Range(first, Math.min(last, size - 1));
    }
}
