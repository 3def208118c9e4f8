package dev.verdant.testkit.faulty;

import dev.verdant.hub.SourceChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The end of a pipe of a {@link FaultHub} that is read from. */
final class FaultSource extends FaultChannel<SourceChannel> implements SourceChannel {

    FaultSource(FaultHub hub, SourceChannel channel) {
        super(hub, channel);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(channel, target);
    }
}
