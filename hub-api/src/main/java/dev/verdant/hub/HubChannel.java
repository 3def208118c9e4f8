package dev.verdant.hub;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking descriptor that belongs to a {@link Hub}.
 *
 * <p><b>Threads.</b> Try-calls (read, write, accept, connect, options, shutdown) and {@link #arm(int)} may be made from any thread.
 * {@link #register} and {@link #close} belong to the hub's thread, and handlers are called there.
 *
 * <p><b>Readiness.</b> A channel is registered once. After a try-call that would have blocked, a waiter calls {@link #arm(int)}, and from then
 * on the handler is called once what was armed for becomes possible; nothing is lost if it became possible between the two calls. An
 * edge-triggered hub (epoll, kqueue) need do nothing in {@code arm}, and may call the handler at each new edge, armed or not; a
 * level-triggered one ({@code Selector}) sets its interest there. A handler may be called without need, never too seldom.
 *
 * <p><b>Errors</b> are {@link java.net.SocketException}s and its kin with the words of the JDK: {@code "Connection reset"},
 * {@code "Broken pipe"}, {@code "Socket closed"}. A reset is never reported as an end of stream, however often one asks.
 */
public interface HubChannel {

    /**
     * Registers the channel for reading and writing, for as long as it is open. Hub's thread only, once, and after the channel has begun to connect or
     * to listen: before that, Linux would report a hang-up.
     *
     * @param handler what is called when the channel is ready
     * @throws IOException if the poller refuses the descriptor
     * @throws IllegalStateException if the channel is registered already
     */
    void register(ReadinessHandler handler) throws IOException;

    /**
     * Says that somebody is about to wait. Any thread.
     *
     * @param ops {@link Readiness#READ}, {@link Readiness#WRITE} or both
     */
    void arm(int ops);

    /**
     * Has the hub say anew what is possible, though it may have said so before: the handler is called by a later poll for each of these that is
     * possible then. For a waiter that wants to know without a try, because a try would take something. Hub's thread only, registered.
     *
     * @param ops {@link Readiness#READ}, {@link Readiness#WRITE} or both
     * @throws IOException if the poller refuses, or the channel is closed
     */
    void recheck(int ops) throws IOException;

    /**
     * Gives the channel to another hub of the same kind. It leaves its poller, its handler is not called again, and it may be registered with the
     * other hub, by that hub's thread. No try-call may be under way. Hub's thread only, unless it was never registered.
     *
     * @param target a hub of the same provider; this one does nothing but end the registration
     * @throws IOException if the channel is closed
     * @throws IllegalArgumentException if the other hub is of another kind
     * @throws IllegalStateException if it is registered and the caller is not on the hub's thread
     */
    void moveTo(Hub target) throws IOException;

    /**
     * Tells whether {@link #close} has not been called yet. Any thread.
     *
     * @return true until the channel is closed
     */
    boolean isOpen();

    /**
     * Closes the channel: the descriptor is gone and its number and port are free when this returns, and the handler is not called again,
     * not even for an event that the current poll has already fetched. Hub's thread only, unless it was never registered. Closing twice
     * does nothing. What the operating system says at a close helps nobody, so it is not thrown.
     *
     * @throws IllegalStateException if it is registered and the caller is not on the hub's thread
     */
    void close();

    /**
     * Ends the connection or stops the listener, without giving the descriptor back, so that waiters elsewhere see an end. Any thread. For
     * when the hub's thread cannot be had. Never throws.
     */
    void shutdown();

    /**
     * Returns the number of the descriptor, for what the operating system is asked for by number, such as {@code /proc/self/fd}. It means this channel only
     * as long as the channel is open: who uses it must know that nobody closes it meanwhile. Any thread.
     *
     * @return the number; nothing if the channel is closed, or its hub does not know it
     */
    default OptionalInt descriptor() {
        return OptionalInt.empty();
    }

    /**
     * Returns the address the channel is bound to. Any thread.
     *
     * @return the address, or null if it is not bound
     * @throws IOException if the channel is closed
     */
    @Nullable SocketAddress localAddress() throws IOException;

    /**
     * Sets a socket option. Any thread.
     *
     * @param <T> the type of the option's value
     * @param option one of {@link #supportedOptions()}
     * @param value the value
     * @throws IOException if the operating system refuses it
     * @throws UnsupportedOperationException if the hub does not have the option
     * @throws IllegalArgumentException if the value is out of the option's range
     */
    <T> void setOption(SocketOption<T> option, T value) throws IOException;

    /**
     * Returns the value of a socket option. Any thread.
     *
     * @param <T> the type of the option's value
     * @param option one of {@link #supportedOptions()}
     * @return the value, or null for an option that has none set ({@code SO_LINGER} switched off is -1)
     * @throws IOException if the operating system refuses it
     * @throws UnsupportedOperationException if the hub does not have the option
     */
    <T> @Nullable T getOption(SocketOption<T> option) throws IOException;

    /**
     * Returns the options that {@link #setOption} and {@link #getOption} know. Any thread.
     *
     * @return an unmodifiable set
     */
    Set<SocketOption<?>> supportedOptions();
}
