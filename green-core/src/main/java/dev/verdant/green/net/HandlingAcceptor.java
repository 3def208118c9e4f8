package dev.verdant.green.net;

import dev.verdant.green.LoopClosedException;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes connections from a listener and has each handled in a green thread of its own, of its own loop or of several in turn. Confined to its loop,
 * unless a method says otherwise.
 */
final class HandlingAcceptor extends Acceptor {

    final SocketHandler handler;
    private final int concurrency;
    final Runnable stopServe;
    private final List<Place> places = new ArrayList<>();
    private int lastPlace = -1;

    /** A loop that takes connections, and how many it has. The count is changed by both loops. */
    record Place(Loop loop, AtomicInteger running) {}

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
        boolean moves = !place.loop.isHere();
        var handling = new Handling(this, connection, place, moves);
        Fiber fiber = place.loop.host().prepare(place.loop, handling, true, handling);
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
                ended(handling);
            }
        }
    }

    /** A handler has ended, or never began because its loop closes. On whatever thread. */
    void ended(Handling handling) {
        try {
            handling.connection.close();
        } catch (IOException e) {
            // What the operating system says at a close helps nobody.
        }
        handling.place.running.decrementAndGet();
        lookAgain();
        handlers().end(handling);
    }
}
