package dev.verdant.green.http;

import java.util.Arrays;

/**
 * Finds the fields of a header or trailer section, RFC 9112 §5, to the empty line. It is fed from a growing window of bytes and looks at each byte
 * once. What it finds are places in the window, counted from its start.
 */
final class FieldParser {

    /*
     * section = *( name ":" OWS value OWS CR LF ) CR LF
     *
     * Nothing else is let through: no folded line, no line that ends otherwise, no blank before the colon. A fault is told at the byte that makes it one.
     */
    private enum Place {
        LINE, NAME, VALUE, LINE_FEED, LAST_LINE_FEED, END
    }

    private static final int PLACES = 4;

    private final int maxBytes;
    private final int maxFields;

    private Place place = Place.LINE;
    private int first;
    private int next;
    private int line;
    private int nameEnd;

    private int count;

    /** For each field where its name begins and ends, and its value. */
    private int[] places = new int[16 * PLACES];

    /**
     * Creates one.
     *
     * @param maxBytes how long the section may be
     * @param maxFields how many fields there may be
     */
    FieldParser(int maxBytes, int maxFields) {
        this.maxBytes = maxBytes;
        this.maxFields = maxFields;
    }

    /** Begins a section at a place of the window. */
    void begin(int at) {
        first = at;
        next = at;
        place = Place.LINE;
        count = 0;
    }

    /**
     * Looks at what has come.
     *
     * @param bytes the window's bytes
     * @param start where the window begins
     * @param end where it ends
     * @return true if the section is whole; {@link #end()} tells where it ends
     * @throws HttpFault 400 or 431
     */
    boolean parse(byte[] bytes, int start, int end) throws HttpFault {
        int i = start + next;
        int limit = (int) Math.min(end, (long) start + first + maxBytes);
        while (i < limit && place != Place.END) {
            byte b = bytes[i];
            switch (place) {
                case LINE -> {
                    if (b == Bytes.CR) {
                        place = Place.LAST_LINE_FEED;
                        i++;
                    } else if (Bytes.isBlank(b)) {
                        throw HttpFault.bad("a folded line, or a blank before a field's name");
                    } else {
                        line = i - start;
                        place = Place.NAME;
                    }
                }
                case NAME -> {
                    while (i < limit && Bytes.is(bytes[i], Bytes.TOKEN)) {
                        i++;
                    }
                    if (i < limit) {
                        endName(bytes, start, i++);
                    }
                }
                case VALUE -> {
                    while (i < limit && Bytes.is(bytes[i], Bytes.VALUE)) {
                        i++;
                    }
                    if (i < limit) {
                        if (bytes[i] != Bytes.CR) {
                            throw HttpFault.bad("a control character in a field's value");
                        }
                        add(bytes, start, i++);
                        place = Place.LINE_FEED;
                    }
                }
                case LINE_FEED, LAST_LINE_FEED -> {
                    if (b != Bytes.LF) {
                        throw HttpFault.bad("a carriage return without its line feed");
                    }
                    i++;
                    place = place == Place.LINE_FEED ? Place.LINE : Place.END;
                }
                case END -> throw new AssertionError("after the end; please report");
            }
        }
        next = i - start;
        if (place != Place.END && next - first >= maxBytes) {
            throw new HttpFault(431, "a header or trailer section of more than " + maxBytes + " bytes");
        }
        return place == Place.END;
    }

    private void endName(byte[] bytes, int start, int at) throws HttpFault {
        if (bytes[at] != ':' || at == start + line) {
            throw HttpFault.bad("a field's name that is no token, or has no colon");
        }
        if (count == maxFields) {
            throw new HttpFault(431, "more than " + maxFields + " fields");
        }
        nameEnd = at - start;
        place = Place.VALUE;
    }

    private void add(byte[] bytes, int start, int lineEnd) {
        int from = start + nameEnd + 1;
        int to = lineEnd;
        while (from < to && Bytes.isBlank(bytes[from])) {
            from++;
        }
        while (to > from && Bytes.isBlank(bytes[to - 1])) {
            to--;
        }
        int at = count * PLACES;
        if (at == places.length) {
            places = Arrays.copyOf(places, 2 * at);
        }
        places[at] = line;
        places[at + 1] = nameEnd;
        places[at + 2] = from - start;
        places[at + 3] = to - start;
        count++;
    }

    /** Returns the place behind the empty line. */
    int end() {
        return next;
    }

    /** Returns what was found, in the window's bytes from {@code start} to {@code end}, which are copied. */
    Fields fields(byte[] bytes, int start, int end) {
        return new Fields(Arrays.copyOfRange(bytes, start, end), Arrays.copyOf(places, count * PLACES));
    }
}
