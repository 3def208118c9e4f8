package dev.verdant.testkit.faulty;

import dev.verdant.hub.SinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The end of a pipe of a {@link FaultHub} that is written to. */
final class FaultSink extends FaultChannel<SinkChannel> implements SinkChannel {

    FaultSink(FaultHub hub, SinkChannel channel) {
        super(hub, channel);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return write(channel, source);
    }
}
