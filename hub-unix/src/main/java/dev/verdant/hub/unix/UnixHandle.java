package dev.verdant.hub.unix;

import dev.verdant.hub.ReadinessHandler;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a poller's table for a registered channel: takes the poller's events and passes them to the channel's handler.
 *
 * <p>Confined to the hub's thread. A subclass names the descriptor in the way its poller asks for it, and reads its events.
 */
public abstract class UnixHandle implements IoHandle {

    private final UnixChannel channel;
    private final ReadinessHandler handler;

    /*
     * The poll during which the channel was registered. Events of that very poll are not for it: they were fetched before, for a channel
     * that has been closed since and whose descriptor number this one has inherited. Its own first event comes with the next poll.
     */
    private final long registeredIn;

    /** The last poll in which the handler was called: kqueue reports the two directions one by one, and the channel counts once. */
    private long calledIn = -1;

    private @Nullable IoRegistration registration;

    /**
     * Creates a handle.
     *
     * @param channel the channel it stands for
     * @param handler what is called with the channel's events
     */
    protected UnixHandle(UnixChannel channel, ReadinessHandler handler) {
        this.channel = channel;
        this.handler = handler;
        this.registeredIn = channel.hub.pollNumber();
    }

    /**
     * Returns the descriptor to watch.
     *
     * @return the channel's socket
     */
    protected final Socket descriptor() {
        return channel.socket;
    }

    /**
     * Tells what an event means.
     *
     * @param event an event of the poller's own type
     * @return bits of {@link dev.verdant.hub.Readiness}; 0 if it means nothing
     */
    protected abstract int readiness(IoEvent event);

    /** Passes an event on. Never throws: Netty would log it and put the hub's thread to sleep for a second. */
    @Override
    public final void handle(IoRegistration registration, IoEvent event) {
        UnixHub hub = channel.hub;
        if (hub.isClosed() || registeredIn == hub.pollNumber() || !channel.isLive()) {
            return;
        }
        try {
            deliver(hub, readiness(event));
        } catch (Throwable e) {
            hub.keep(e);
        }
    }

    private void deliver(UnixHub hub, int ops) {
        if (ops == 0) {
            return;
        }
        if (calledIn != hub.pollNumber()) {
            calledIn = hub.pollNumber();
            hub.countReady();
        }
        handler.ready(ops);
    }

    /** Ends the channel with its hub. */
    @Override
    public final void close() {
        channel.closeWithHub();
    }

    final void registered(IoRegistration registration) {
        this.registration = registration;
    }

    /** Takes the descriptor out of the poller. It must still be open, so that its number cannot have become another's. */
    final void cancel() {
        if (registration == null) {
            return;
        }
        UnixHub hub = channel.hub;
        if (registeredIn == hub.pollNumber()) {
            hub.unwatch(registration);
        }
        registration.cancel();
    }
}
