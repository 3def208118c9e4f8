package dev.verdant.hub.nio;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SelectableChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An end of a pipe, which has no address and no options.
 *
 * @param <C> NIO's channel
 */
abstract class NioPipeEnd<C extends SelectableChannel> extends NioChannel<C> {

    NioPipeEnd(NioHub hub, C channel) throws IOException {
        super(hub, channel);
    }

    @Override
    public final @Nullable SocketAddress localAddress() throws IOException {
        if (!isOpen()) {
            throw Failures.closed();
        }
        return null;
    }

    @Override
    public final <T> void setOption(SocketOption<T> option, T value) {
        throw noOptions();
    }

    @Override
    public final <T> T getOption(SocketOption<T> option) {
        throw noOptions();
    }

    private static UnsupportedOperationException noOptions() {
        return new UnsupportedOperationException("a pipe has no socket options");
    }

    @Override
    public final Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    /** A pipe cannot be shut down. */
    @Override
    public final void shutdown() {
        if (isOpen()) {
            end();
        }
    }
}
