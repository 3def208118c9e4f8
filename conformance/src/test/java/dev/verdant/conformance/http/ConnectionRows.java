package dev.verdant.conformance.http;

import static dev.verdant.conformance.http.Expectation.closed;
import static dev.verdant.conformance.http.Expectation.kept;
import static dev.verdant.conformance.http.Expectation.refused;
import static dev.verdant.conformance.http.Expectation.refusedAfter;
import static dev.verdant.conformance.http.Wire.EVIL;
import static dev.verdant.conformance.http.Wire.GET;
import static dev.verdant.conformance.http.Wire.HOST;
import static dev.verdant.conformance.http.Wire.POST;
import static dev.verdant.conformance.http.Wire.SIMPLE;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Those of the rows K that are a matter of the client's bytes: several requests on a connection (RFC 9112 §9; RFC 9110 §7.8, §10.1.1). */
final class ConnectionRows {

    private ConnectionRows() {}

    static Stream<Row> all() {
        return Stream.of(k1(), k3(), k4(), k5(), k9(), k11(), k16(), k17(), k18());
    }

    private static Row k1() {
        return Row.of("K1").named("2", pipelined(2), requests(2)).named("1,000", pipelined(1000), requests(1000))
                .build();
    }

    private static String requests(int count) {
        return IntStream.range(0, count).mapToObj(i -> "GET /" + i + "th HTTP/1.1\r\n" + HOST + "\r\n")
                .collect(Collectors.joining());
    }

    private static Expectation pipelined(int count) {
        return kept(count, 200).where("in order, each once", answers -> IntStream.range(0, count)
                .allMatch(i -> Mirrored.of(answers.get(i)).request().equals("GET /" + i + "th")));
    }

    private static Row k3() {
        return Row.of("K3").add(refusedAfter(1, 1), SIMPLE + "\u0001\u0002\u0003", SIMPLE + "GARBAGE\r\n\r\n",
                SIMPLE + "\0" + EVIL).build();
    }

    private static Row k4() {
        return Row.of("K4")
                .add(closed(), GET + "Connection: close\r\n\r\n" + SIMPLE, GET + "Connection: close\r\n\r\n" + EVIL)
                .build();
    }

    private static Row k5() {
        String old = "GET / HTTP/1.0\r\n" + HOST;
        return Row.of("K5").add(closed(), old + "\r\n", old + "\r\n" + EVIL)
                .add(kept().where("Connection: keep-alive", answers -> answers.getFirst().values("connection")
                        .equalsIgnoreCase("keep-alive")), old + "Connection: keep-alive\r\n\r\n")
                .add(closed().where("not chunked", answers -> !answers.getFirst().has("transfer-encoding")),
                        "GET /stream HTTP/1.0\r\n" + HOST + "Connection: keep-alive\r\n\r\n")
                .build();
    }

    private static Row k9() {
        return Row.of("K9")
                .add(kept().body("hello").where("100 at most once",
                        answers -> answers.getFirst().interim().size() <= 1),
                        POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
                .build();
    }

    private static Row k11() {
        return Row.of("K11")
                .add(closed().body("hello").noInterim(),
                        "POST / HTTP/1.0\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
                .add(kept(1, 417).noInterim(), GET + "Expect: 200-ok\r\n\r\n")
                .add(kept(), GET + "Expect: 100-continue\r\n\r\n").build();
    }

    private static Row k16() {
        String upgrade = "Upgrade: unheard-of\r\n";
        String connection = "Connection: upgrade\r\n";
        return Row.of("K16")
                .add(kept().noInterim(), GET + upgrade + connection + "\r\n", GET + upgrade + "\r\n",
                        GET + connection + "\r\n",
                        POST + upgrade + connection + "\r\n", GET + "Upgrade: websocket\r\n" + connection + "\r\n")
                .add(closed().noInterim(), "GET / HTTP/1.0\r\n" + HOST + upgrade + connection + "\r\n").build();
    }

    private static Row k17() {
        String much = "a".repeat(1 << 20);
        return Row.of("K17").named("refused before 1 MiB", refused(), POST + "Content-Length: +1\r\n\r\n" + much)
                .named("too large, and 1 MiB of it", refused(413), POST + "Content-Length: 20000000\r\n\r\n" + much)
                .build();
    }

    private static Row k18() {
        return Row.of("K18")
                .add(kept(1, 405), "TRACE / HTTP/1.1\r\n" + HOST + "Authorization: Basic YQ==\r\nCookie: a=b\r\n\r\n")
                .build();
    }
}
