package dev.verdant.benchmarks.servers;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import java.net.InetSocketAddress;
import java.time.Duration;

/** {@link HttpHello} on Helidon's web server: a virtual thread of the JDK's scheduler for each connection. */
final class HttpHelloHelidon {

    private HttpHelloHelidon() {}

    static void serve(InetSocketAddress address) throws InterruptedException {
        WebServer.builder().address(address.getAddress()).port(address.getPort()).backlog(HttpHello.BACKLOG)
                .maxTcpConnections(HttpHello.CONNECTIONS).idleConnectionTimeout(Duration.ofHours(1))
                .connectionOptions(options -> options.tcpNoDelay(true).readTimeout(Duration.ofHours(1)))
                .routing(routing -> routing.get("/", (_, response) -> response
                        .header(HeaderNames.CONTENT_TYPE, HttpHello.TYPE).send(HttpHello.BODY)))
                .build().start();
        Thread.currentThread().join();
    }
}
