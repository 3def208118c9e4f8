package dev.verdant.green.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways. One reader and one writer at a time, which may be different threads.
 *
 * <p>{@code tryRead} and {@code tryWrite} never wait for the peer, and {@code awaitReadable} and {@code awaitWritable} only wait: these are for authors of
 * protocols, which must be ready for either direction. Everybody else reads and writes, and that waits by itself.
 */
public interface GreenStream {

    /**
     * Reads what is there, and waits if nothing is.
     *
     * @param target where the bytes go; its position moves. A full buffer returns 0 at once.
     * @return the number of bytes, or -1 at the end of the stream
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first; the socket stays usable
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the connection is broken or closed
     */
    int read(ByteBuffer target) throws IOException;

    /**
     * Writes everything, and waits as often as it takes. If it ends early (timeout, kill, interrupt) a part may have gone: the outgoing direction is
     * shut then, and the exception says how much.
     *
     * @param source the bytes; its position moves
     * @throws ConcurrentUseException if another thread writes
     * @throws IOException if the connection is broken or closed
     */
    void writeFully(ByteBuffer source) throws IOException;

    /**
     * Reads what is there, and waits if nothing is, into several buffers. A {@link GreenSocket} fills them all with one system call; this default reads into
     * the first that has room.
     *
     * @param targets where the bytes go, filled in their order; their positions move. If none has room, this returns 0 at once.
     * @return the number of bytes, which may end in the middle of any buffer, or -1 at the end of the stream
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first; the socket stays usable
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the connection is broken or closed
     */
    default long read(ByteBuffer... targets) throws IOException {
        for (ByteBuffer target : targets) {
            if (target.hasRemaining()) {
                return read(target);
            }
        }
        return 0;
    }

    /**
     * Writes everything of several buffers, in their order, and waits as often as it takes. A {@link GreenSocket} sends them together; this default writes one
     * after the other.
     *
     * @param sources the bytes; their positions move
     * @throws ConcurrentUseException if another thread writes
     * @throws IOException as {@link #writeFully(ByteBuffer)}
     */
    default void writeFully(ByteBuffer... sources) throws IOException {
        for (ByteBuffer source : sources) {
            writeFully(source);
        }
    }

    /**
     * Reads what is there now. It does not wait for the peer; like every call, it may let other green threads run first.
     *
     * @param target where the bytes go; its position moves
     * @return the number of bytes, 0 if none are there or the buffer is full, -1 at the end of the stream
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the connection is broken or closed
     */
    int tryRead(ByteBuffer target) throws IOException;

    /**
     * Waits until a read may find something, and takes nothing. It may return early, and does
     * if nobody has tried before: try first, and wait if there was nothing. {@code SO_TIMEOUT} is not heeded.
     *
     * @param timeout for how long at the most; null for ever, zero only looks
     * @return false if the time has passed first
     * @throws ConcurrentUseException if another thread reads
     * @throws IOException if the connection is closed, before or meanwhile
     */
    boolean awaitReadable(@Nullable Duration timeout) throws IOException;

    /**
     * Writes what there is room for now. It does not wait for the peer; like every call, it may let other green threads run first.
     *
     * @param source the bytes; its position moves. It tells what was taken also if a timeout or kill ends the call
     * @return the number of bytes that were taken, 0 if there is no room
     * @throws ConcurrentUseException if another thread writes
     * @throws IOException if the connection is broken or closed
     */
    int tryWrite(ByteBuffer source) throws IOException;

    /**
     * Waits until a write may take something, and sends nothing: a wait that ends early leaves the stream as it was. It may return
     * early: try first, and wait if there was no room.
     *
     * @param timeout for how long at the most; null for ever, zero only looks
     * @return false if the time has passed first
     * @throws ConcurrentUseException if another thread writes
     * @throws IOException if the connection is closed, before or meanwhile
     */
    boolean awaitWritable(@Nullable Duration timeout) throws IOException;

    /**
     * Reads what is there, and waits if nothing is.
     *
     * @param max how many bytes at the most, at least 1
     * @return the bytes; empty at the end of the stream, and only then
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    default byte[] recv(int max) throws IOException {
        if (max < 1) {
            throw new IllegalArgumentException("max: " + max + " (expected: >= 1)");
        }
        var buffer = ByteBuffer.allocate(max);
        int count = read(buffer);
        return count <= 0 ? new byte[0] : java.util.Arrays.copyOf(buffer.array(), count);
    }

    /**
     * Writes everything.
     *
     * @param bytes what is written
     * @throws IOException as {@link #writeFully(ByteBuffer)}
     */
    default void sendAll(byte[] bytes) throws IOException {
        writeFully(ByteBuffer.wrap(bytes));
    }
}
