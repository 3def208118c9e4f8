package dev.verdant.examples;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The files below a folder, as a server of that folder calls them; and whether what it served is what lies on the disk. For {@link Demo}. */
final class TreeCheck implements Pages.Visitor {

    /** What builds and tools leave in a checkout. */
    private static final Set<String> NOT_SOURCES = Set.of("target", ".git", ".idea");

    private final Map<URI, Path> files = new LinkedHashMap<>();

    /** With a second to spare, for file systems keep their time coarsely. */
    private final Instant began = Instant.now().minusSeconds(1);

    private int visited;
    private long bytes;
    private final List<String> mismatches = new ArrayList<>();

    TreeCheck(Path folder, int port) throws IOException {
        for (Path file : files(folder)) {
            files.put(address(folder.relativize(file), port), file);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path below, BasicFileAttributes attributes) {
                boolean isSource = below.equals(folder) || !NOT_SOURCES.contains(below.getFileName().toString());
                return isSource ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        found.sort(null);
        return found;
    }

    private static URI address(Path file, int port) {
        try {
            String path = "/" + file.toString().replace('\\', '/');
            return URI.create(new URI("http", null, "127.0.0.1", port, path, null, null).toASCIIString());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(file + " cannot be an address", e);
        }
    }

    List<URI> addresses() {
        return List.copyOf(files.keySet());
    }

    @Override
    public void visit(Pages.Page page) throws IOException {
        Path file = Objects.requireNonNull(files.get(page.address()));
        visited++;
        bytes += page.body().length;
        String difference = difference(page, file);
        if (difference != null && !hasChanged(file)) {
            mismatches.add(file + " as " + page.address() + ": " + difference);
        }
    }

    private static @Nullable String difference(Pages.Page page, Path file) throws IOException {
        if (page.failure() != null) {
            return page.failure().toString();
        }
        if (page.status() != 200) {
            return "status " + page.status();
        }
        byte[] onDisk = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        int at = Arrays.mismatch(onDisk, page.body());
        return at < 0 ? null : "byte " + at + " differs; " + page.body().length + " of " + onDisk.length + " came";
    }

    /** Somebody works here, or {@code ./verdant demo > log} does. */
    private boolean hasChanged(Path file) throws IOException {
        return !Files.exists(file) || !Files.getLastModifiedTime(file).toInstant().isBefore(began);
    }

    int files() {
        return visited;
    }

    long bytes() {
        return bytes;
    }

    List<String> mismatches() {
        return mismatches;
    }

    @Override
    public String toString() {
        return visited + " of " + files.size() + " files fetched, " + String.format(Locale.ROOT, "%,d", bytes)
                + " bytes, " + mismatches.size()
                + " mismatches";
    }
}
