package dev.verdant.hub.kqueue;

import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.unix.UnixChannel;
import dev.verdant.hub.unix.UnixHandle;
import io.netty.channel.IoEvent;
import io.netty.channel.kqueue.KQueueIoEvent;
import io.netty.channel.kqueue.KQueueIoHandle;

/**
 * What stands in kqueue's table for a channel. Confined to the hub's thread.
 */
final class KQueueHandle extends UnixHandle implements KQueueIoHandle {

    KQueueHandle(UnixChannel channel, ReadinessHandler handler) {
        super(channel, handler);
    }

    @Override
    public int ident() {
        return descriptor().intValue();
    }

    @Override
    protected int readiness(IoEvent event) {
        var kevent = (KQueueIoEvent) event;
        return KQueueEvents.readiness(kevent.filter(), kevent.flags());
    }
}
