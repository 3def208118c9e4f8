package dev.verdant.conformance.http;

import static dev.verdant.conformance.http.Expectation.kept;
import static dev.verdant.conformance.http.Expectation.neverGood;
import static dev.verdant.conformance.http.Expectation.refused;
import static dev.verdant.conformance.http.Expectation.refusedAfter;
import static dev.verdant.conformance.http.Wire.CHUNKED;
import static dev.verdant.conformance.http.Wire.EVIL;
import static dev.verdant.conformance.http.Wire.SECOND;
import static dev.verdant.conformance.http.Wire.SIMPLE;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Rows C: bodies in chunks (RFC 9112 §7.1; RFC 9110 §6.5). */
final class ChunkRows {

    private ChunkRows() {}

    static Stream<Row> all() {
        return Stream.of(c1(), c2(), c3(), c4(), c5(), c6(), c7(), c8(), c9(), c10(), c11(), c12(), c13(), c14(), c15(),
                c16(), c17());
    }

    /** Requests with this line before a chunk of five bytes. */
    private static String[] sizeLines(String... lines) {
        return Stream.of(lines).map(line -> CHUNKED + line + "\r\nhello\r\n0\r\n\r\n").toArray(String[]::new);
    }

    private static String[] bodies(String... bodies) {
        return Stream.of(bodies).map(CHUNKED::concat).toArray(String[]::new);
    }

    private static Row c1() {
        return Row.of("C1").add(kept().body("hello"), sizeLines("5", "0005"))
                .add(kept().body("helloworld"), bodies("A\r\nhelloworld\r\n0\r\n\r\n", "a\r\nhelloworld\r\n0\r\n\r\n"))
                .add(kept().body("hello"), bodies("5\r\nhello\r\n000\r\n\r\n"))
                .add(kept().body("hello"), bodies("1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n"))
                .add(kept().body(""), bodies("0\r\n\r\n"))
                .add(kept().body("a\r\n0\r\n\r\n"), bodies("8\r\na\r\n0\r\n\r\n\r\n0\r\n\r\n"))
                .add(kept(2, 200), CHUNKED + "5\r\nhello\r\n0\r\n\r\n" + SIMPLE).build();
    }

    private static Row c2() {
        return Row.of("C2").add(refused(), sizeLines("", ";a=b", " 5", "5 ", "5\t", "           0")).build();
    }

    private static Row c3() {
        return Row.of("C3").add(refused(), sizeLines("+5", "-5", "-0x0", "0x5", "5_0", "5g", "Z", "G", "1these-bytes"))
                .build();
    }

    private static Row c4() {
        return Row.of("C4")
                .add(refused(400, 413), sizeLines("100000004", "80000000", "FFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF0",
                        "7FFFFFFFFFFFFFFF"))
                .build();
    }

    private static Row c5() {
        return Row.of("C5").add(refused(), sizeLines("0".repeat(16) + "5", "0".repeat(500) + "5")).build();
    }

    private static Row c6() {
        return Row.of("C6").add(refused(), sizeLines("5;a\nb", "5;a\rb", "5\r\r;ABCD", "5;a\u0007"))
                .add(refused(), bodies("5\nhello\r\n0\r\n\r\n", "5;a=b\nhello\r\n0\r\n\r\n")).build();
    }

    private static Row c7() {
        return Row.of("C7").add(refused(), bodies("1;a=\"x\r\nX\r\n0\r\n\r\n" + EVIL)).build();
    }

    private static Row c8() {
        return Row.of("C8").add(kept().body("hello"), sizeLines("5;e", "5;e=v", "5;e=\"q \\\" ; z\"", "5;e=v;f=w"))
                .build();
    }

    private static Row c9() {
        return Row.of("C9").add(refused(), sizeLines("5;", "5;e=", "5;bad[=x", "2 erfrferferf", "5;e=v;", "5;e=\"q"))
                .build();
    }

    private static Row c10() {
        String small = "1;" + "e".repeat(1000) + "\r\na\r\n";
        return Row.of("C10")
                .named("64 KiB at once", refused(), CHUNKED + "5;" + "e".repeat(1 << 16) + "\r\nhello\r\n0\r\n\r\n")
                .named("100 KB in small ones", refused(), CHUNKED + small.repeat(100) + "0\r\n\r\n").build();
    }

    private static Row c11() {
        return Row.of("C11")
                .add(refused(), bodies("5\r\nhello0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
                        "5\r\nhelloXX0\r\n\r\n", "5\r\nhello!!\r\n0\r\n\r\n"))
                .build();
    }

    private static Row c12() {
        return Row.of("C12").add(refused(), bodies("0\n\r\n", "0\r\n\n", "0\r\nXX\r\n\r\n")).build();
    }

    private static Row c13() {
        return Row.of("C13").add(kept(2, 200).where("nothing merged", answers -> answers.stream().map(Mirrored::of)
                .allMatch(saw -> saw.values("x").isEmpty() && saw.values("y").isEmpty())),
                CHUNKED + "5\r\nhello\r\n0\r\nX: 1\r\nY: 2\r\n\r\n" + SIMPLE).build();
    }

    private static Row c14() {
        return Row.of("C14")
                .add(refusedAfter(0, 1, 400, 431), CHUNKED + "0\r\n" + EVIL, CHUNKED + "0\r\nX y: 1\r\n\r\n",
                        CHUNKED + "0\r\nX: \0\r\n\r\n",
                        CHUNKED + "0\r\n X: 1\r\n\r\n", CHUNKED + "0\r\nX: 1\r\n 2\r\n\r\n",
                        CHUNKED + "0\r\nX: 1\n\r\n")
                .named("more than 8 KiB", refusedAfter(0, 1, 400, 431),
                        CHUNKED + "0\r\nX: " + "a".repeat(8192) + "\r\n\r\n")
                .build();
    }

    private static Row c15() {
        var row = Row.of("C15");
        for (String trailer : List.of("Content-Length: 5", "Transfer-Encoding: chunked", "Authorization: Basic YQ==",
                "Content-Type: a/b")) {
            String name = trailer.substring(0, trailer.indexOf(':')).toLowerCase(Locale.ROOT);
            Expectation dropped = name.equals("transfer-encoding") ? kept() : kept().noField(name);
            row.add(refused().or(dropped), CHUNKED + "0\r\n" + trailer + "\r\n\r\n");
        }
        return row.add(refused().or(kept().field("host", "a")), CHUNKED + "0\r\nHost: b\r\n\r\n").build();
    }

    private static Row c16() {
        return Row.of("C16")
                .add(neverGood(),
                        bodies("", "5", "5\r", "5\r\n", "5\r\nhe", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0",
                                "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\nX: 1\r\n", "5\r\nhello\r\n0\r\n\r"))
                .build();
    }

    private static Row c17() {
        return Row.of("C17").add(refused(), CHUNKED + "INVALID!!!\r\n" + SECOND).build();
    }
}
