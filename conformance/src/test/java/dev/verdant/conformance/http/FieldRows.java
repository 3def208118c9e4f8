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

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rows H and F: Host, and the fields of a header (RFC 9112 §3.2, §5; RFC 9110 §5). */
final class FieldRows {

    /** What a name may consist of beside letters and digits (RFC 9110 §5.6.2), but for the underscore. */
    private static final String NAME_MARKS = "!#$%&'*+-.^`|~";

    private FieldRows() {}

    static Stream<Row> all() {
        return Stream.of(h1(), h2(), h3(), h4(), h5(), h6(), f1(), f2(), f3(), f4(), f5(), f6(), f7(), f8(), f9(),
                f10(),
                f11(), f12(), f13(), f14(), f15(), f16(), f17(), f18(), f19(), f20(), f21(), f22(), f23());
    }

    private static String[] hosts(String... hosts) {
        return Stream.of(hosts).map(host -> "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").toArray(String[]::new);
    }

    /** Requests that have these lines in their header. */
    private static String[] lines(String... lines) {
        return Stream.of(lines).map(line -> GET + line + "\r\n\r\n").toArray(String[]::new);
    }

    private static Row h1() {
        return Row.of("H1").add(refused(), "GET / HTTP/1.1\r\n\r\n").add(closed(), "GET / HTTP/1.0\r\n\r\n").build();
    }

    private static Row h2() {
        return Row.of("H2").add(refused(), lines("Host: a", "Host: b", "HOST: a", "hOsT: b")).build();
    }

    private static Row h3() {
        return Row.of("H3").add(refused(), hosts("a, b", "a b")).build();
    }

    private static Row h4() {
        return Row.of("H4")
                .add(refused(), hosts("a/p", "u@a", "a:x", "a:99999", "[::1", "[::g]", "\u00ffa", "a\0b", "a?x"))
                .build();
    }

    private static Row h5() {
        return Row.of("H5").add(refused(), "GET / HTTP/1.1\r\nHost:\r\n\r\n").add(refused(), hosts("", " ")).build();
    }

    private static Row h6() {
        return Row.of("H6").add(kept(), hosts("[::1]:80", "a:", "a")).add(kept(), "GET / HTTP/1.1\r\nhoSt:\ta\r\n\r\n")
                .build();
    }

    private static Row f1() {
        return Row.of("F1").add(refused(), lines("X : v", "X\t: v"))
                .add(refused(), POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                        POST + "Content-Length : 3\r\n\r\nabc")
                .build();
    }

    private static Row f2() {
        return Row.of("F2").add(refused(), "GET / HTTP/1.1\r\n X: v\r\n" + HOST + "\r\n",
                "POST / HTTP/1.1\r\n\tContent-Length: 1\r\n" + HOST + "\r\na").build();
    }

    private static Row f3() {
        return Row.of("F3").add(refused(), lines("X: a\r\n b", "X:\r\n\tb", "X: a\r\n ")).build();
    }

    private static Row f4() {
        return Row.of("F4")
                .add(refused(), POST + "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n").build();
    }

    private static Row f5() {
        return Row.of("F5").add(refused(), lines("X: a" + "\r\n a".repeat(15_000))).build();
    }

    private static Row f6() {
        return Row.of("F6").add(refused(), lines("NoColon", "Te\nst: x", "Transfer-\r\nEncoding: chunked")).build();
    }

    private static Row f7() {
        return Row.of("F7").add(refused(), lines(": v", ":")).build();
    }

    private static Row f8() {
        var row = Row.of("F8");
        for (char each = 0; each < 0x100; each++) {
            for (String name : new String[]{each + "X", "X" + each + "Y", "X" + each}) {
                boolean isName = Wire.isLetterOrDigit(each) || NAME_MARKS.indexOf(each) >= 0;
                if (isName) {
                    row.add(kept().field(name.toLowerCase(Locale.ROOT), "v"), lines(name + ": v"));
                } else if (each == '_') {
                    row.add(kept(), lines(name + ": v"));
                } else if (each == ':' && !name.startsWith(":")) {
                    row.add(kept().field("x", name.substring(2) + ": v"), lines(name + ": v"));
                } else {
                    row.add(refused(), lines(name + ": v"));
                }
            }
        }
        return row.add(kept().field("x.c|p", "v"), lines("X.C|p: v")).add(refused(), lines("X[]: v")).build();
    }

    private static Row f9() {
        var row = Row.of("F9");
        for (char each = 0; each < 0x80; each++) {
            if (each >= 0x20 && each < 0x7f || each == '\t') {
                row.add(kept().field("x", "a" + each + "b"), lines("X: a" + each + "b"));
            } else {
                row.add(refused(), lines("X: a" + each + "b", "X: " + each + "b", "X: a" + each, "X:" + each));
            }
        }
        return row.build();
    }

    private static Row f10() {
        var row = Row.of("F10");
        for (char each = 0x80; each < 0x100; each++) {
            row.add(kept().field("x", "a" + each + "b"), lines("X: a" + each + "b"));
        }
        String all = IntStream.range(0x80, 0x100).mapToObj(Character::toString).collect(Collectors.joining());
        return row.add(kept().field("x", all), lines("X: " + all)).build();
    }

    private static Row f11() {
        return Row.of("F11").add(refused(), lines("X: a\rY: b"))
                .add(refused(), "GET / HTTP/1.1\r\nhost: a\rcustom: v\r\n\r\n").build();
    }

    private static Row f12() {
        return Row.of("F12").add(refused(), POST + "X: a\nContent-Length: 26\r\n\r\n" + EVIL).build();
    }

    private static Row f13() {
        String head = "GET / HTTP/1.1\r\nHost: a";
        return Row.of("F13").add(refused(), head + "\n\n", head + "\r\n\n", head + "\n\r\n").build();
    }

    private static Row f14() {
        return Row.of("F14").add(refused(), GET + "\rXGET /evil: HTTP/1.1\r\n" + HOST + "\r\n")
                .add(refusedAfter(1, 1), SIMPLE + "\rXGET /evil: HTTP/1.1\r\n" + HOST + "\r\n").build();
    }

    private static Row f15() {
        return Row.of("F15").add(refused(), "GET / HTTP/1.1\r\nHost: a\r\r\r", "GET / HTTP/1.1\r\nHost: a\r\r\r" + EVIL,
                GET + "\r\r\r" + EVIL).build();
    }

    private static Row f16() {
        return Row.of("F16").add(refused(), "GET / HTTP/1.1\rHost: a\r\n\r\n").build();
    }

    private static Row f17() {
        return Row.of("F17").add(kept().field("x", "v"), lines("X:\t v \t", "X:v"))
                .add(kept().field("x", ""), lines("X:", "X: \t ")).build();
    }

    private static Row f18() {
        return Row.of("F18").add(kept().field("x", "\u00a0v\u0085"), lines("X: \u00a0v\u0085"))
                .add(kept().field("user", "\u0085admin\u00a0"), lines("User: \u0085admin\u00a0")).build();
    }

    private static Row f19() {
        return Row.of("F19")
                .add(refused(),
                        lines("Content-Type: a/b\r\nContent-Type: a/b", "Content-Type: a/b\r\ncontent-type: c/d",
                                "Authorization: Basic YQ==\r\nAuthorization: Basic Yg=="))
                .build();
    }

    private static Row f20() {
        return Row.of("F20")
                .add(kept().noField("content_length").noField("content-length").body(""),
                        POST + "Content_Length: 5\r\n\r\n")
                .add(kept().noField("transfer_encoding").noField("transfer-encoding").body(""),
                        POST + "Transfer_Encoding: chunked\r\n\r\n")
                .add(kept().noField("x_fwd").noField("x-fwd"), lines("X_Fwd: 1")).build();
    }

    private static Row f21() {
        return Row.of("F21").named("100 fields", kept(), GET + fields(99) + "\r\n")
                .named("101 fields", refused(431), GET + fields(100) + "\r\n")
                .named("60 kB", kept(), GET + "X: ".concat("a".repeat(995)).concat("\r\n").repeat(60) + "\r\n")
                .named("more than 64 KiB", refused(431),
                        GET + "X: ".concat("a".repeat(995)).concat("\r\n").repeat(66) + "\r\n")
                .named("1 MiB without a line's end", refused(431), GET + "X: " + "a".repeat(1 << 20))
                .named("10,000 of one name", refused(431), GET + "X: a\r\n".repeat(10_000) + "\r\n").build();
    }

    private static String fields(int count) {
        return IntStream.range(0, count).mapToObj(i -> "X" + i + ": a\r\n").collect(Collectors.joining());
    }

    private static Row f22() {
        return Row.of("F22")
                .add(closed(),
                        lines("Connection: Close\t", "Connection: keep-alive, close",
                                "Connection: keep-alive\r\nConnection: close",
                                "Connection: close\r\nConnection: keep-alive"))
                .add(closed(), GET + "Connection: Close\t\r\n\r\n" + EVIL).add(kept(), lines("Connection: closed"))
                .build();
    }

    private static Row f23() {
        String pairs = IntStream.range(0, 1000).mapToObj(i -> "c" + i + "=v").collect(Collectors.joining("; "));
        return Row.of("F23")
                .named("64 KiB", refused(431).or(kept()), GET + "Cookie: a=" + "b".repeat(1 << 16) + "\r\n\r\n")
                .named("1,000 pairs", refused(431).or(kept()), GET + "Cookie: " + pairs + "\r\n\r\n")
                .add(kept(), lines("Cookie: ===;;;")).build();
    }
}
