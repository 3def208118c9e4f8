package dev.verdant.green.http;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.net.GreenSocket;
import java.io.IOException;

/** What connections are beneath HTTP: plain, or TLS. */
interface Transport {

    /** Plain sockets. */
    Transport PLAIN = new Transport() {
        @Override
        public Connection open(Service service, GreenSocket socket) {
            return new Connection(service, socket, socket);
        }

        @Override
        public HttpExchange exchange(Exchange exchange) {
            return new PlainExchange(exchange);
        }
    };

    /** Makes a connection of a socket that was accepted. In its green thread. */
    Connection open(Service service, GreenSocket socket) throws IOException;

    /** Makes what a handler gets. */
    HttpExchange exchange(Exchange exchange);
}
