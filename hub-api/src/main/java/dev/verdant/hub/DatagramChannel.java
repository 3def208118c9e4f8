package dev.verdant.hub;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Messages without a connection: UDP, or Unix-domain datagrams. One receiver and one sender at a time, which may be different threads; the layer
 * above holds that.
 */
public interface DatagramChannel extends HubChannel {

    /**
     * Binds. Any thread. A channel that was not bound is bound to a free port by its first send or connect.
     *
     * @param local the address; port 0 takes a free one
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    void bind(SocketAddress local) throws IOException;

    /**
     * Fixes the peer: only its messages are received from here on, and an unreachable port is told. Replaces the peer before. Any thread.
     *
     * @param remote a resolved address of the channel's domain
     * @throws IOException a {@link java.net.SocketException} with the address in its message
     */
    void connect(SocketAddress remote) throws IOException;

    /**
     * Takes {@link #connect} back. Does nothing if there is no peer. The channel stays bound to its port. Any thread.
     *
     * @throws IOException if the operating system refuses, or the channel is closed
     */
    void disconnect() throws IOException;

    /**
     * Takes a message. Any thread.
     *
     * @param target where it goes; its position moves. What does not fit is lost. Direct buffers are filled without a copy.
     * @return the sender, or null if none waits. A Unix-domain sender that is not bound has an address without a name.
     * @throws IOException {@link java.net.PortUnreachableException} if the peer of a connected channel has refused what was sent before
     */
    @Nullable SocketAddress receive(ByteBuffer target) throws IOException;

    /**
     * Sends a message, all of it or nothing. Any thread.
     *
     * @param source the message, which may be empty; its position moves to its end if it was taken. Direct buffers are sent without a copy.
     * @param target the receiver: a resolved address of the channel's domain, or null for the peer of {@link #connect}
     * @return true if it was taken, false if it would block
     * @throws IOException {@link java.net.PortUnreachableException} if the peer of a connected channel has refused what was sent before; a
     *         {@link java.net.SocketException} with the words of the operating system if the message is too long or cannot be routed
     */
    boolean send(ByteBuffer source, @Nullable SocketAddress target) throws IOException;

    /**
     * Becomes a member of a multicast group. Any thread.
     *
     * @param group a multicast address
     * @param on where; null leaves it to the operating system
     * @throws IOException if it is a member already or the operating system refuses
     * @throws UnsupportedOperationException if this is no UDP channel
     */
    void join(InetAddress group, @Nullable NetworkInterface on) throws IOException;

    /**
     * Ends the membership in a multicast group. Any thread.
     *
     * @param group a multicast address
     * @param on where, as it was joined
     * @throws IOException if it is no member
     * @throws UnsupportedOperationException if this is no UDP channel
     */
    void leave(InetAddress group, @Nullable NetworkInterface on) throws IOException;

    /**
     * Returns the peer's address. Any thread.
     *
     * @return the address, or null if {@link #connect} has not been called
     * @throws IOException if the channel is closed
     */
    @Nullable SocketAddress remoteAddress() throws IOException;
}
