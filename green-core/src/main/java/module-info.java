/**
 * Green threads for the JVM: virtual threads whose scheduler is an event loop.
 */
module dev.verdant.green {
    requires transitive dev.verdant.hub;
    requires static transitive org.jspecify;
    requires org.jctools.core;
    requires jdk.jfr;
    requires static transitive java.instrument;

    exports dev.verdant.green;
    exports dev.verdant.green.io;
    exports dev.verdant.green.net;
    exports dev.verdant.green.patch;
    exports dev.verdant.green.pool;
    exports dev.verdant.green.queue;
    exports dev.verdant.green.spi;
    exports dev.verdant.green.stream;
    exports dev.verdant.green.sync;
}
