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

    /** Which receive queue of the network card; the number is that of asm-generic/socket.h. */
    private static final UnixOption<Integer> INCOMING_NAPI_ID = UnixOption
            .readOnly(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, UnixOption.SOCKET, 56);

    /** The numbers are those of linux/tcp.h. */
    private static final List<UnixOption<?>> TCP_OPTIONS = List.of(INCOMING_NAPI_ID,
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPIDLE, UnixOption.TCP, 4),
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPINTERVAL, UnixOption.TCP, 5),
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPCOUNT, UnixOption.TCP, 6),
            UnixOption.flag(ExtendedSocketOptions.TCP_QUICKACK, UnixOption.TCP, 12));

    /** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER of linux/in.h and linux/in6.h, with PMTUDISC_DO for on. */
    private static final List<UnixOption<?>> UDP_OPTIONS = List.of(INCOMING_NAPI_ID,
            UnixOption.bothFlags(ExtendedSocketOptions.IP_DONTFRAGMENT, 10, 23, 2));

    private static final EpollIoOps EVERY_EDGE = EpollIoOps.valueOf(EpollEvents.EVERY_EDGE);

    /** Then an event that brings data says nothing else, and that one Netty has made in advance. */
    private static final EpollIoOps EDGES_OF_READING = EpollIoOps
            .valueOf(EpollEvents.EVERY_EDGE & ~EpollEvents.EPOLLOUT);

    EpollHub() {
        super("epoll", EpollIoHandler.newFactory(), TCP_OPTIONS, UDP_OPTIONS);
    }

    @Override
    protected UnixHandle handleOf(UnixChannel channel, ReadinessHandler handler) {
        return new EpollHandle(channel, handler);
    }

    /** One epoll_ctl(2), mostly the only one before the channel is closed. */
    @Override
    protected void watch(IoRegistration registration, boolean writes) {
        registration.submit(writes ? EVERY_EDGE : EDGES_OF_READING);
    }

    /** One epoll_ctl(2), once: the kernel looks at the descriptor anew. */
    @Override
    protected void watchWrites(IoRegistration registration) {
        registration.submit(EVERY_EDGE);
    }
}
