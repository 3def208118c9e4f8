package dev.verdant.green.net;

import dev.verdant.green.Green;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.hub.ResourceExhaustedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections from a listener and has each handled in a green thread of its own, of its own loop or of several in turn. Confined to its loop,
 * unless a method says otherwise.
 */
final class Acceptor {

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.net");

    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** A server that stops takes what its backlog may hold, not whoever comes for as long as they come. */
    private static final int MOST_ACCEPTED_LAST = 4096;

    private final GreenServerSocket listener;
    private final SocketHandler handler;
    private final Handlers handlers;
    private final int concurrency;
    private final Runnable stopServe;
    private final List<Place> places = new ArrayList<>();
    private int lastPlace = -1;
    private Duration pause = FIRST_PAUSE;

    /** Connections since the server began to stop. */
    private int acceptedLast;

    /** The acceptor, when it waits for something other than a connection. */
    private volatile @Nullable Waiter waiting;

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
    Acceptor(GreenServerSocket listener, SocketHandler handler, Handlers handlers, List<Loop> loops, int concurrency,
            Runnable stopServe) {
        this.listener = listener;
        this.handler = handler;
        this.handlers = handlers;
        this.concurrency = concurrency;
        this.stopServe = stopServe;
        loops.forEach(loop -> places.add(new Place(loop, new AtomicInteger())));
    }

    /** Accepts until the listener is closed. On a green thread. */
    void run() throws InterruptedException {
        handlers.begin(this);
        try {
            while (awaitRoom()) {
                GreenSocket connection = accept();
                if (connection == null) {
                    return;
                }
                hand(connection);
                if (listener.closesWhenEmpty() && ++acceptedLast == MOST_ACCEPTED_LAST) {
                    closeWhole();
                }
            }
        } finally {
            try {
                handler.listenerClosed();
            } finally {
                handlers.end(this);
            }
        }
    }

    // ---- room

    /** Returns false when the listener has been closed or no loop is left. */
    private boolean awaitRoom() throws InterruptedException {
        while (!listener.isClosed()) {
            if (places.size() > 1) {
                places.removeIf(place -> !place.loop.isOpen());
            }
            if (places.isEmpty()) {
                return false;
            }
            if (hasRoom()) {
                return true;
            }
            if (listener.closesWhenEmpty()) {
                closeWhole(); // Who has found no place by now may try elsewhere.
                return false;
            }
            var waiter = new Waiter();
            waiting = waiter;
            try {
                if (!listener.isClosed() && !hasRoom()) {
                    boolean _ = waiter.await("a handler to end (" + concurrency + " run)", -1);
                }
            } finally {
                waiting = null;
            }
        }
        return false;
    }

    private boolean hasRoom() {
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

    /** Has it accept what is there and then end, unless it waits for room: then it ends. Any thread. */
    void finish() {
        listener.closeWhenEmpty();
        lookAgain();
    }

    /** Wakes the acceptor unless it accepts: something has changed. Any thread. */
    void lookAgain() {
        Waiter waiter = waiting;
        if (waiter != null) {
            waiter.wake();
        }
    }

    // ---- accepting

    /** Returns null when the listener has been closed. */
    private @Nullable GreenSocket accept() throws InterruptedException {
        while (true) {
            try {
                GreenSocket connection = listener.accept();
                pause = FIRST_PAUSE;
                return connection;
            } catch (SocketTimeoutException e) {
                // Nobody came within the listener's SO_TIMEOUT, and serving has no deadline.
            } catch (ConcurrentUseException e) {
                throw new IllegalStateException(e.getMessage(), e);
            } catch (ResourceExhaustedException e) {
                if (listener.closesWhenEmpty()) {
                    closeWhole();
                    return null;
                }
                warn("Cannot accept on " + listener + " for now: " + e.getMessage() + ". Trying again in "
                        + pause.toMillis() + " ms.");
                backOff();
            } catch (IOException e) {
                if (listener.isClosed()) {
                    closeWhole();
                    return null;
                }
                warn("An accept on " + listener + " failed: " + e + ". Trying again in " + pause.toMillis() + " ms.");
                backOff();
            }
        }
    }

    /** An interrupt has closed what is beneath the listener. */
    private void closeWhole() {
        try {
            listener.close();
        } catch (IOException e) {
            // Not by ours.
        }
    }

    /** Less than the pause if the server is stopped. */
    private void backOff() throws InterruptedException {
        var waiter = new Waiter();
        waiting = waiter;
        try {
            boolean _ = waiter.await("descriptors or memory to come free", listener.isClosed() ? 0 : pause.toNanos());
        } finally {
            waiting = null;
        }
        Duration next = pause.multipliedBy(2);
        pause = next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next;
    }

    /**
     * In a green thread of its own: a logger may throw when descriptors have run out (the JDK's opens a file for its first record), and that must
     * not end the serving.
     */
    private static void warn(String message) {
        Green.spawnN(() -> LOG.log(Level.WARNING, message));
    }

    // ---- handling

    private void hand(GreenSocket connection) {
        Place place = nextPlace();
        var handling = new Handling(connection);
        boolean moves = !place.loop.isHere();
        Fiber fiber = place.loop.host().prepare(place.loop, () -> {
            handle(connection, moves);
            return null;
        }, true, _ -> ended(handling, place));
        handling.fiber = fiber;
        place.running.incrementAndGet();
        handlers.begin(handling);
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
        handlers.end(handling);
    }
}
