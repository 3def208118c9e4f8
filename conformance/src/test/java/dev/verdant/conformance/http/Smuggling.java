package dev.verdant.conformance.http;

import static dev.verdant.conformance.http.Wire.EVIL;
import static dev.verdant.conformance.http.Wire.HOST;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Requests that two servers in a row might take for different numbers of requests. Each says in two ways how long its body is, and hides another request where the body
 * goes on by one and has ended by the other; one of the two is disfigured, so that some server overlooks it.
 */
final class Smuggling {

    /** Bytes that some server somewhere takes for white space, for the end of a line, or for nothing: all but visible ASCII. */
    private static final List<Integer> ODD = Stream
            .of(IntStream.rangeClosed(0x00, 0x20), IntStream.rangeClosed(0x7f, 0x88),
                    IntStream.of(0x8a, 0x96, 0xa0, 0xad, 0xc0, 0xdf, 0xfe, 0xff))
            .flatMap(IntStream::boxed).toList();

    /** A chunk that holds a request, and what comes before it. */
    private static final String HIDING = Integer.toHexString(EVIL.length()) + "\r\n" + EVIL;

    private Smuggling() {}

    /** The requests, by what is odd about them. */
    static Map<String, String> all() {
        var all = new LinkedHashMap<String, String>();
        lines("Transfer-Encoding", "chunked").forEach((name, line) -> all.put("coding, " + name, aroundLength(line)));
        String length = Integer.toString(HIDING.indexOf(EVIL));
        lines("Content-Length", length).forEach((name, line) -> all.put("length, " + name, aroundCoding(line)));
        return all;
    }

    /** By its length all of this is a body; by its coding the body ends before the hidden request. */
    private static String aroundLength(String codingLine) {
        String body = "0\r\n\r\n" + EVIL;
        return "POST / HTTP/1.1\r\n" + HOST + "Content-Length: " + body.length() + "\r\n" + codingLine + "\r\n" + body;
    }

    /** By its coding all of this is a body; by its length the body ends before the hidden request. */
    private static String aroundCoding(String lengthLine) {
        return "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n" + lengthLine + "\r\n" + HIDING
                + "\r\n0\r\n\r\n";
    }

    /** Disfigured lines, each with its end, by what was done to them. */
    private static Map<String, String> lines(String name, String value) {
        var lines = new LinkedHashMap<String, String>();
        oddBytes(name, value).forEach(lines::put);
        shapes(name, value).forEach(lines::put);
        return lines;
    }

    private static Map<String, String> oddBytes(String name, String value) {
        Map<String, UnaryOperator<String>> places = Map.of(
                "before the name", odd -> odd + name + ": " + value + "\r\n",
                "after the name", odd -> name + odd + ": " + value + "\r\n",
                "for the space", odd -> name + ":" + odd + value + "\r\n",
                "after the value", odd -> name + ": " + value + odd + "\r\n",
                "at the end of the line before", odd -> "X: x" + odd + name + ": " + value + "\r\n",
                "within the end of the line", odd -> name + ": " + value + "\r" + odd + "\nX: x\r\n");
        var lines = new LinkedHashMap<String, String>();
        new TreeMap<>(places).forEach((place, put) -> ODD.forEach(odd -> lines
                .put(String.format("%02x %s", odd, place), put.apply(Character.toString(odd)))));
        return lines;
    }

    private static Map<String, String> shapes(String name, String value) {
        var lines = new LinkedHashMap<String, String>();
        lines.put("as it should be", name + ": " + value + "\r\n");
        lines.put("without a space", name + ":" + value + "\r\n");
        lines.put("in lower case", name.toLowerCase(Locale.ROOT) + ": " + value + "\r\n");
        lines.put("in upper case", (name + ": " + value).toUpperCase(Locale.ROOT) + "\r\n");
        lines.put("in double quotes", name + ": \"" + value + "\"\r\n");
        lines.put("in single quotes", name + ": '" + value + "'\r\n");
        lines.put("in brackets", name + ": [" + value + "]\r\n");
        lines.put("folded", name + ":\r\n " + value + "\r\n");
        lines.put("folded by a tab", name + ":\r\n\t" + value + "\r\n");
        lines.put("folded twice", name + ":\r\n \r\n " + value + "\r\n");
        lines.put("cut in two", name + ": " + value.charAt(0) + "\r\n " + value.substring(1) + "\r\n");
        lines.put("after a folded line", "X: x\r\n " + name + ": " + value + "\r\n");
        lines.put("twice", (name + ": " + value + "\r\n").repeat(2));
        lines.put("and empty", name + ": " + value + "\r\n" + name + ":\r\n");
        lines.put("after an empty one", name + ":\r\n" + name + ": " + value + "\r\n");
        lines.put("and another", name + ": " + value + "\r\n" + name + ": 0\r\n");
        lines.put("after another", name + ": 0\r\n" + name + ": " + value + "\r\n");
        lines.put("and identity", name + ": " + value + "\r\n" + name + ": identity\r\n");
        lines.put("in a list", name + ": identity, " + value + "\r\n");
        lines.put("first in a list", name + ": " + value + ", identity\r\n");
        lines.put("after a comma", name + ": , " + value + "\r\n");
        lines.put("before a comma", name + ": " + value + ",\r\n");
        lines.put("before a semicolon", name + ": " + value + ";\r\n");
        lines.put("with a parameter", name + ": " + value + ";a=b\r\n");
        lines.put("with a letter before", name + ": x" + value + "\r\n");
        lines.put("with a letter after", name + ": " + value + "x\r\n");
        lines.put("with a sign", name + ": +" + value + "\r\n");
        lines.put("with zeros", name + ": 000" + value + "\r\n");
        lines.put("without its hyphen", name.replace("-", "") + ": " + value + "\r\n");
        lines.put("with an underscore", name.replace('-', '_') + ": " + value + "\r\n");
        lines.put("with a space for the hyphen", name.replace('-', ' ') + ": " + value + "\r\n");
        lines.put("with its colon twice", name + ":: " + value + "\r\n");
        lines.put("without its colon", name + " " + value + "\r\n");
        lines.put("with an equals sign", name + "= " + value + "\r\n");
        lines.put("ended by a line feed", name + ": " + value + "\n");
        lines.put("ended by a carriage return", name + ": " + value + "\rX: x\r\n");
        lines.put("ended backwards", name + ": " + value + "\n\r");
        return lines;
    }
}
