package dev.verdant.green.net;

import dev.verdant.green.LoopClosedException;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/**
 * Takes connections from a listener and has each handled in a green thread of its own, of its own loop or of several in turn. Confined to its loop,
 * unless a method says otherwise.
 */
final class HandlingAcceptor extends Acceptor {

    private final SocketHandler handler;
    private final int concurrency;
    private final Runnable stopServe;
    private final List<Place> places = new ArrayList<>();
    private int lastPlace = -1;

    /** A loop that takes connections, and how many it has. The count is changed by both loops. */
    private record Place(Loop loop, AtomicInteger running) {}

    /**
     * Creates one.
     *
     * @param listener where connections come from
     * @param handler what is done with each
     * @param handlers where they are counted
     * @param loops where they are handled: one, or several in turn
     * @param concurrency how many at a time on each loop
     * @param stopServe what is done when a handler throws {@link StopServe}, in its green thread
     */
    HandlingAcceptor(GreenServerSocket listener, SocketHandler handler, Handlers handlers, List<Loop> loops,
            int concurrency,
            Runnable stopServe) {
        super(listener, handlers);
        this.handler = handler;
        this.concurrency = concurrency;
        this.stopServe = stopServe;
        loops.forEach(loop -> places.add(new Place(loop, new AtomicInteger())));
    }

    @Override
    boolean mayAccept() {
        if (places.size() > 1) {
            places.removeIf(place -> !place.loop.isOpen());
        }
        return !places.isEmpty();
    }

    @Override
    String room() {
        return "a handler to end (" + concurrency + " run)";
    }

    @Override
    boolean hasRoom() {
        for (Place place : places) {
            if (place.running.get() < concurrency) {
                return true;
            }
        }
        return false;
    }

    /** The loop after the last one that is open and has room, which {@link #awaitRoom} has seen to; the own one if none is. */
    private Place nextPlace() {
        for (int i = 1; i <= places.size(); i++) {
            int number = (lastPlace + i) % places.size();
            Place place = places.get(number);
            if (place.running.get() < concurrency && place.loop.isOpen()) {
                lastPlace = number;
                return place;
            }
        }
        return places.getFirst();
    }

    @Override
    void ended() {
        handler.listenerClosed();
    }

    @Override
    void hand(GreenSocket connection) {
        Place place = nextPlace();
        var handling = new Handling(connection);
        boolean moves = !place.loop.isHere();
        Fiber fiber = place.loop.host().prepare(place.loop, () -> {
            handle(connection, moves);
            return null;
        }, true, _ -> ended(handling, place));
        handling.fiber = fiber;
        place.running.incrementAndGet();
        handlers().begin(handling);
        boolean started = false;
        try {
            if (moves) {
                connection.leaveFor(place.loop);
            }
            place.loop.start(fiber, null);
            started = true;
        } catch (LoopClosedException e) {
            if (!moves) {
                throw e;
            }
            warn("The loop '" + place.loop.name() + "' has closed before it could take " + connection
                    + ", which was closed, too.");
        } catch (IOException e) {
            warn("The loop '" + place.loop.name() + "' could not take " + connection + ", which was closed: " + e);
        } finally {
            if (!started) {
                ended(handling, place);
            }
        }
    }

    /** Peers that go away in the middle are everyday life for a server, and nobody can do anything about them. */
    private static boolean isPeersDoing(SocketException e) {
        return "Connection reset".equals(e.getMessage()) || "Broken pipe".equals(e.getMessage());
    }

    /** In the handler's green thread. */
    private void handle(GreenSocket connection, boolean moved) throws Exception {
        try (connection) {
            if (moved) {
                connection.arrive();
            }
            handler.handle(connection);
        } catch (StopServe e) {
            stopServe.run();
        } catch (SSLException e) {
            // Whoever scans a port must not fill the log with stacks.
            LOG.log(Level.INFO, "TLS with the peer of {0} failed: {1}", connection, e.getMessage());
        } catch (SocketException e) {
            if (!isPeersDoing(e)) {
                throw e;
            }
            LOG.log(Level.DEBUG, "The peer of {0} broke the connection: {1}", connection, e.getMessage());
        }
    }

    /** A handler has ended, or never began because its loop closes. On whatever thread. */
    private void ended(Handling handling, Place place) {
        try {
            handling.connection.close();
        } catch (IOException e) {
            // What the operating system says at a close helps nobody.
        }
        place.running.decrementAndGet();
        lookAgain();
        handlers().end(handling);
    }
}
