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

    /** Not a record, whose hashCode the JDK would have to make while a program starts. */
    private static final class Flag implements SocketOption<Boolean> {

        private final String name;

        Flag(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

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
