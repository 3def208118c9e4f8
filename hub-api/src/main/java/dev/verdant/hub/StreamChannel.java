package dev.verdant.hub;

import java.io.IOException;
import java.net.SocketAddress;
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
