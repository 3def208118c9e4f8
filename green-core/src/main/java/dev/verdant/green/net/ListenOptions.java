package dev.verdant.green.net;

import org.jspecify.annotations.Nullable;

/** How a listener is made. Confined to the call of {@link Net#listen}. */
public final class ListenOptions {

    private int backlog = 50;
    private @Nullable Boolean reusePort;
    private boolean reuseAddress = true;
    private @Nullable Integer receiveBuffer;

    ListenOptions() {}

    /**
     * Sets how many connections may wait to be accepted.
     *
     * @param connections at least 1; 50 if it is never called
     * @return this
     */
    public ListenOptions backlog(int connections) {
        if (connections < 1) {
            throw new IllegalArgumentException("backlog: " + connections + " (expected: >= 1)");
        }
        this.backlog = connections;
        return this;
    }

    /**
     * Lets several listeners share the port ({@code SO_REUSEPORT}), those of other processes included.
     *
     * <p>The listeners of an {@link dev.verdant.green.EventLoopGroup} share theirs without it, but with nobody else. There, {@code false} asks for one
     * listener whose connections are handed to the loops in turn: exact shares, for a hop more a connection.
     *
     * @param on false if it is never called
     * @return this
     */
    public ListenOptions reusePort(boolean on) {
        this.reusePort = on;
        return this;
    }

    /**
     * Lets the port be bound while old connections linger in TIME_WAIT ({@code SO_REUSEADDR}).
     *
     * @param on true if it is never called
     * @return this
     */
    public ListenOptions reuseAddress(boolean on) {
        this.reuseAddress = on;
        return this;
    }

    /**
     * Sets the receive buffer of the connections that are accepted ({@code SO_RCVBUF}).
     *
     * @param bytes at least 1; the system's choice if it is never called
     * @return this
     */
    public ListenOptions receiveBuffer(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("receiveBuffer: " + bytes + " (expected: >= 1)");
        }
        this.receiveBuffer = bytes;
        return this;
    }

    int backlog() {
        return backlog;
    }

    boolean isReusePort() {
        return Boolean.TRUE.equals(reusePort);
    }

    /** Whether a group was forbidden to share. */
    boolean isOneListener() {
        return Boolean.FALSE.equals(reusePort);
    }

    boolean isReuseAddress() {
        return reuseAddress;
    }

    @Nullable Integer receiveBuffer() {
        return receiveBuffer;
    }
}
