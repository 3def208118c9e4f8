package dev.verdant.testkit.sim;

import java.util.Arrays;

/** Numbers in ascending order, first in, first out. */
final class Marks {

    private long[] marks = new long[8];
    private int head;
    private int tail;

    void add(long mark) {
        if (tail == marks.length) {
            long[] old = marks;
            int size = tail - head;
            marks = head > 0 && size <= old.length / 2 ? old : Arrays.copyOf(old, 2 * old.length);
            System.arraycopy(old, head, marks, 0, size);
            head = 0;
            tail = size;
        }
        marks[tail++] = mark;
    }

    /** Returns the first, or {@link Long#MAX_VALUE}. */
    long first() {
        return head == tail ? Long.MAX_VALUE : marks[head];
    }

    void drop() {
        head++;
    }
}
