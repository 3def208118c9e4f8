package dev.verdant.testkit.faulty;

import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A listener of a {@link FaultHub}. */
final class FaultListener extends FaultChannel<ListenerChannel> implements ListenerChannel {

    FaultListener(FaultHub hub, ListenerChannel channel) {
        super(hub, channel);
    }

    @Override
    public void bind(SocketAddress local, int backlog) throws IOException {
        channel.bind(local, backlog);
    }

    @Override
    public @Nullable StreamChannel accept() throws IOException {
        if (channel.isOpen()) {
            faults().beforeAccept();
            if (faults().blocksRead()) {
                holdBack(Readiness.READ);
                return null;
            }
        }
        StreamChannel connection = channel.accept();
        return connection == null ? null : new FaultStream(hub(), connection);
    }
}
