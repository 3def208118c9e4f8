package dev.verdant.hub;

import java.net.SocketOption;

/**
 * Options that sockets have and {@link java.net.StandardSocketOptions} does not name.
 */
public final class HubOptions {

    /**
     * Urgent data of a TCP stream stays in the stream, where it was sent; off by default, and then a reader never sees it. See {@code SO_OOBINLINE} in
     * socket(7) and {@link java.net.Socket#setOOBInline}.
     */
    public static final SocketOption<Boolean> SO_OOBINLINE = new Flag("SO_OOBINLINE");

    private HubOptions() {}

    private record Flag(String name) implements SocketOption<Boolean> {

        @Override
        public Class<Boolean> type() {
            return Boolean.class;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
