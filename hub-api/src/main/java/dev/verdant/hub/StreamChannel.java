package dev.verdant.hub;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A connection of bytes: TCP.
 *
 * <p>{@code read} and {@code write} return 0 for "would block" (and for an empty buffer, without a system call), and {@code read} returns
 * -1 at the end of the stream. One reader and one writer at a time, which may be different threads; the layer above holds that.
 */
public interface StreamChannel extends HubChannel {

    /**
     * Binds the local end, before a connect. Any thread.
     *
     * @param local the address; port 0 takes a free one
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    void bind(SocketAddress local) throws IOException;

    /**
     * Starts to connect. Any thread.
     *
     * @param remote a resolved address
     * @return true if the connection stands already; false if it is under way and {@link #finishConnect} tells its end, once WRITE is ready
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    boolean connect(SocketAddress remote) throws IOException;

    /**
     * Asks how a connect that was under way has ended. Any thread.
     *
     * @return true if the connection stands; false if it is still under way
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    boolean finishConnect() throws IOException;

    /**
     * Reads what is there. Any thread.
     *
     * @param target where the bytes go; its position moves. Direct buffers are read into without a copy.
     * @return the number of bytes, 0 if it would block or {@code target} is full, -1 at the end of the stream
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

    /**
     * Writes what the operating system takes. Any thread.
     *
     * @param source the bytes; its position moves. Direct buffers are written without a copy.
     * @return the number of bytes taken, 0 if it would block or {@code source} is empty
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

    /**
     * Ends the incoming direction: reads return -1 from here on. Any thread.
     *
     * @throws IOException if the channel is not connected or closed
     */
    void shutdownInput() throws IOException;

    /**
     * Ends the outgoing direction: the peer reads to an end of stream. Any thread.
     *
     * @throws IOException if the channel is not connected or closed
     */
    void shutdownOutput() throws IOException;

    /**
     * Returns the peer's address. Any thread.
     *
     * @return the address, or null if the channel is not connected
     * @throws IOException if the channel is closed
     */
    @Nullable SocketAddress remoteAddress() throws IOException;
}
