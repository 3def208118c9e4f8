package dev.verdant.hub.unix;

import dev.verdant.hub.ReadinessHandler;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a poller's table for a registered channel: takes the poller's events, until the hub passes them on.
 *
 * <p>Confined to the hub's thread. A subclass names the descriptor in the way its poller asks for it, and reads its
 * events.
 */
public abstract class UnixHandle implements IoHandle {

    private final UnixChannel channel;
    private final ReadinessHandler handler;

    /** The number of the last poll before the channel was registered. */
    private final long registeredAfter;

    private final UnixHub hub;

    /**
     * What the current poll has found, not passed on yet. Two events of one channel (kqueue: one a direction) become
     * one.
     */
    private int found;

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
        this.hub = channel.hub;
        this.registeredAfter = hub.pollNumber();
    }

    /**
     * Returns the descriptor to watch.
     *
     * @return the channel's descriptor
     */
    protected final FileDescriptor descriptor() {
        return channel.descriptor;
    }

    /**
     * Tells what an event means. Must not throw.
     *
     * @param event an event of the poller's own type
     * @return bits of {@link dev.verdant.hub.Readiness}; 0 if it means nothing
     */
    protected abstract int readiness(IoEvent event);

    /**
     * Takes an event. So small that the compiler inlines it where Netty makes the event, and the event is never made.
     */
    @Override
    public final void handle(IoRegistration registration, IoEvent event) {
        int ops = readiness(event);
        if (found == 0 && ops != 0) {
            hub.found(this);
        }
        found |= ops;
    }

    /**
     * Passes on what was found.
     *
     * @return true if the handler was called; false if the channel has been closed meanwhile, or is not connecting or
     * listening yet
     */
    final boolean deliver() {
        int ops = found;
        found = 0;
        if (registration == null || !channel.isLive()) {
            return false;
        }
        handler.ready(channel.meaning(ops));
        return true;
    }

    /** Ends the channel with its hub. */
    @Override
    public final void close() {
        channel.closeWithHub();
    }

    final void registered(IoRegistration registration) {
        this.registration = registration;
    }

    /**
     * Takes the descriptor out of the poller. It must still be open, so that its number cannot have become another's.
     */
    final void cancel() {
        if (registration == null) {
            return;
        }
        if (registeredAfter == hub.pollNumber()) {
            hub.unwatch(registration);
        }
        registration.cancel();
    }

    /** Has the poller report also when there is room for more. Any thread that uses the descriptor. */
    final void watchWrites() {
        IoRegistration registered = registration;
        if (registered != null) {
            hub.watchWrites(registered);
        }
    }

    /** Has the poller look at the descriptor again, and report what it finds as if it were new. */
    final void watchAnew() throws SocketException {
        try {
            hub.watch(Objects.requireNonNull(registration), true);
        } catch (UncheckedIOException e) {
            throw Failures.open(e);
        }
    }

    /** Takes the descriptor, which stays open, out of the poller, and passes nothing on any more. */
    final void leave() {
        IoRegistration left = registration;
        if (left != null) {
            hub.unwatch(left);
            left.cancel();
            registration = null;
        }
    }
}
