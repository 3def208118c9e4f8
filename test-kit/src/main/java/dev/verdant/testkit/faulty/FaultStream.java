package dev.verdant.testkit.faulty;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A connection of a {@link FaultHub}. */
final class FaultStream extends FaultChannel<StreamChannel> implements StreamChannel {

    FaultStream(FaultHub hub, StreamChannel channel) {
        super(hub, channel);
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        faults().beforeConnect();
        return channel.connect(remote);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(channel, target);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return write(channel, source);
    }

    @Override
    public boolean sendUrgent(int data) throws IOException {
        if (channel.isOpen() && faults().blocksWrite()) {
            holdBack(Readiness.WRITE);
            return false;
        }
        return channel.sendUrgent(data);
    }

    // ---- as the channel underneath

    @Override
    public void bind(SocketAddress local) throws IOException {
        channel.bind(local);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return channel.finishConnect();
    }

    @Override
    public void shutdownInput() throws IOException {
        channel.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        return channel.remoteAddress();
    }
}
