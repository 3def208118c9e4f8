package dev.verdant.conformance.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A second reading of RFC 9112, by regular expressions over all of a connection's bytes. It knows of no limits, and checks neither targets nor hosts: it finds no fewer requests than a
 * strict server.
 */
final class Reference {

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";
    private static final String FIELD = TOKEN + ":[^\\x00-\\x08\\x0a-\\x1f\\x7f]*+\\r\\n";

    private static final Pattern HEAD = Pattern
            .compile("(?:\\r\\n){0,2}(" + TOKEN + " [!-~]++) HTTP/1\\.([0-9])\\r\\n((?:" + FIELD + ")*+)\\r\\n");
    private static final Pattern SIZE = Pattern.compile("([0-9a-fA-F]{1,16})"
            + "(?:;" + TOKEN + "(?:=(?:" + TOKEN
            + "|\"(?:\\\\[\\t -~\\x80-\\xff]|[^\"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f])*+\"))?)*+\\r\\n");
    private static final Pattern TRAILERS = Pattern.compile("(?:" + FIELD + ")*+\\r\\n");
    private static final Pattern LENGTH = Pattern.compile("0*+[0-9]{0,18}(?<=[0-9])");

    /** Every request whose head is whole: method and target. */
    final List<String> heads = new ArrayList<>();

    /** How many of them have a whole body, too. */
    int whole;

    private final String wire;
    private int at;

    private Reference(String wire) {
        this.wire = wire;
    }

    /** Reads all that a client sends on a connection. */
    static Reference of(byte[] bytes) {
        var reference = new Reference(Wire.text(bytes));
        boolean more = true;
        while (more) {
            more = reference.next();
        }
        return reference;
    }

    /** Reads a request; false if there is none, or none can come after it. */
    private boolean next() {
        Matcher head = HEAD.matcher(wire).region(at, wire.length());
        if (!head.lookingAt()) {
            return false;
        }
        at = head.end();
        String fields = head.group(3);
        List<String> lengths = values(fields, "content-length");
        List<String> codings = values(fields, "transfer-encoding");
        boolean isOld = head.group(2).equals("0");
        if (lengths.size() + codings.size() > 1 || isOld && !codings.isEmpty()) {
            return false;
        }
        boolean isChunked = codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
        if (codings.size() == 1 && !isChunked || lengths.size() == 1 && !LENGTH.matcher(lengths.getFirst()).matches()) {
            return false;
        }
        heads.add(head.group(1));
        if (isChunked ? !chunks() : !skip(lengths.isEmpty() ? 0 : Long.parseLong(lengths.getFirst()))) {
            return false;
        }
        whole++;
        List<String> connection = List.of(
                String.join(",", values(fields, "connection")).toLowerCase(Locale.ROOT).split("[ \\t]*,[ \\t]*", -1));
        return !connection.contains("close") && (!isOld || connection.contains("keep-alive"));
    }

    private static List<String> values(String fields, String name) {
        return Pattern.compile("\r\n").splitAsStream(fields).filter(line -> !line.isEmpty())
                .filter(line -> line.substring(0, line.indexOf(':')).equalsIgnoreCase(name))
                .map(line -> line.substring(line.indexOf(':') + 1).replaceAll("^[ \\t]+|[ \\t]+$", "")).toList();
    }

    private boolean chunks() {
        while (true) {
            Matcher size = SIZE.matcher(wire).region(at, wire.length());
            if (!size.lookingAt()) {
                return false;
            }
            at = size.end();
            long length = Long.parseUnsignedLong(size.group(1), 16);
            if (length == 0) {
                Matcher trailers = TRAILERS.matcher(wire).region(at, wire.length());
                boolean isWhole = trailers.lookingAt();
                at = isWhole ? trailers.end() : wire.length();
                return isWhole;
            }
            if (!skip(length) || !wire.startsWith("\r\n", at)) {
                return false;
            }
            at += 2;
        }
    }

    private boolean skip(long length) {
        if (length < 0 || length > wire.length() - at) {
            return false;
        }
        at += (int) length;
        return true;
    }
}
