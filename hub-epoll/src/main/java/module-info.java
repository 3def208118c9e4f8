/**
 * A hub on Linux epoll, through Netty's native transport.
 */
module dev.verdant.hub.epoll {
    requires transitive dev.verdant.hub;
    requires static transitive org.jspecify;
    requires dev.verdant.hub.unix;
    requires io.netty.transport;
    requires io.netty.transport.unix.common;
    requires io.netty.transport.classes.epoll;
    requires jdk.net;

    exports dev.verdant.hub.epoll;

    provides dev.verdant.hub.HubProvider with dev.verdant.hub.epoll.EpollHubProvider;
}
