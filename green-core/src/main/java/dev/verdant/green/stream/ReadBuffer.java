package dev.verdant.green.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What has come and was not asked for yet. Confined to its stream's loop. */
final class ReadBuffer {

    /** A stream on which nothing is under way keeps no more than this. */
    private static final int KEPT = 4 * 1024;

    private static final int SMALLEST = 512;

    private static final byte[] NONE = new byte[0];

    private byte[] bytes = NONE;
    private int start;
    private int end;

    int size() {
        return end - start;
    }

    boolean isEmpty() {
        return start == end;
    }

    /** Returns a byte that counts from the first that was not taken. */
    byte at(int index) {
        return bytes[start + index];
    }

    /** Looks for a byte from an index on; returns where it is, or the size if it is nowhere. */
    int indexOf(byte wanted, int from) {
        int i = start + from;
        while (i < end && bytes[i] != wanted) {
            i++;
        }
        return i - start;
    }

    void append(ByteBuffer source) {
        int length = source.remaining();
        makeRoom(length);
        source.get(bytes, end, length);
        end += length;
    }

    private void makeRoom(int length) {
        if (length <= bytes.length - end) {
            return;
        }
        int size = size();
        if (length <= bytes.length - size && size <= bytes.length / 2) {
            System.arraycopy(bytes, start, bytes, 0, size); // At most once for each time that as many bytes were taken.
        } else {
            long wanted = Math.max(SMALLEST, Math.max((long) size + length, 2L * size));
            byte[] larger = new byte[(int) Math.min(wanted, Integer.MAX_VALUE - 8)];
            System.arraycopy(bytes, start, larger, 0, size);
            bytes = larger;
        }
        start = 0;
        end = size;
    }

    byte[] take(int count) {
        byte[] taken = Arrays.copyOfRange(bytes, start, start + count);
        drop(count);
        return taken;
    }

    /** Moves as many bytes as there are, and as there is room for. */
    int takeInto(ByteBuffer target) {
        int count = Math.min(size(), target.remaining());
        target.put(bytes, start, count);
        drop(count);
        return count;
    }

    private void drop(int count) {
        start += count;
        if (start == end) {
            start = 0;
            end = 0;
            if (bytes.length > KEPT) {
                bytes = NONE;
            }
        }
    }

    /** The first bytes as characters, one each. Valid until the buffer changes. */
    CharSequence latin1(int count) {
        return new Latin1(bytes, start, count);
    }

    private static final class Latin1 implements CharSequence {

        private final byte[] bytes;
        private final int start;
        private final int length;

        Latin1(byte[] bytes, int start, int length) {
            this.bytes = bytes;
            this.start = start;
            this.length = length;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public char charAt(int index) {
            return (char) (bytes[start + index] & 0xff);
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return new Latin1(bytes, start + from, to - from);
        }

        @Override
        public String toString() {
            return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
        }
    }
}
