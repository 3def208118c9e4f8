package dev.verdant.conformance.http;

import static dev.verdant.conformance.http.Expectation.kept;
import static dev.verdant.conformance.http.Expectation.neverGood;
import static dev.verdant.conformance.http.Expectation.neverTwo;
import static dev.verdant.conformance.http.Expectation.refused;
import static dev.verdant.conformance.http.Expectation.refusedAfter;
import static dev.verdant.conformance.http.Expectation.waits;
import static dev.verdant.conformance.http.Wire.CHUNKED;
import static dev.verdant.conformance.http.Wire.HOST;
import static dev.verdant.conformance.http.Wire.POST;
import static dev.verdant.conformance.http.Wire.SIMPLE;

import java.util.List;
import java.util.stream.Stream;

/** Rows L and T: how long a body is, and who says so (RFC 9112 §6; RFC 9110 §8.6). */
final class BodyRows {

    private static final String HELLO_CHUNK = "5\r\nhello\r\n0\r\n\r\n";

    private BodyRows() {}

    static Stream<Row> all() {
        return Stream.of(l1(), l2(), l3(), l4(), l5(), l6(), l7(), l8(), l9(), l10(), l11(), t1(), t2(), t3(), t4(),
                t5(), t6(),
                t7(), t8(), t9(), t10(), t11(), t12());
    }

    /** Requests with this Content-Length and five bytes. */
    private static String[] lengths(String... lengths) {
        return Stream.of(lengths).map(length -> POST + "Content-Length: " + length + "\r\n\r\nhello")
                .toArray(String[]::new);
    }

    /** Requests with this Transfer-Encoding and a body in chunks. */
    private static String[] codings(String... codings) {
        return Stream.of(codings).map(coding -> POST + "Transfer-Encoding: " + coding + "\r\n\r\n" + HELLO_CHUNK)
                .toArray(String[]::new);
    }

    private static Row l1() {
        return Row
                .of("L1").add(refused(),
                        lengths("+5", "-1", "-0", "0x5", "5_0", "1 0", "5;", "5,", "abc", "47a", "0o5", "1e1",
                                "5\u000b", "5\0", Wire.utf8("\u0665"), "", "9".repeat(20), "9223372036854775808"))
                .build();
    }

    private static Row l2() {
        return Row.of("L2").add(kept().body("hello"), lengths("005"))
                .add(kept().body(""), POST + "Content-Length: 00\r\n\r\n")
                .add(kept().body("a".repeat(200)), POST + "Content-Length: 0200\r\n\r\n" + "a".repeat(200)).build();
    }

    private static Row l3() {
        return Row.of("L3").add(kept().body("hello"), lengths(" 5 \t")).build();
    }

    private static Row l4() {
        return Row.of("L4").add(refused(), lengths("5\r\nContent-Length: 10", "10\r\ncontent-length: 5", "5, 10"))
                .build();
    }

    private static Row l5() {
        return Row.of("L5").add(refused(), lengths("5\r\nContent-Length: 5", "5, 5", "\r\nContent-Length: 43")).build();
    }

    /** A method XGET is a token; who does not know it may say so. */
    private static Row l6() {
        Expectation twice = kept(2, 200, 501).where("the second as XGET", answers -> answers.getFirst().isGood()
                && (answers.getLast().status() == 501 || Mirrored.of(answers.getLast()).request().equals("XGET /")));
        return Row.of("L6").add(refusedAfter(1, 1, 400, 501).or(twice), POST + "Content-Length: 0\r\n\r\nX" + SIMPLE)
                .build();
    }

    private static Row l7() {
        var row = Row.of("L7");
        for (String method : List.of("GET", "OPTIONS", "DELETE")) {
            row.add(kept(2, 200).where("the body", answers -> Mirrored.of(answers.getFirst()).body().equals("hello")),
                    method + " / HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\nhello" + SIMPLE);
        }
        return row.head(kept(2, 200), "HEAD / HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\nhello" + SIMPLE).build();
    }

    private static Row l8() {
        return Row.of("L8").add(neverGood(), lengths("10")).build();
    }

    private static Row l9() {
        return Row.of("L9").add(waits(), lengths("10")).build();
    }

    private static Row l10() {
        return Row.of("L10").add(refused(413), lengths("10485761", "999999999999"))
                .add(refused(413, 400), lengths("9223372036854775807"))
                .add(refused(413), CHUNKED + "A00001\r\nhello")
                .add(refused(413).noInterim(), POST + "Expect: 100-continue\r\nContent-Length: 10485761\r\n\r\n")
                .build();
    }

    private static Row l11() {
        return Row.of("L11").add(kept().body(""), POST + "\r\n").build();
    }

    private static Row t1() {
        return Row.of("T1")
                .add(refused(), POST + "Content-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n" + HELLO_CHUNK,
                        POST + "Transfer-Encoding: chunked\r\nContent-Length: 15\r\n\r\n" + HELLO_CHUNK)
                .build();
    }

    private static Row t2() {
        String head = "POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n";
        return Row.of("T2")
                .add(refused(), head + "\r\n" + HELLO_CHUNK, head + "Content-Length: 15\r\n\r\n" + HELLO_CHUNK).build();
    }

    private static Row t3() {
        return Row.of("T3")
                .add(refused(), codings("chunked, gzip", "chunked, identity", "chunked\r\nTransfer-Encoding: identity"))
                .build();
    }

    private static Row t4() {
        return Row.of("T4")
                .add(refused(501, 400), codings("xchunked", "chunkedchunked", "chunked, xchunked", "identity", "cow",
                        "\"chunked\"", "'chunked'", "chunk", "chunked123"))
                .build();
    }

    private static Row t5() {
        return Row.of("T5").add(refused(501), codings("gzip, chunked")).build();
    }

    private static Row t6() {
        return Row.of("T6").add(refused(), codings("chunked, chunked", "chunked\r\nTransfer-Encoding: chunked"))
                .build();
    }

    private static Row t7() {
        return Row.of("T7").add(refused(), codings(",chunked", "chunked,", ", , chunked")).build();
    }

    private static Row t8() {
        return Row.of("T8").add(kept().body("hello"), codings("chunked", "Chunked", "CHUNKED", "\tchunked", "chunked "))
                .build();
    }

    private static Row t9() {
        return Row.of("T9")
                .add(refused(), codings("\u000bchunked", "\u000cchunked", "\0chunked", "chunked\0", "\u00a0chunked",
                        "\u00ffchunked", "ch\u0096nked"))
                .build();
    }

    private static Row t10() {
        return Row.of("T10").add(refused(), POST + "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello",
                POST + "Transfer-Encoding:\r\n".repeat(3) + "\r\n" + HELLO_CHUNK).build();
    }

    private static Row t11() {
        return Row.of("T11").add(refused(), codings("chunked;q=1")).build();
    }

    private static Row t12() {
        var row = Row.of("T12");
        Smuggling.all().forEach((name, wire) -> row.named(name, neverTwo(), wire));
        return row.build();
    }
}
