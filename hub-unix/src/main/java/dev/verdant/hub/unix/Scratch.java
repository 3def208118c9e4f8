package dev.verdant.hub.unix;

import io.netty.channel.unix.Buffer;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Native memory through which bytes pass between a Java array and a system call, because the kernel cannot be given
 * the address of an array; with room behind it for a socket's name and for what a call has to say.
 *
 * <p>Each hub has one for its own thread. Other threads {@linkplain #borrow() borrow} from a few that the process
 * shares. The memory is freed by the garbage collector, never by hand, so no late call can touch what is gone.
 */
final class Scratch {

    /** Bytes that fit. */
    static final int SIZE = 64 * 1024;

    /**
     * Buffers of so many bytes or less are copied to or from scratch memory, though the kernel could be given their address: scratch memory is always warm and its address is
     * known; to learn a buffer's takes an object, or a call through JNI.
     */
    static final int SMALL = 4 * 1024;

    /** Room for a name: a struct sockaddr_storage. */
    static final int NAME_BYTES = 128;

    private static final int NAME_LENGTH = SIZE + NAME_BYTES;
    private static final int ERRNO = NAME_LENGTH + 8;
    private static final int END = ERRNO + 8;

    /** As many as threads are likely to be inside a system call at one time on a channel that is not of their loop. */
    private static final AtomicReferenceArray<Scratch> SPARE = new AtomicReferenceArray<>(8);

    private final ByteBuffer memory = ByteBuffer.allocateDirect(END).order(ByteOrder.nativeOrder());
    private final long address = Buffer.memoryAddress(memory);
    private final MemorySegment errnoSegment = MemorySegment.ofBuffer(memory).asSlice(ERRNO, Integer.BYTES);

    /** Who sent the datagram that was received last, for the caller of that call alone. */
    @Nullable SocketAddress sender;

    /** Made at the first use: most programs have none. */
    private @Nullable Vectors vectors;

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

    void copyTo(ByteBuffer target, int offset, int from, int length) {
        target.put(offset, memory, from, length);
    }

    /** Into {@code target} from its position on, which moves. */
    void copyTo(ByteBuffer target, int from, int length) {
        target.put(target.position(), memory, from, length).position(target.position() + length);
    }

    void copyFrom(ByteBuffer source, int offset, int length, int to) {
        memory.put(to, source, offset, length);
    }

    /** The places of several pieces of memory, for one system call. */
    Vectors vectors() {
        Vectors made = vectors;
        if (made == null) {
            made = new Vectors();
            vectors = made;
        }
        return made;
    }

    void copyFrom(byte[] source, int offset, int length) {
        memory.put(0, source, offset, length);
    }

    /** Where the name is. */
    long nameAddress() {
        return address + SIZE;
    }

    /** Where the kernel reads how much room the name has, and writes how long it is. */
    long nameLengthAddress() {
        return address + NAME_LENGTH;
    }

    int nameLength() {
        return memory.getInt(NAME_LENGTH);
    }

    void nameLength(int bytes) {
        memory.putInt(NAME_LENGTH, bytes);
    }

    /** The name, from its first byte. */
    ByteBuffer name() {
        return memory.slice(SIZE, NAME_BYTES).order(ByteOrder.nativeOrder());
    }

    /** Whether the name is the beginning of {@code known}. A struct sockaddr is a number of ints long. */
    boolean nameIs(ByteBuffer known, int length) {
        for (int i = 0; i < length; i += Integer.BYTES) {
            if (memory.getInt(SIZE + i) != known.getInt(i)) {
                return false;
            }
        }
        return true;
    }

    void copyName(ByteBuffer target, int length) {
        target.put(0, memory, SIZE, length);
    }

    void putName(ByteBuffer source, int length) {
        memory.put(SIZE, source, 0, length);
    }

    /** Where a call leaves errno. */
    MemorySegment errnoSegment() {
        return errnoSegment;
    }

    int errno() {
        return memory.getInt(ERRNO);
    }

    long longAt(int offset) {
        return memory.getLong(offset);
    }

    /** The text from {@code offset} to the first zero byte. */
    String stringAt(int offset, Charset charset) {
        int end = offset;
        while (memory.get(end) != 0) {
            end++;
        }
        var bytes = new byte[end - offset];
        memory.get(offset, bytes);
        return new String(bytes, charset);
    }
}
