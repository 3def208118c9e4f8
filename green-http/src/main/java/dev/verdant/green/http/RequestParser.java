package dev.verdant.green.http;

/**
 * Finds the head of a request: its line and its fields, RFC 9112 §3 and §5. It is fed from a growing window of bytes, looks at each byte once, and tells
 * a fault at the byte that makes it one. Used for one request after the other.
 */
final class RequestParser {

    /*
     * head    = *2( CR LF ) method SP target SP version CR LF fields
     * version = "HTTP/" DIGIT "." DIGIT
     */
    private enum Place {
        BEFORE, BEFORE_LINE_FEED, METHOD, TARGET, VERSION, FIELDS
    }

    private static final int MOST_EMPTY_LINES = 2;
    private static final int LONGEST_METHOD = 64;
    private static final String VERSION = "HTTP/0.0\r\n";
    private static final int MAJOR = 5;
    private static final int MINOR = 7;

    private final int maxLine;
    private final FieldParser fields;

    private Place place = Place.BEFORE;
    private int next;
    private int emptyLines;
    private int line;
    private int methodEnd;
    private int targetEnd;
    private int major;
    private int minor;

    /** Creates one, with the limits that were set. */
    RequestParser(Limits limits) {
        this.maxLine = limits.line();
        this.fields = new FieldParser(limits.headerBytes(), limits.headerFields());
    }

    /** Begins a request at the window's start. */
    void begin() {
        place = Place.BEFORE;
        next = 0;
        emptyLines = 0;
        line = 0;
    }

    /** Tells whether a byte of the request has been seen. An empty line before it does not count. */
    boolean hasBegun() {
        return place != Place.BEFORE;
    }

    /**
     * Looks at what has come.
     *
     * @param bytes the window's bytes
     * @param start where the window begins: where it began in the calls before, or wherever its bytes have been moved to
     * @param end where it ends
     * @return true if the head is whole
     * @throws HttpFault 400, 414, 431, 501 or 505
     */
    boolean parse(byte[] bytes, int start, int end) throws HttpFault {
        if (place != Place.FIELDS && !parseLine(bytes, start, end)) {
            return false;
        }
        return fields.parse(bytes, start, end);
    }

    private boolean parseLine(byte[] bytes, int start, int end) throws HttpFault {
        int i = start + next;
        while (i < end && place != Place.FIELDS) {
            byte b = bytes[i];
            switch (place) {
                case BEFORE -> {
                    if (b == Bytes.CR) {
                        place = Place.BEFORE_LINE_FEED;
                        i++;
                    } else {
                        line = i - start;
                        place = Place.METHOD;
                    }
                }
                case BEFORE_LINE_FEED -> {
                    if (b != Bytes.LF || ++emptyLines > MOST_EMPTY_LINES) {
                        throw HttpFault.bad("not the beginning of a request");
                    }
                    place = Place.BEFORE;
                    i++;
                }
                case METHOD -> i = parseMethod(bytes, start, i, end);
                case TARGET -> i = parseTarget(bytes, start, i, end);
                case VERSION -> i = parseVersion(bytes, start, i, end);
                case FIELDS -> throw new AssertionError("after the line; please report");
            }
        }
        next = i - start;
        return place == Place.FIELDS;
    }

    private int parseMethod(byte[] bytes, int start, int from, int end) throws HttpFault {
        int i = from;
        while (i < end && Bytes.is(bytes[i], Bytes.TOKEN)) {
            i++;
        }
        int length = i - start - line;
        if (length > LONGEST_METHOD) {
            throw new HttpFault(501, "a method of more than " + LONGEST_METHOD + " characters");
        }
        if (i < end) {
            if (bytes[i] != ' ' || length == 0) {
                throw HttpFault.bad("a method that is no token");
            }
            methodEnd = i - start;
            place = Place.TARGET;
            i++;
        }
        return i;
    }

    private int parseTarget(byte[] bytes, int start, int from, int end) throws HttpFault {
        int i = from;
        while (i < end && Bytes.is(bytes[i], Bytes.TARGET)) {
            i++;
        }
        if (i - start - line > maxLine) {
            throw new HttpFault(414, "a request line of more than " + maxLine + " bytes");
        }
        if (i < end) {
            if (bytes[i] != ' ' || i - start == methodEnd + 1) {
                throw HttpFault
                        .bad("a request target with a character that no URI has, or without a version behind it");
            }
            targetEnd = i - start;
            place = Place.VERSION;
            i++;
        }
        return i;
    }

    private int parseVersion(byte[] bytes, int start, int from, int end) throws HttpFault {
        int i = from;
        while (i < end) {
            int at = i - start - targetEnd - 1;
            byte b = bytes[i++];
            if (at == MAJOR || at == MINOR) {
                if (!Bytes.isDigit(b)) {
                    throw HttpFault.bad("a version that is none");
                }
                if (at == MAJOR) {
                    major = b - '0';
                } else {
                    minor = b - '0';
                }
            } else if (b != VERSION.charAt(at)) {
                throw HttpFault.bad("a version that is none, or a line that does not end with CR LF");
            }
            if (at == VERSION.length() - 1) {
                checkVersion();
                fields.begin(i - start);
                place = Place.FIELDS;
                break;
            }
        }
        return i;
    }

    private void checkVersion() throws HttpFault {
        if (major == 0) {
            throw HttpFault.bad("HTTP/0." + minor);
        }
        if (major > 1) {
            throw new HttpFault(505, "HTTP/" + major + "." + minor + " (expected: HTTP/1.0 or HTTP/1.1)");
        }
    }

    /** Returns how long the head is, empty lines before it included. */
    int length() {
        return fields.end();
    }

    /**
     * Returns what was found, once it is whole, and checks what the parts say together.
     *
     * @throws HttpFault 400 or 501
     */
    RequestHead head(byte[] bytes, int start) throws HttpFault {
        Fields found = fields.fields(bytes, start, start + fields.end());
        var head = new RequestHead(found, line, methodEnd, targetEnd, minor);
        head.check();
        return head;
    }

    /** Returns the request line as far as it has come, for the log. */
    String lineSoFar(byte[] bytes, int start, int end) {
        int to = start + line;
        int most = Math.min(end, start + line + 256);
        while (to < most && bytes[to] != Bytes.CR && bytes[to] != Bytes.LF) {
            to++;
        }
        return Bytes.text(bytes, Math.min(start + line, to), to);
    }
}
