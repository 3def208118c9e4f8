package dev.verdant.green.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A page that lists what is in a folder. Reads the disk. */
final class FolderPage {

    /** A page of more would be of no use, and it is made in memory. */
    private static final int MOST = 10_000;

    /** What a path may be made of without being encoded: RFC 3986 §2.3. */
    private static final String UNRESERVED = "-._~";

    private FolderPage() {}

    /** The name has a slash behind it if it is that of a folder; a size of -1 is not told. */
    private record Entry(String name, long size) {}

    /**
     * Makes a page.
     *
     * @param root the folder that links may not lead out of
     * @param folder what is listed: the root or below it
     * @param path what it is called
     */
    static byte[] of(Path root, Path folder, String path) throws IOException {
        var entries = new ArrayList<Entry>();
        boolean isWhole = read(root, folder, entries);
        entries.sort(Comparator.comparing(Entry::name));
        if (!folder.equals(root)) {
            entries.addFirst(new Entry("../", -1));
        }
        return html("Index of " + path, entries, isWhole).getBytes(StandardCharsets.UTF_8);
    }

    /** Returns false if there is more than is listed. */
    private static boolean read(Path root, Path folder, List<Entry> into) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (into.size() == MOST) {
                    return false;
                }
                Entry entry = entry(root, file);
                if (entry != null) {
                    into.add(entry);
                }
            }
            return true;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Returns null for what cannot be had. */
    private static @Nullable Entry entry(Path root, Path file) {
        try {
            if (Files.isSymbolicLink(file) && !file.toRealPath().startsWith(root)) {
                return null;
            }
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            String name = file.getFileName().toString();
            if (attributes.isDirectory()) {
                return new Entry(name + "/", -1);
            }
            return attributes.isRegularFile() ? new Entry(name, attributes.size()) : null;
        } catch (IOException e) {
            return null; // It is gone, or is a link that leads nowhere.
        }
    }

    private static String html(String title, List<Entry> entries, boolean isWhole) {
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>");
        escape(title, page);
        page.append("</title></head>\n<body>\n<h1>");
        escape(title, page);
        page.append("</h1>\n<table>\n");
        for (Entry entry : entries) {
            page.append("<tr><td><a href=\"./");
            encode(entry.name(), page);
            page.append("\">");
            escape(entry.name(), page);
            page.append("</a></td><td align=\"right\">");
            if (entry.size() >= 0) {
                page.append(String.format(Locale.ROOT, "%,d", entry.size()));
            }
            page.append("</td></tr>\n");
        }
        page.append("</table>\n");
        if (!isWhole) {
            page.append("<p>... and more: only ").append(MOST).append(" are listed.</p>\n");
        }
        return page.append("</body>\n</html>\n").toString();
    }

    /** Nothing in it is taken for HTML. */
    private static void escape(String text, StringBuilder into) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> into.append("&amp;");
                case '<' -> into.append("&lt;");
                case '>' -> into.append("&gt;");
                case '"' -> into.append("&quot;");
                default -> into.append(c);
            }
        }
    }

    /** As a part of a path, by UTF-8. */
    private static void encode(String name, StringBuilder into) {
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0 || c == '/')) {
                into.append(c);
            } else {
                into.append(String.format("%%%02X", (int) c));
            }
        }
    }
}
