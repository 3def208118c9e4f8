/**
 * TLS on green sockets, by the JDK's engine or by BoringSSL.
 */
module dev.verdant.green.ssl {
    requires transitive dev.verdant.green;
    requires static transitive org.jspecify;
    requires org.jctools.core;
    // Only for BoringSSL, and only if they are there.
    requires static io.netty.buffer;
    requires static io.netty.common;
    requires static io.netty.handler;

    exports dev.verdant.green.ssl;
}
