package dev.verdant.hub.nio;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A channel with an address and options.
 *
 * @param <C> NIO's channel
 */
abstract class NioNetworkChannel<C extends SelectableChannel & NetworkChannel> extends NioChannel<C> {

    private volatile boolean lingers;

    NioNetworkChannel(NioHub hub, C channel) throws IOException {
        super(hub, channel);
    }

    @Override
    final void closeDescriptor() {
        try {
            if (lingers) {
                // The operating system would block the thread until everything is sent.
                channel.setOption(StandardSocketOptions.SO_LINGER, -1);
            }
        } catch (IOException e) {
            // Closed already.
        }
        super.closeDescriptor();
    }

    @Override
    public final @Nullable SocketAddress localAddress() throws IOException {
        try {
            return channel.getLocalAddress();
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        try {
            channel.setOption(option, value);
            if (option == StandardSocketOptions.SO_LINGER) {
                lingers = (Integer) value > 0;
            }
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        try {
            return channel.getOption(option);
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }
}
