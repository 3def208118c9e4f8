package dev.verdant.hub;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection of bytes: TCP, or a Unix-domain stream. One reader and one writer at a time, which may be different threads; the layer above holds
 * that.
 */
public interface StreamChannel extends SourceChannel, SinkChannel {

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
     * @param remote a resolved address of the channel's domain
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
     * Reads what is there into several buffers, which are filled in their order as if they were one. Any thread.
     *
     * <p>This default fills them one by one, by {@link #read(ByteBuffer)}, until one of them stays short.
     *
     * @param targets where the bytes go; their positions move
     * @param offset the first of the buffers that are meant
     * @param length how many are meant
     * @return the number of bytes, -1 at the end of the stream, 0 if it would block or there is no room (without a system call). Fewer than there is room
     *         for is what a short {@link #read(ByteBuffer)} is
     * @throws IOException {@code "Connection reset"} if the peer broke the connection; the positions tell what had come before
     */
    default long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            int room = targets[i].remaining();
            int count = room == 0 ? 0 : read(targets[i]);
            if (count < room) {
                return count < 0 && total == 0 ? count : total + Math.max(0, count);
            }
            total += count;
        }
        return total;
    }

    /**
     * Writes what the operating system takes of several buffers, in their order, as if they were one. Any thread.
     *
     * <p>This default writes them one by one, by {@link #write(ByteBuffer)}, until not all of one is taken.
     *
     * @param sources the bytes; their positions move. Direct buffers are written without a copy
     * @param offset the first of the buffers that are meant
     * @param length how many are meant
     * @return the number of bytes taken, 0 if it would block or nothing remains (without a system call)
     * @throws IOException {@code "Broken pipe"} or {@code "Connection reset"} if the peer is gone; the positions tell what was taken before
     */
    default long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            int offered = sources[i].remaining();
            int count = offered == 0 ? 0 : write(sources[i]);
            total += count;
            if (count < offered) {
                break;
            }
        }
        return total;
    }

    /**
     * Sends one byte of urgent data, see {@link java.net.Socket#sendUrgentData}. Any thread.
     *
     * @param data the low eight bits are sent
     * @return true if it was taken, false if it would block
     * @throws IOException {@code "Broken pipe"} or {@code "Connection reset"} if the peer is gone
     * @throws UnsupportedOperationException if the hub cannot; the message says why
     */
    boolean sendUrgent(int data) throws IOException;

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
     * @return the address, or null if the channel is not connected; a Unix-domain peer that is not bound has an address without a name
     * @throws IOException if the channel is closed
     */
    @Nullable SocketAddress remoteAddress() throws IOException;
}
