package dev.verdant.hub.epoll;

import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.unix.UnixChannel;
import dev.verdant.hub.unix.UnixHandle;
import io.netty.channel.IoEvent;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;

/**
 * What stands in epoll's table for a channel. Confined to the hub's thread.
 */
final class EpollHandle extends UnixHandle implements EpollIoHandle {

    EpollHandle(UnixChannel channel, ReadinessHandler handler) {
        super(channel, handler);
    }

    @Override
    public FileDescriptor fd() {
        return descriptor();
    }

    @Override
    protected int readiness(IoEvent event) {
        return EpollEvents.readiness(((EpollIoEvent) event).ops().value());
    }
}
