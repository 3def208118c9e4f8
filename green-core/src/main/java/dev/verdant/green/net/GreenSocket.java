package dev.verdant.green.net;

import dev.verdant.green.kernel.Pollable;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A TCP connection whose calls wait without holding a thread: a {@link Socket} like any other, with reads and writes of buffers besides.
 *
 * <p>It belongs to the loop on which it was made. Any thread may call it; one thread reads and one writes at a time. {@code SO_TIMEOUT} bounds
 * reads. A read that ends early (timeout, kill) has consumed nothing and the socket stays usable; a write that ends early leaves the output
 * shut. An interrupt closes the socket, as the JDK does on virtual threads. {@link #close()}, from any thread, wakes who waits.
 */
public non-sealed class GreenSocket extends Socket implements GreenStream, GreenChannel {

    private final StreamSocketImpl impl;

    /**
     * Creates an unconnected socket on the caller's loop; see {@link Net#connect}.
     *
     * @throws SocketException never; the constructor it calls declares it
     */
    public GreenSocket() throws SocketException {
        this(new StreamSocketImpl());
    }

    private GreenSocket(StreamSocketImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (Objects.requireNonNull(target, "target").isReadOnly()) {
            throw new IllegalArgumentException("target: " + target + " (expected: a buffer that is not read-only)");
        }
        checkUsable();
        if (isInputShutdown()) {
            return -1;
        }
        return impl.read(target);
    }

    @Override
    public void writeFully(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        checkUsable();
        impl.writeFully(source);
    }

    /** What {@link Trampoline} waits on. */
    Pollable waits() throws SocketException {
        checkUsable();
        return impl.waits();
    }

    /** Tells whether a read would find bytes that were read ahead. */
    boolean isBuffered() {
        return false;
    }

    private void checkUsable() throws SocketException {
        if (!isConnected()) {
            throw new SocketException("Socket is not connected");
        }
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
    }

    @Override
    public String toString() {
        return impl.toString();
    }
}
