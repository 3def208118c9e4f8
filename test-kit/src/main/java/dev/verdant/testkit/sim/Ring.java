package dev.verdant.testkit.sim;

import java.nio.ByteBuffer;

/** Bytes, first in, first out. Grows as it must. */
final class Ring {

    private static final byte[] NONE = {};
    private static final int SMALLEST = 512;

    private byte[] bytes = NONE;
    private int head;
    private int size;

    int size() {
        return size;
    }

    void put(byte[] source, int offset, int length) {
        reserve(length);
        int tail = head + size & bytes.length - 1;
        int first = Math.min(length, bytes.length - tail);
        System.arraycopy(source, offset, bytes, tail, first);
        System.arraycopy(source, offset + first, bytes, 0, length - first);
        size += length;
    }

    void put(ByteBuffer source, int length) {
        reserve(length);
        int tail = head + size & bytes.length - 1;
        int first = Math.min(length, bytes.length - tail);
        source.get(bytes, tail, first).get(bytes, 0, length - first);
        size += length;
    }

    void take(byte[] target, int offset, int length) {
        int first = Math.min(length, bytes.length - head);
        System.arraycopy(bytes, head, target, offset, first);
        System.arraycopy(bytes, 0, target, offset + first, length - first);
        drop(length);
    }

    void take(ByteBuffer target, int length) {
        int first = Math.min(length, bytes.length - head);
        target.put(bytes, head, first).put(bytes, 0, length - first);
        drop(length);
    }

    void drop(int length) {
        head = bytes.length == 0 ? 0 : head + length & bytes.length - 1;
        size -= length;
    }

    /** Lets go of everything. */
    void clear() {
        bytes = NONE;
        head = 0;
        size = 0;
    }

    private void reserve(int length) {
        if (size + length <= bytes.length) {
            return;
        }
        int capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, size + length - 1)) << 1);
        var larger = new byte[capacity];
        int kept = size;
        int first = Math.min(kept, bytes.length - head);
        System.arraycopy(bytes, head, larger, 0, first);
        System.arraycopy(bytes, 0, larger, first, kept - first);
        bytes = larger;
        head = 0;
    }
}
