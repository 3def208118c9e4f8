/**
 * A strict HTTP/1.1 server, a green thread a connection, for the JDK's own handlers.
 */
module dev.verdant.green.http {
    requires transitive dev.verdant.green;
    requires transitive jdk.httpserver;
    requires static transitive org.jspecify;
    // Only for HTTPS, and only if it is there.
    requires static transitive dev.verdant.green.ssl;

    exports dev.verdant.green.http;
}
