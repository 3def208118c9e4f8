package dev.verdant.green.net;

import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Group;
import dev.verdant.green.net.HandlingAcceptor.Place;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.util.Objects;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection and the green thread that handles it. It is that thread's body and its group as well: there are as many as connections, and each frame below
 * a handler stays on the stack for as long as the connection lasts.
 */
final class Handling implements Callable<@Nullable Object>, Group {

    final GreenSocket connection;
    final Place place;
    private final HandlingAcceptor acceptor;

    /** It is handled on another loop than it was accepted on. */
    private final boolean moves;

    /** Set before anybody else sees this. */
    @Nullable Fiber fiber;

    /** The handler itself waits for the others to finish. */
    volatile boolean stops;

    Handling(HandlingAcceptor acceptor, GreenSocket connection, Place place, boolean moves) {
        this.acceptor = acceptor;
        this.connection = connection;
        this.place = place;
        this.moves = moves;
    }

    /** In the handler's green thread. */
    @Override
    public @Nullable Object call() throws Exception {
        try (connection) {
            if (moves) {
                connection.arrive();
            }
            acceptor.handler.handle(connection);
        } catch (StopServe e) {
            acceptor.stopServe.run();
        } catch (SSLException | SocketException e) {
            broke(e);
        }
        return null;
    }

    /** Peers that go away in the middle are everyday life for a server, and nobody can do anything about them. */
    private void broke(IOException e) throws IOException {
        if (e instanceof SSLException) {
            // Whoever scans a port must not fill the log with stacks.
            Acceptor.LOG.log(Level.INFO, "TLS with the peer of {0} failed: {1}", connection, e.getMessage());
        } else if ("Connection reset".equals(e.getMessage()) || "Broken pipe".equals(e.getMessage())) {
            Acceptor.LOG.log(Level.DEBUG, "The peer of {0} broke the connection: {1}", connection, e.getMessage());
        } else {
            throw e;
        }
    }

    /** The handler has ended, or never began because its loop closes. */
    @Override
    public void ended(Fiber member) {
        acceptor.ended(this);
    }

    Unfinished unfinished() {
        Fiber handler = Objects.requireNonNull(fiber);
        Object what = handler.waitsFor();
        return new Unfinished((GreenThread<?>) handler, connection, what == null ? null : what.toString());
    }
}
