package dev.verdant.testkit.faulty;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A datagram channel of a {@link FaultHub}. Messages are never cut. */
final class FaultDatagram extends FaultChannel<DatagramChannel> implements DatagramChannel {

    FaultDatagram(FaultHub hub, DatagramChannel channel) {
        super(hub, channel);
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
        if (channel.isOpen() && faults().blocksRead()) {
            holdBack(Readiness.READ);
            return null;
        }
        return channel.receive(target);
    }

    @Override
    public boolean send(ByteBuffer source, @Nullable SocketAddress target) throws IOException {
        if (channel.isOpen() && faults().blocksWrite()) {
            holdBack(Readiness.WRITE);
            return false;
        }
        return channel.send(source, target);
    }

    // ---- as the channel underneath

    @Override
    public void bind(SocketAddress local) throws IOException {
        channel.bind(local);
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        channel.connect(remote);
    }

    @Override
    public void disconnect() throws IOException {
        channel.disconnect();
    }

    @Override
    public void join(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        channel.join(group, on);
    }

    @Override
    public void leave(InetAddress group, @Nullable NetworkInterface on) throws IOException {
        channel.leave(group, on);
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        return channel.remoteAddress();
    }
}
