package dev.verdant.green.stream;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Bytes that end something, for {@code readUntil}. Made once, it may be used by any thread any number of times. */
public final class Delimiter {

    private final byte[] bytes;

    /** How many bytes of the delimiter the first {@code i + 1} of it end with, not counting themselves: Knuth, Morris and Pratt. */
    private final int[] borders;

    private Delimiter(byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("delimiter: empty (expected: at least one byte)");
        }
        this.bytes = bytes;
        this.borders = new int[bytes.length];
        for (int i = 1, border = 0; i < bytes.length; i++) {
            border = next(border, bytes[i]);
            borders[i] = border;
        }
    }

    /**
     * Makes one of text.
     *
     * @param text at least one character; its bytes in UTF-8 count
     * @return the delimiter
     */
    public static Delimiter of(String text) {
        return new Delimiter(Objects.requireNonNull(text, "text").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes one of bytes.
     *
     * @param bytes at least one; they are copied
     * @return the delimiter
     */
    public static Delimiter of(byte[] bytes) {
        return new Delimiter(Objects.requireNonNull(bytes, "bytes").clone());
    }

    /**
     * Returns how long it is.
     *
     * @return the number of bytes, at least 1
     */
    public int length() {
        return bytes.length;
    }

    byte first() {
        return bytes[0];
    }

    /** Returns how many bytes of the delimiter the input ends with after one more byte, if it ended with so many before. */
    int next(int before, byte more) {
        int matched = before;
        while (matched > 0 && bytes[matched] != more) {
            matched = borders[matched - 1];
        }
        return bytes[matched] == more ? matched + 1 : 0;
    }

    /** Its text, with what is not printable escaped. */
    @Override
    public String toString() {
        var shown = new StringBuilder("\"");
        for (byte each : bytes) {
            switch (each) {
                case '\r' -> shown.append("\\r");
                case '\n' -> shown.append("\\n");
                case '"', '\\' -> shown.append('\\').append((char) each);
                default -> {
                    if (each >= ' ' && each < 0x7f) {
                        shown.append((char) each);
                    } else {
                        shown.append("\\x%02x".formatted(each));
                    }
                }
            }
        }
        return shown.append('"').toString();
    }
}
