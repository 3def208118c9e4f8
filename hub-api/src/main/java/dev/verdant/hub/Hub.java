package dev.verdant.hub;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A poller: the one place where a loop sleeps, and the maker of the channels that wake it.
 *
 * <p><b>Threads.</b> A hub belongs to one thread, which polls. {@link #wakeup()}, {@link #nanoTime()}, {@link #wallClock()}, {@link #name()} and the
 * {@code open…} methods may be called from any thread; everything else is the hub's thread's alone.
 *
 * <p><b>Life.</b> {@link HubProvider#open()}, {@link #confine} (by a loop; bare users leave it out), {@link #poll} until it is over, {@link #close()}.
 */
public interface Hub extends AutoCloseable {

    /**
     * Returns the provider's name.
     *
     * @return for example {@code epoll}
     */
    String name();

    /**
     * Returns the time that deadlines are measured with, as {@link System#nanoTime()} does. The only source of it for the code above.
     *
     * @return nanoseconds since some moment
     */
    long nanoTime();

    /**
     * Returns the time of day.
     *
     * @return the clock on the wall
     */
    InstantSource wallClock();

    /**
     * Tells whether {@link #nanoTime()} runs on by jumps of the hub's own, when nothing can run, instead of by itself. Any thread.
     *
     * @return true for a simulated hub
     */
    default boolean isTimeVirtual() {
        return false;
    }

    /**
     * Work that concerns the hub's thread has begun elsewhere: virtual time stands until as many calls of {@link #release()}. Hubs whose time
     * runs by itself do nothing. Any thread.
     */
    default void hold() {}

    /**
     * Such work has ended, and what it brought has been handed over. Any thread.
     */
    default void release() {}

    /**
     * Returns who knows the names of the network that the hub's channels are on. Any thread.
     *
     * @return a name service, or nothing if it is the machine's: then the JDK knows the names
     */
    default Optional<NameService> names() {
        return Optional.empty();
    }

    /**
     * Tells the hub how to find out whether the caller is on the hub's thread. A green thread is one thread to the JDK and another to the
     * hub, so {@link Thread#currentThread()} cannot answer. Called once, before the first poll. Without it, the hub's thread is the one
     * that called {@link HubProvider#open()}.
     *
     * @param onHubThread true for a caller on the hub's thread; must be cheap
     */
    void confine(BooleanSupplier onHubThread);

    /**
     * Waits for events and calls the handlers of the channels that are ready. A handler that throws does not keep the others from being called:
     * what it threw is thrown from here, after the others, the first with the later ones suppressed.
     *
     * @param timeoutNanos how long to wait at the most, in nanoseconds; 0 does not wait; less than 0 waits until an event or {@link #wakeup()}.
     *         Any wait may end early with nothing.
     * @return the number of channels whose handlers were called
     */
    int poll(long timeoutNanos);

    /**
     * Makes the poll that is under way return, or else the next one, without waiting. Any thread. Many calls count as one.
     */
    void wakeup();

    /**
     * Opens an unconnected stream channel. Any thread.
     *
     * @param domain TCP or Unix-domain
     * @return the channel, not registered
     * @throws IOException if the operating system has no descriptor left ({@link ResourceExhaustedException}) or refuses
     * @throws UnsupportedOperationException if the hub has no such channels; the message says why
     */
    StreamChannel openStream(SocketDomain domain) throws IOException;

    /**
     * Opens an unbound listener. On TCP {@code SO_REUSEADDR} is on (but for Windows), {@code SO_REUSEPORT} is off. Any thread.
     *
     * @param domain TCP or Unix-domain
     * @return the channel, not registered
     * @throws IOException if the operating system has no descriptor left ({@link ResourceExhaustedException}) or refuses
     * @throws UnsupportedOperationException if the hub has no such channels; the message says why
     */
    ListenerChannel openListener(SocketDomain domain) throws IOException;

    /**
     * Opens an unbound datagram channel. Any thread.
     *
     * @param domain UDP or Unix-domain
     * @return the channel, not registered
     * @throws IOException if the operating system has no descriptor left ({@link ResourceExhaustedException}) or refuses
     * @throws UnsupportedOperationException if the hub has no such channels; the message says why
     */
    DatagramChannel openDatagram(SocketDomain domain) throws IOException;

    /**
     * Opens a pipe. Any thread.
     *
     * @return its two ends, not registered
     * @throws IOException if the operating system has no descriptor left ({@link ResourceExhaustedException}) or refuses
     */
    PipeChannels openPipe() throws IOException;

    /**
     * Closes every registered channel and the poller itself. Hub's thread only. Closing twice does nothing. A wake-up that comes later does
     * nothing.
     */
    @Override
    void close();
}
