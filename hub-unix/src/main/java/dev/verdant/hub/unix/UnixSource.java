package dev.verdant.hub.unix;

import dev.verdant.hub.SourceChannel;
import io.netty.channel.unix.FileDescriptor;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe that is read from.
 */
final class UnixSource extends UnixBytes implements SourceChannel {

    UnixSource(UnixHub hub, FileDescriptor descriptor) {
        super(hub, descriptor, LIVE, false);
    }

    @Override
    @Nullable SocketAddress name() {
        return null;
    }

    /** A pipe cannot be shut down; reads end here. */
    @Override
    void shutdownBoth() {
        add(INPUT_SHUT);
    }

    @Override
    UnixOptions options() {
        return UnixOptions.NONE;
    }
}
