package dev.verdant.hub;

import java.util.Optional;

/**
 * Makes hubs of one kind. Found by {@link java.util.ServiceLoader}; needs a public constructor without parameters that does nothing.
 * Any thread may call.
 */
public interface HubProvider {

    /**
     * Returns the name that {@code -Dverdant.hub} and messages use.
     *
     * @return for example {@code epoll}
     */
    String name();

    /**
     * Returns the rank among the usable providers: the highest is taken. Verdant's own: nio 0, kqueue and epoll 100.
     *
     * @return any number
     */
    int priority();

    /**
     * Tells whether hubs of this kind can run here. Cheap when asked again.
     *
     * @return nothing if they can, else why not, for a person to read
     */
    Optional<String> unusable();

    /**
     * Opens a hub that belongs to the calling thread, or to the loop that calls {@link Hub#confine}.
     *
     * @return a new hub
     * @throws IllegalStateException if hubs of this kind are {@link #unusable()} here
     * @throws java.io.UncheckedIOException if the operating system gives no poller
     */
    Hub open();
}
