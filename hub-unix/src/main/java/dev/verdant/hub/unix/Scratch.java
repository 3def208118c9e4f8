package dev.verdant.hub.unix;

import io.netty.channel.unix.Buffer;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Native memory through which bytes pass between a Java array and a system call, because the kernel cannot be given
 * the address of an array.
 *
 * <p>Each hub has one for its own thread. Other threads {@linkplain #borrow() borrow} from a few that the process
 * shares. The memory is freed by the garbage collector, never by hand, so no late call can touch what is gone.
 */
final class Scratch {

    /** Bytes that fit. */
    static final int SIZE = 64 * 1024;

    /** As many as threads are likely to be inside a system call at one time on a channel that is not of their loop. */
    private static final AtomicReferenceArray<Scratch> SPARE = new AtomicReferenceArray<>(8);

    private final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE);
    private final long address = Buffer.memoryAddress(memory);

    /** Returns one that is the caller's until {@link #giveBack()}. Any thread. */
    static Scratch borrow() {
        for (int i = 0; i < SPARE.length(); i++) {
            Scratch spare = SPARE.getAndSet(i, null);
            if (spare != null) {
                return spare;
            }
        }
        return new Scratch();
    }

    /** Ends the use of one that was borrowed. */
    void giveBack() {
        for (int i = 0; i < SPARE.length(); i++) {
            if (SPARE.get(i) == null && SPARE.compareAndSet(i, null, this)) {
                return;
            }
        }
    }

    /** Who sent the datagram that was received last, for the caller of that call alone. */
    @Nullable SocketAddress sender;

    /** Where the memory begins. Valid as long as this object is reachable. */
    long address() {
        return address;
    }

    void copyTo(byte[] target, int offset, int length) {
        memory.get(0, target, offset, length);
    }

    void copyFrom(ByteBuffer source, int offset, int length) {
        memory.put(0, source, offset, length);
    }

    void copyFrom(byte[] source, int offset, int length) {
        memory.put(0, source, offset, length);
    }
}
