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

    /**
     * The server accepts nothing more: its listener has been closed, or the serving ends otherwise. Called once by each listener that accepted, on its loop and
     * before anybody waits for the handlers to finish. Who keeps connections open between requests ends here those that have none.
     */
    default void listenerClosed() {}
}
