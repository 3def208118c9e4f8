package dev.verdant.testkit.faulty;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
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
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return carry(targets, offset, length, Readiness.READ, channel::read);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return carry(sources, offset, length, Readiness.WRITE, channel::write);
    }

    private long carry(ByteBuffer[] buffers, int offset, int length, int op, Call call) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        int asked = 0;
        for (int i = offset; i < offset + length; i++) {
            asked = (int) Math.min(Integer.MAX_VALUE, (long) asked + buffers[i].remaining());
        }
        if (asked == 0 || !channel.isOpen()) {
            return call.on(buffers, offset, length);
        }
        boolean isRead = op == Readiness.READ;
        if (isRead ? faults().blocksRead() : faults().blocksWrite()) {
            holdBack(op);
            return 0;
        }
        int cut = isRead ? faults().lengthOfRead(asked) : faults().lengthOfWrite(asked);
        if (cut == asked) {
            return call.on(buffers, offset, length);
        }
        int last = offset;
        while (cut > buffers[last].remaining()) {
            cut -= buffers[last].remaining();
            last++;
        }
        ByteBuffer shortened = buffers[last];
        int limit = shortened.limit();
        try {
            shortened.limit(shortened.position() + cut);
            return call.on(buffers, offset, last + 1 - offset);
        } finally {
            shortened.limit(limit);
            holdBack(op);
        }
    }

    /** The call of the channel beneath. */
    private interface Call {

        long on(ByteBuffer[] buffers, int offset, int length) throws IOException;
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
