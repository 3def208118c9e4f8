package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Counts;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link HttpFuzz} on the rows, and on what becomes of them by chance. {@code etc/fuzz} has Jazzer go on from there. */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class HttpFuzzTest {

    private static final int LONGEST = 1024;

    /** What changes the meaning of what is around it. */
    private static final List<String> WORDS = List.of("\r\n", "\r", "\n", " ", "\t", ":", ",", ";", "\0", "0\r\n\r\n",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Host: a\r\n", "HTTP/1.0",
            "Expect: 100-continue\r\n", Wire.EVIL, "5\r\nhello\r\n");

    @Test
    void everyRowHoldsWhateverComesBack() throws Exception {
        List<byte[]> seeds = seeds();
        int oneIn = seeds.size() / Counts.of(seeds.size());
        try (var fuzz = new HttpFuzz()) {
            for (int i = 0; i < seeds.size(); i += oneIn) {
                fuzz.check(seeds.get(i));
            }
        }
    }

    @Test
    void whateverBecomesOfTheRowsByChanceHoldsIt() throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        var random = new Random(seed);
        List<byte[]> seeds = seeds();
        try (var fuzz = new HttpFuzz()) {
            for (int i = 0; i < Counts.of(100_000); i++) {
                byte[] bytes = changed(seeds, random);
                try {
                    fuzz.check(bytes);
                } catch (AssertionError | Exception e) {
                    throw new AssertionError("seed " + seed + ", number " + i, e);
                }
            }
        }
    }

    /** So that no test passes because the reference finds nothing, or the server answers nothing. */
    @Test
    void theReferenceFindsWhatAStrictServerAnswers() {
        Rows.all().filter(row -> !List.of("F21", "R19").contains(row.id())).flatMap(row -> row.variants().stream())
                .filter(variant -> variant.expectation().toString().equals("1 times [200]K"))
                .forEach(variant -> assertThat(Reference.of(variant.bytes()).whole).as(variant.name()).isEqualTo(1));
    }

    private static List<byte[]> seeds() {
        return Rows.all().flatMap(row -> row.variants().stream()).map(Variant::bytes)
                .filter(bytes -> bytes.length <= LONGEST).toList();
    }

    private static byte[] changed(List<byte[]> seeds, Random random) {
        String wire = Wire.text(seeds.get(random.nextInt(seeds.size())));
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            wire = changed(wire, seeds, random);
        }
        return Wire.bytes(wire);
    }

    private static String changed(String wire, List<byte[]> seeds, Random random) {
        int from = random.nextInt(wire.length() + 1);
        int to = Math.min(wire.length(), from + random.nextInt(8));
        String before = wire.substring(0, from);
        return switch (random.nextInt(6)) {
            case 0 -> before + (char) random.nextInt(256) + wire.substring(Math.min(wire.length(), from + 1));
            case 1 -> before + wire.substring(to);
            case 2 -> before + WORDS.get(random.nextInt(WORDS.size())) + wire.substring(from);
            case 3 -> before + wire.substring(from, to) + wire.substring(from);
            case 4 -> wire + Wire.text(seeds.get(random.nextInt(seeds.size())));
            default -> before + Wire.text(Arrays.copyOf(seeds.get(random.nextInt(seeds.size())), LONGEST / 8)).trim();
        };
    }
}
