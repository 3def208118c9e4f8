package dev.verdant.green.net;

import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Waits for readiness without reading or writing: for authors of libraries that do their own input and output when it is time. Whoever only wants to
 * read or to write calls that, and it waits by itself.
 *
 * <p>Called on a green thread. A wait claims its direction: while it lasts, nobody else may read (or write) there. A read at the end of the stream, or
 * on a broken connection, does not wait, so these count as readable and writable. The wait takes nothing; an interrupt ends it and leaves the
 * channel open.
 */
public final class Trampoline {

    private Trampoline() {}

    /**
     * Waits until a read, an accept or a receive would not wait.
     *
     * @param channel a connected socket, a bound listener, a bound datagram socket
     * @param timeout for how long at the most; null for ever, zero only looks
     * @throws SocketTimeoutException if the time has passed first
     * @throws ConcurrentUseException if another thread reads there
     * @throws java.net.SocketException if the channel is closed, before or meanwhile
     * @throws InterruptedException if a user interrupted the thread
     */
    public static void awaitReadable(GreenChannel channel, @Nullable Duration timeout)
            throws IOException, InterruptedException {
        await(channel, Readiness.READ, timeout, "readable");
    }

    /**
     * Waits until a write or a send would take something at once.
     *
     * @param channel a connected socket or a datagram socket
     * @param timeout for how long at the most; null for ever, zero only looks
     * @throws SocketTimeoutException if the time has passed first
     * @throws ConcurrentUseException if another thread writes there
     * @throws java.net.SocketException if the channel is closed, before or meanwhile
     * @throws InterruptedException if a user interrupted the thread
     */
    public static void awaitWritable(GreenChannel channel, @Nullable Duration timeout)
            throws IOException, InterruptedException {
        await(channel, Readiness.WRITE, timeout, "writable");
    }

    private static void await(GreenChannel channel, int op, @Nullable Duration timeout, String what)
            throws IOException, InterruptedException {
        Objects.requireNonNull(channel, "channel");
        var selecting = new Selecting("Trampoline");
        selecting.add(channel, op);
        if (!selecting.await(timeout)) {
            throw new SocketTimeoutException("Not " + what + " in time: " + channel);
        }
    }
}
