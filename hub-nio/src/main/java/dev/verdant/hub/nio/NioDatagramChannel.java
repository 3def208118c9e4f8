package dev.verdant.hub.nio;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** UDP on a {@link DatagramChannel}. */
final class NioDatagramChannel extends NioNetworkChannel<DatagramChannel> implements dev.verdant.hub.DatagramChannel {

    NioDatagramChannel(NioHub hub, DatagramChannel channel) throws IOException {
        super(hub, channel);
    }

    @Override
    int interest(int ops) {
        return ((ops & Readiness.READ) != 0 ? SelectionKey.OP_READ : 0)
                | ((ops & Readiness.WRITE) != 0 ? SelectionKey.OP_WRITE : 0);
    }

    @Override
    int readiness(int readyOps) {
        return ((readyOps & SelectionKey.OP_READ) != 0 ? Readiness.READ : 0)
                | ((readyOps & SelectionKey.OP_WRITE) != 0 ? Readiness.WRITE : 0);
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        Addresses.require(SocketDomain.INTERNET, local);
        try {
            channel.bind(local);
        } catch (IOException | RuntimeException e) {
            throw Failures.at(local, e);
        }
    }

    /** A peer before is left first: NIO would not let go of the local address that it gave the channel. */
    @Override
    public void connect(SocketAddress remote) throws IOException {
        Addresses.require(SocketDomain.INTERNET, remote);
        try {
            SocketAddress before = channel.getRemoteAddress();
            channel.disconnect();
            try {
                channel.connect(remote);
            } catch (IOException | RuntimeException e) {
                if (before != null) {
                    channel.connect(before);
                }
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            throw Failures.at(remote, e);
        }
    }

    @Override
    public void disconnect() throws IOException {
        if (!channel.isOpen()) {
            throw Failures.closed();
        }
        try {
            channel.disconnect();
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
        int limit = target.limit();
        try {
            shorten(target);
            return channel.receive(target);
        } catch (IOException e) {
            throw Failures.of(e);
        } finally {
            target.limit(limit);
        }
    }

    /** No message of UDP is longer than that, and one that would be is refused at this length as at any above. */
    private static void shorten(ByteBuffer buffer) {
        if (!buffer.isDirect() && buffer.remaining() > HeapBuffers.LARGEST_COPY) {
            buffer.limit(buffer.position() + HeapBuffers.LARGEST_COPY);
        }
    }

    @Override
    public boolean send(ByteBuffer source, @Nullable SocketAddress target) throws IOException {
        if (target != null) {
            Addresses.require(SocketDomain.INTERNET, target);
        }
        if (!source.hasRemaining()) {
            return sendEmpty(source, target);
        }
        int limit = source.limit();
        try {
            shorten(source);
            return (target == null ? channel.write(source) : channel.send(source, target)) > 0;
        } catch (IOException | RuntimeException e) {
            throw target == null ? Failures.of(e) : notSent(target, e);
        } finally {
            source.limit(limit);
        }
    }

    /** NIO does not tell whether an empty message was taken or would have blocked, so it counts as taken: it may get lost on its way as well. */
    private boolean sendEmpty(ByteBuffer empty, @Nullable SocketAddress target) throws IOException {
        if (remoteAddress() != null) {
            throw new UnsupportedOperationException(
                    "NIO sends no empty message on a connected datagram channel: disconnect it first, or take the epoll hub");
        }
        if (target == null) {
            throw new SocketException("Socket is not connected");
        }
        try {
            channel.send(empty, target);
            return true;
        } catch (IOException | RuntimeException e) {
            throw notSent(target, e);
        }
    }

    private static IOException notSent(SocketAddress target, Exception e) {
        return e instanceof UnresolvedAddressException ? Failures.at(target, e) : Failures.of(e);
    }

    /** The adaptor keeps the memberships, and knows the interface that the operating system would take. */
    @Override
    public void join(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        requireGroup(group);
        channel.socket().joinGroup(new InetSocketAddress(group, 0), on);
    }

    @Override
    public void leave(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        requireGroup(group);
        channel.socket().leaveGroup(new InetSocketAddress(group, 0), on);
    }

    private void requireGroup(InetAddress group) throws SocketException {
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException("group: " + group + " (expected: a multicast address)");
        }
        if (!channel.isOpen()) {
            throw Failures.closed();
        }
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        try {
            return channel.getRemoteAddress();
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    /** A datagram channel cannot be shut down. */
    @Override
    public void shutdown() {
        if (isOpen()) {
            end();
        }
    }
}
