package dev.verdant.hub.kqueue;

import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.unix.UnixChannel;
import dev.verdant.hub.unix.UnixHandle;
import dev.verdant.hub.unix.UnixHub;
import dev.verdant.hub.unix.UnixOption;
import io.netty.channel.IoRegistration;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueIoOps;
import java.util.List;
import jdk.net.ExtendedSocketOptions;

/**
 * A hub on kqueue(2).
 */
final class KQueueHub extends UnixHub {

    /**
     * The numbers are those of macOS' netinet/tcp.h, where TCP_KEEPIDLE is called TCP_KEEPALIVE. The BSDs have
     * others.
     */
    private static final List<UnixOption<?>> MAC_TCP_OPTIONS = List.of(
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPIDLE, UnixOption.TCP, 0x10),
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPINTERVAL, UnixOption.TCP, 0x101),
            UnixOption.integer(ExtendedSocketOptions.TCP_KEEPCOUNT, UnixOption.TCP, 0x102));

    /** IP_DONTFRAG and IPV6_DONTFRAG of macOS' netinet/in.h and netinet6/in6.h. */
    private static final List<UnixOption<?>> MAC_UDP_OPTIONS = List
            .of(UnixOption.bothFlags(ExtendedSocketOptions.IP_DONTFRAGMENT, 28, 62, 1));

    private static final KQueueIoOps READ_EDGES = ops(KQueueEvents.EVFILT_READ, KQueueEvents.EVERY_EDGE);
    private static final KQueueIoOps WRITE_EDGES = ops(KQueueEvents.EVFILT_WRITE, KQueueEvents.EVERY_EDGE);
    private static final KQueueIoOps NO_READ_EDGES = ops(KQueueEvents.EVFILT_READ, KQueueEvents.EV_DELETE);
    private static final KQueueIoOps NO_WRITE_EDGES = ops(KQueueEvents.EVFILT_WRITE, KQueueEvents.EV_DELETE);

    KQueueHub() {
        super("kqueue", KQueueIoHandler.newFactory(), onMac() ? MAC_TCP_OPTIONS : List.of(),
                onMac() ? MAC_UDP_OPTIONS : List.of());
    }

    @Override
    protected UnixHandle handleOf(UnixChannel channel, ReadinessHandler handler) {
        return new KQueueHandle(channel, handler);
    }

    /** No system call: the changes go to the kernel with the next kevent(2). Each filter has events of its own, so nothing is left out. */
    @Override
    protected void watch(IoRegistration registration, boolean writes) {
        registration.submit(READ_EDGES);
        registration.submit(WRITE_EDGES);
    }

    /** Without this a change that still waits for its kevent(2) would watch whatever gets the number next. */
    @Override
    protected void unwatch(IoRegistration registration) {
        registration.submit(NO_READ_EDGES);
        registration.submit(NO_WRITE_EDGES);
    }

    private static KQueueIoOps ops(short filter, short flags) {
        return KQueueIoOps.newOps(filter, flags, 0);
    }

    private static boolean onMac() {
        return System.getProperty("os.name", "").startsWith("Mac");
    }
}
