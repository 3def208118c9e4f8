package dev.verdant.testkit.sim;

import dev.verdant.hub.AbstractUnixAddress;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The names of Unix-domain sockets: paths and abstract ones. Each host has its own. A path stands in no file system here, and is free again when its socket is
 * closed. With the timeline's word taken.
 */
final class UnixNames {

    static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private static final int LONGEST_PATH = 107;

    private UnixNames() {}

    /** Returns the name that a channel is bound to, or null if it is to have none. */
    static @Nullable SocketAddress bind(SimChannel channel, SocketAddress at) throws IOException {
        if (at.equals(UNNAMED)) {
            return null;
        }
        requireShort(at);
        if (channel.world.strikes(Mishap.BIND_IN_USE) || channel.host.unixNames.putIfAbsent(at, channel) != null) {
            throw new BindException("Address already in use: " + at);
        }
        return at;
    }

    private static void requireShort(SocketAddress address) throws SocketException {
        if (address instanceof UnixDomainSocketAddress path
                && path.getPath().toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw new SocketException("Unix domain path too long: " + path);
        }
    }

    static SimListener listener(SimHost host, SocketAddress at) throws IOException {
        SimChannel found = find(host, at);
        if (found instanceof SimListener listener && listener.isListening()) {
            return listener;
        }
        throw new ConnectException("Connection refused: " + at);
    }

    /** Returns who has a name. */
    static SimChannel find(SimHost host, SocketAddress at) throws IOException {
        requireShort(at);
        SimChannel found = host.unixNames.get(at);
        if (found != null) {
            return found;
        }
        if (at instanceof AbstractUnixAddress) {
            throw new ConnectException("Connection refused: " + at);
        }
        throw new SocketException("No such file or directory: " + at);
    }
}
