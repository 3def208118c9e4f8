/**
 * A hub on kqueue, the poller of macOS and the BSDs, through Netty's native transport.
 */
module dev.verdant.hub.kqueue {
    requires transitive dev.verdant.hub;
    requires static transitive org.jspecify;
    requires dev.verdant.hub.unix;
    requires io.netty.transport;
    requires io.netty.transport.unix.common;
    requires io.netty.transport.classes.kqueue;
    requires jdk.net;

    exports dev.verdant.hub.kqueue;

    provides dev.verdant.hub.HubProvider with dev.verdant.hub.kqueue.KQueueHubProvider;
}
