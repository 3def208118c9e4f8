/**
 * What the epoll and kqueue hubs share: descriptor-level channels over Netty's native sockets. Not for anybody else.
 */
@SuppressWarnings("module") // the two that it is exported to are compiled after it
module dev.verdant.hub.unix {
    requires transitive dev.verdant.hub;
    requires static transitive org.jspecify;
    requires io.netty.common;
    requires transitive io.netty.transport;
    requires transitive io.netty.transport.unix.common;
    requires jdk.net;

    exports dev.verdant.hub.unix to dev.verdant.hub.epoll, dev.verdant.hub.kqueue;
}
