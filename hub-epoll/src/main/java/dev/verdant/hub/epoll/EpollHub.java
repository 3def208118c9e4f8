package dev.verdant.hub.epoll;

import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.unix.UnixChannel;
import dev.verdant.hub.unix.UnixHandle;
import dev.verdant.hub.unix.UnixHub;
import dev.verdant.hub.unix.UnixOption;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import java.util.List;
import jdk.net.ExtendedSocketOptions;

/**
 * A hub on epoll(7).
 */
final class EpollHub extends UnixHub {

    /** The numbers are those of linux/tcp.h. */
    private static final List<UnixOption<?>> LINUX_OPTIONS = List.of(
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPIDLE, UnixOption.TCP, 4),
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPINTERVAL, UnixOption.TCP, 5),
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPCOUNT, UnixOption.TCP, 6),
            UnixOption.flag(ExtendedSocketOptions.TCP_QUICKACK, UnixOption.TCP, 12));

    private static final EpollIoOps EVERY_EDGE = EpollIoOps.valueOf(EpollEvents.EVERY_EDGE);

    EpollHub() {
        super("epoll", EpollIoHandler.newFactory(), LINUX_OPTIONS);
    }

    @Override
    protected UnixHandle handleOf(UnixChannel channel, ReadinessHandler handler) {
        return new EpollHandle(channel, handler);
    }

    /** One epoll_ctl(2), the only one before the channel is closed. */
    @Override
    protected void watch(IoRegistration registration) {
        registration.submit(EVERY_EDGE);
    }
}
