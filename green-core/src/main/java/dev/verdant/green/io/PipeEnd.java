package dev.verdant.green.io;

import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Tries;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenChannel;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An end of a pipe. Any thread may call it, one at a time: a second gets {@link ConcurrentUseException} and the first is undisturbed. It belongs to the
 * loop on which it was opened, and is closed when that ends.
 *
 * <p>As on sockets, an interrupt of a call that waits closes the end and is thrown as {@link SocketException}, with the thread's interrupt left set; and
 * what is thrown at a call on an end that is closed, or is closed meanwhile, is a {@code SocketException} with the message {@code "Pipe closed"}.
 */
public abstract sealed class PipeEnd implements GreenChannel permits PipeSource, PipeSink {

    static {
        Handles.install(PipeEnd.class, PipeEnd::openWaits);
    }

    private final Pollable waits;
    private final String name;

    /** One for each end, so that a call makes no object. */
    private final Runnable closer = this::close;

    PipeEnd(Loop loop, HubChannel channel, String name) {
        this.name = name;
        this.waits = new Pollable(loop, channel, this);
    }

    /** Lets the loop have it; before anybody else does. */
    final void arrive() throws IOException {
        waits.arrive();
    }

    private Pollable openWaits() throws SocketException {
        waits.checkOpen();
        return waits;
    }

    final Pollable waits() {
        return waits;
    }

    final Runnable closer() {
        return closer;
    }

    // ---- one user at a time

    /** Says what somebody does who uses it. */
    abstract String use();

    /** Takes the end for a call, and lets others run if that is due. {@link Pollable#release} must follow. */
    final void begin(int op) throws IOException {
        waits.loop().checkEnded();
        Thread other = waits.claim(op);
        if (other != null) {
            throw new ConcurrentUseException("The thread '" + Tries.nameOf(other) + "' " + use() + " " + this
                    + " already (expected: one at a time)");
        }
        boolean begun = false;
        try {
            Tries.takeTurn(waits, closer);
            waits.checkOpen();
            begun = true;
        } finally {
            if (!begun) {
                waits.release(op);
            }
        }
    }

    final boolean await(int op, @Nullable Duration timeout) throws IOException {
        long nanos = Waiter.nanos(timeout);
        begin(op);
        try {
            return Tries.await(waits, op, nanos, closer);
        } finally {
            waits.release(op);
        }
    }

    /** A close that came in the middle of a system call is told as any other close. */
    final IOException asClosed(IOException e) {
        return waits.isClosed() && !(e instanceof ConcurrentUseException) ? waits.closedException() : e;
    }

    // ---- close

    /** Tells whether it has been closed, be it by an interrupt of a call on it. Any thread. */
    @Override
    public final boolean isClosed() {
        return waits.isClosed();
    }

    /**
     * Closes this end and wakes who waits there. When it returns the descriptor is gone, unless the loop has not turned for a second. Any thread; twice
     * does nothing more.
     */
    @Override
    public final void close() {
        waits.close();
    }

    @Override
    public String toString() {
        return name + "@" + Integer.toHexString(hashCode())
                + (isClosed() ? "[closed]" : "");
    }
}
