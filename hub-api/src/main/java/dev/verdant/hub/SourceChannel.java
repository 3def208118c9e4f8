package dev.verdant.hub;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes that come in: a connection, or the end of a pipe that is read from. One reader at a time; the layer above holds that.
 */
public interface SourceChannel extends HubChannel {

    /**
     * Reads what is there. Any thread.
     *
     * @param target where the bytes go; its position moves. Direct buffers are read into without a copy.
     * @return the number of bytes, 0 if it would block or {@code target} is full (without a system call), -1 at the end of the stream
     * @throws IOException {@code "Connection reset"} if the peer broke the connection
     */
    int read(ByteBuffer target) throws IOException;

    /**
     * Reads what is there. Any thread.
     *
     * @param target where the bytes go
     * @param offset where in {@code target} they begin
     * @param length how many at the most
     * @return the number of bytes, 0 if it would block or {@code length} is 0, -1 at the end of the stream
     * @throws IOException {@code "Connection reset"} if the peer broke the connection
     */
    default int read(byte[] target, int offset, int length) throws IOException {
        return read(ByteBuffer.wrap(target, offset, length));
    }
}
