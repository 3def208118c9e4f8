package dev.verdant.hub;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes that go out: a connection, or the end of a pipe that is written to. One writer at a time; the layer above holds that.
 */
public interface SinkChannel extends HubChannel {

    /**
     * Writes what the operating system takes. Any thread.
     *
     * @param source the bytes; its position moves. Direct buffers are written without a copy.
     * @return the number of bytes taken, 0 if it would block or {@code source} is empty (without a system call)
     * @throws IOException {@code "Broken pipe"} or {@code "Connection reset"} if the peer is gone
     */
    int write(ByteBuffer source) throws IOException;

    /**
     * Writes what the operating system takes. Any thread.
     *
     * @param source the bytes
     * @param offset where in {@code source} they begin
     * @param length how many
     * @return the number of bytes taken, 0 if it would block or {@code length} is 0
     * @throws IOException {@code "Broken pipe"} or {@code "Connection reset"} if the peer is gone
     */
    default int write(byte[] source, int offset, int length) throws IOException {
        return write(ByteBuffer.wrap(source, offset, length));
    }
}
