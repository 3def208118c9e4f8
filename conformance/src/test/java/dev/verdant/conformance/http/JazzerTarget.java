package dev.verdant.conformance.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code etc/fuzz} has Jazzer call, which is no dependency of this project's. Started by itself it writes the rows into a folder, a file each, for Jazzer to begin with. */
public final class JazzerTarget {

    private static final int LONGEST = 4096;

    private static final HttpFuzz FUZZ = open();

    private JazzerTarget() {}

    private static HttpFuzz open() {
        try {
            return new HttpFuzz();
        } catch (Exception e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** By its name Jazzer finds it. */
    public static void fuzzerTestOneInput(byte[] bytes) throws Exception {
        FUZZ.check(bytes);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        int number = 0;
        for (Row row : Rows.all().toList()) {
            List<byte[]> each = row.variants().stream().map(Variant::bytes).filter(bytes -> bytes.length <= LONGEST)
                    .toList();
            for (byte[] bytes : each) {
                Files.write(folder.resolve(row + "-" + number++), bytes);
            }
        }
        System.exit(0);
    }
}
