package dev.verdant.green.http;

import java.nio.charset.StandardCharsets;

/** What each byte may be part of, and how bytes are compared. */
final class Bytes {

    /** {@code tchar}, RFC 9110 §5.6.2. */
    static final int TOKEN = 1;

    /** A byte of a field's value, RFC 9110 §5.5: visible, SP, HTAB or 0x80 to 0xff. */
    static final int VALUE = 2;

    /** A byte of a request target: what RFC 3986 lets a URI hold, without the fragment; a bracket is looked at where it stands. */
    static final int TARGET = 4;

    /** A byte of a host that is a name, RFC 3986 §3.2.2, without {@code %} and the comma, with which a list would begin. */
    static final int HOST = 16;

    private static final byte[] KINDS = kinds();

    static final byte CR = '\r';
    static final byte LF = '\n';

    private Bytes() {}

    private static byte[] kinds() {
        byte[] kinds = new byte[256];
        String alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        mark(kinds, alphanumeric + "!#$%&'*+-.^_`|~", TOKEN);
        String path = alphanumeric + "-._~!$&'()*+,;=:@/";
        mark(kinds, path + "%?[]", TARGET);
        mark(kinds, alphanumeric + "-._~!$&'()*+;=", HOST);
        for (int i = 0; i < 256; i++) {
            if (i == '\t' || i >= ' ' && i != 0x7f) {
                kinds[i] |= VALUE;
            }
        }
        return kinds;
    }

    private static void mark(byte[] kinds, String those, int kind) {
        for (int i = 0; i < those.length(); i++) {
            kinds[those.charAt(i)] |= (byte) kind;
        }
    }

    /** Tells whether a byte is of a kind. */
    static boolean is(byte b, int kind) {
        return (KINDS[b & 0xff] & kind) != 0;
    }

    /** Tells whether a text is a token, RFC 9110 §5.6.2. */
    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 255 || !is((byte) c, TOKEN)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** Returns the value of a hexadecimal digit, or -1. */
    static int hex(byte b) {
        if (isDigit(b)) {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** Tells whether bytes are a word, in whatever case. The word is of lower-case letters and hyphens. */
    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            byte b = bytes[from + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether two ranges are the same, in whatever case. */
    static boolean equalIgnoringCase(byte[] bytes, int from, int to, int otherFrom, int otherTo) {
        if (to - from != otherTo - otherFrom) {
            return false;
        }
        for (int i = 0; i < to - from; i++) {
            if (Character.toLowerCase((char) bytes[from + i]) != Character.toLowerCase((char) bytes[otherFrom + i])) {
                return false;
            }
        }
        return true;
    }

    /** Returns bytes as characters, one each. */
    static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
