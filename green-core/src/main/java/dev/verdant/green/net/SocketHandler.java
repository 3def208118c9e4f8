package dev.verdant.green.net;

/** What is done with an accepted connection, in a green thread of its own. */
@FunctionalInterface
public interface SocketHandler {

    /**
     * Talks to the peer.
     *
     * @param socket the connection; it is closed when this returns or throws
     * @throws StopServe to end the serving
     * @throws javax.net.ssl.SSLException if TLS fails, which is logged in one line
     * @throws Exception anything else is reported and ends this connection only
     */
    void handle(GreenSocket socket) throws Exception;
}
