package dev.verdant.hub.unix;

import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Pieces of memory that one system call fills or sends in their order: an array of struct iovec, for readv(2) and
 * writev(2). Part of a {@link Scratch}, and used with it.
 */
final class Vectors {

    /** IOV_MAX of Linux, the BSDs and macOS. */
    static final int MOST = 1024;

    /** A pointer and a size_t. */
    private static final int BYTES = 2 * Long.BYTES;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(MOST * BYTES).order(ByteOrder.nativeOrder());
    private final long address = Buffer.memoryAddress(memory);

    private int count;
    private long total;

    void clear() {
        count = 0;
        total = 0;
    }

    /** Adds a piece of at least one byte; what follows the last one in memory becomes part of that. False if there is no place. */
    boolean add(long start, int length, int most) {
        if (count > 0 && startOf(count - 1) + lengthOf(count - 1) == start
                && lengthOf(count - 1) + length <= Integer.MAX_VALUE) {
            memory.putLong(count * BYTES - Long.BYTES, lengthOf(count - 1) + length);
        } else if (count < most) {
            memory.putLong(count * BYTES, start).putLong(count * BYTES + Long.BYTES, length);
            count++;
        } else {
            return false;
        }
        total += length;
        return true;
    }

    /** Where the array is. Valid as long as this object is reachable. */
    long address() {
        return address;
    }

    int count() {
        return count;
    }

    /** Bytes in all. */
    long total() {
        return total;
    }

    /** The start of the first piece. */
    long start() {
        return startOf(0);
    }

    private long startOf(int index) {
        return memory.getLong(index * BYTES);
    }

    private long lengthOf(int index) {
        return memory.getLong(index * BYTES + Long.BYTES);
    }
}
