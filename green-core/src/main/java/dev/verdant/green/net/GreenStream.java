package dev.verdant.green.net;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes both ways. One reader and one writer at a time, which may be different threads.
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
     * Reads what is there, and waits if nothing is.
     *
     * @param max how many bytes at the most, at least 1
     * @return the bytes; empty at the end of the stream, and only then
     * @throws IOException as {@link #read}
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
     * @throws IOException as {@link #writeFully}
     */
    default void sendAll(byte[] bytes) throws IOException {
        writeFully(ByteBuffer.wrap(bytes));
    }
}
