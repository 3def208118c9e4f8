package dev.verdant.conformance.http;

import static dev.verdant.conformance.http.Expectation.kept;
import static dev.verdant.conformance.http.Expectation.refused;
import static dev.verdant.conformance.http.Expectation.silent;
import static dev.verdant.conformance.http.Expectation.waits;
import static dev.verdant.conformance.http.Expectation.waitsSilently;
import static dev.verdant.conformance.http.Wire.HOST;
import static dev.verdant.conformance.http.Wire.SIMPLE;

import java.util.List;
import java.util.stream.Stream;

/** Rows R: the line that a request begins with (RFC 9112 §2, §3; RFC 9110 §4.2, §9.1). */
final class RequestLineRows {

    /** What a target may consist of beside letters and digits (RFC 3986 §3.3, §3.4). */
    private static final String TARGET_MARKS = "-._~!$&'()*+,;=:@/?";

    private RequestLineRows() {}

    static Stream<Row> all() {
        return Stream.of(r1(), r2(), r3(), r4(), r5(), r6(), r7(), r8(), r9(), r10(), r11(), r12(), r13(), r14(), r15(),
                r16(), r17(), r18(), r19(), r20(), r21(), r22(), r23(), r24(), r25(), r26(), r27());
    }

    /** A request with this line. */
    private static String line(String line) {
        return line + "\r\n" + HOST + "\r\n";
    }

    private static String[] lines(String... lines) {
        return Stream.of(lines).map(RequestLineRows::line).toArray(String[]::new);
    }

    private static String[] targets(String... targets) {
        return Stream.of(targets).map(target -> line("GET " + target + " HTTP/1.1")).toArray(String[]::new);
    }

    private static Expectation keptAs(String request) {
        return kept().seen(Wire.shown(request), saw -> saw.request().equals(request));
    }

    private static Row r1() {
        var row = Row.of("R1").add(keptAs("GET /"), SIMPLE);
        for (int length = 0; length < SIMPLE.length(); length++) {
            row.add(length == 0 ? waitsSilently() : waits(), SIMPLE.substring(0, length));
        }
        return row.build();
    }

    private static Row r2() {
        return Row.of("R2").add(kept(), "\r\n" + SIMPLE, "\r\n\r\n" + SIMPLE)
                .add(kept(2, 200), SIMPLE + "\r\n" + SIMPLE)
                .add(refused(), "\r\n".repeat(3) + SIMPLE, "\r\n".repeat(100) + SIMPLE).build();
    }

    private static Row r3() {
        return Row.of("R3")
                .add(refused(), "\0" + SIMPLE, "\u0001" + SIMPLE, "\u007f" + SIMPLE, " " + SIMPLE, "\t" + SIMPLE)
                .build();
    }

    private static Row r4() {
        return Row.of("R4").add(refused(), "\n" + SIMPLE, "GET / HTTP/1.1\n" + HOST + "\r\n").build();
    }

    private static Row r5() {
        return Row.of("R5")
                .add(refused(), lines("GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1"))
                .build();
    }

    private static Row r6() {
        return Row.of("R6").add(refused(), lines("GET\t/ HTTP/1.1", "GET /\tHTTP/1.1")).build();
    }

    private static Row r7() {
        return Row.of("R7").add(refused(), lines("GET\n/\nHTTP/1.1", "GET /\nHTTP/1.1")).build();
    }

    private static Row r8() {
        return Row.of("R8").add(refused(), lines("GET HTTP/1.1", "GET")).build();
    }

    private static Row r9() {
        return Row.of("R9").add(refused(), "GET / \r\n\r\n").build();
    }

    private static Row r10() {
        return Row.of("R10").add(refused(), "GET /\r\n", "GET /\r\n\r\n").build();
    }

    private static Row r11() {
        return Row.of("R11").add(refused(), lines("GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/01.1",
                "GET / HTTP/1.10", "GET / HTTP/ 1.1", "GET / HTTP/1.1\0", "GET / HTTP/111", "GET / HTTP/0.99",
                "GET / FTP/1.1",
                "GET / HTTP/" + "9".repeat(90) + ".1")).build();
    }

    private static Row r12() {
        return Row.of("R12").add(refused(505, 400), lines("GET / HTTP/2.0", "GET / HTTP/9.9")).build();
    }

    private static Row r13() {
        return Row.of("R13").add(kept(), lines("GET / HTTP/1.2")).build();
    }

    private static Row r14() {
        return Row.of("R14").add(refused(505), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").build();
    }

    private static Row r15() {
        String hello = "\u0001\0\0\u00bc\u0003\u0003" + "\u0017\u00a5".repeat(16)
                + "\0\0\u0004\u0013\u0001\u0013\u0002\u0001\0\0\u008f"
                + "\0\r\0\u000c\0\n\u0004\u0003\u0008\u0004\u0004\u0001\u0005\u0003" + "\0\u0015\0{"
                + "\0".repeat(123);
        return Row.of("R15").named("a TLS ClientHello", silent().or(refused()), "\u0016\u0003\u0001\0\u00c0" + hello)
                .build();
    }

    private static Row r16() {
        return Row.of("R16")
                .add(refused(), lines("G\0T / HTTP/1.1", "GET\u00df / HTTP/1.1", Wire.utf8("GET\u00df") + " / HTTP/1.1",
                        "GET: / HTTP/1.1", "bla:rgh / HTTP/1.1", "G=\":<>(e) / HTTP/1.1"))
                .build();
    }

    private static Row r17() {
        var row = Row.of("R17");
        for (String method : List.of("get", "FOOBAR", "-BLARGH")) {
            row.add(keptAs(method + " /").or(kept(1, 501)), line(method + " / HTTP/1.1"));
        }
        return row.build();
    }

    private static Row r18() {
        return Row.of("R18").add(refused(501, 400), line("A".repeat(102_400) + " / HTTP/1.1")).build();
    }

    private static Row r19() {
        return Row.of("R19").add(kept(), targets("/" + "a".repeat(7999)))
                .add(refused(414), targets("/" + "a".repeat(8999), "/" + "a".repeat(99_999))).build();
    }

    private static Row r20() {
        var row = Row.of("R20");
        for (char each = 0; each < 0x100; each++) {
            String target = "/a" + each + "b";
            if (Wire.isLetterOrDigit(each) || TARGET_MARKS.indexOf(each) >= 0) {
                row.add(keptAs("GET " + target), targets(target));
            } else if ("[]".indexOf(each) >= 0) {
                row.add(kept().or(refused()), targets(target)); // Not of RFC 3986, and browsers send it in queries.
            } else if (each == '%') {
                row.add(kept(), targets("/a%bc"));
            } else {
                row.add(refused(), targets(target));
            }
        }
        return row.add(refused(), targets(Wire.utf8("/\u00e9"), "/\u00c0\u00af", "/\0", "/\u007f", "/\u0080", "/bad{"))
                .build();
    }

    private static Row r21() {
        return Row.of("R21").add(keptAs("GET /a%00b"), targets("/a%00b"))
                .add(keptAs("GET /%0d%0aX:1").where("no field X", answers -> !answers.getFirst().has("X")),
                        targets("/%0d%0aX:1"))
                .add(refused(), targets("/%zz", "/%", "/%4")).build();
    }

    private static Row r22() {
        return Row.of("R22").add(refused(), targets("/path#frag", "/a b")).build();
    }

    private static Row r23() {
        return Row.of("R23")
                .add(kept().seen("/x", saw -> saw.request().endsWith("/x")), targets("http://a/x"))
                .add(refused(), "GET http://a/x HTTP/1.1\r\nHost: b\r\n\r\n").build();
    }

    private static Row r24() {
        return Row.of("R24").add(refused(), targets("http://u:p@a/", "s://]ufd/:", "http://[::1", "http://")).build();
    }

    private static Row r25() {
        return Row.of("R25").add(keptAs("OPTIONS *"), line("OPTIONS * HTTP/1.1")).add(refused(), targets("*")).build();
    }

    private static Row r26() {
        return Row.of("R26").add(refused(), targets("a:443"))
                .add(kept(1, 501, 405), "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
                .add(refused(), line("CONNECT /x HTTP/1.1")).build();
    }

    private static Row r27() {
        return Row.of("R27").add(refused(), targets("foo/bar", "!"))
                .add(kept().seen("the path //x/y",
                        saw -> List.of("GET //x/y", "GET http://a//x/y").contains(saw.request())), targets("//x/y"))
                .build();
    }
}
