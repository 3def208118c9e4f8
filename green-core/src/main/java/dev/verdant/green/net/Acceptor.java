package dev.verdant.green.net;

import dev.verdant.green.Green;
import dev.verdant.green.kernel.FlightEvents;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.hub.ResourceExhaustedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Takes connections from a listener, whatever happens, until it is closed. Confined to its loop, unless a method says otherwise. */
abstract class Acceptor {

    static final System.Logger LOG = System.getLogger("dev.verdant.green.net");

    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** A server that stops takes what its backlog may hold, not whoever comes for as long as they come. */
    private static final int MOST_ACCEPTED_LAST = 4096;

    private final GreenServerSocket listener;
    private final Handlers handlers;
    private Duration pause = FIRST_PAUSE;

    /** Connections since the server began to stop. */
    private int acceptedLast;

    /** The acceptor, when it waits for something other than a connection. */
    private volatile @Nullable Waiter waiting;

    Acceptor(GreenServerSocket listener, Handlers handlers) {
        this.listener = listener;
        this.handlers = handlers;
    }

    /** Where those are counted who work for the server. */
    final Handlers handlers() {
        return handlers;
    }

    /** Tells whether there is, or will be, somebody to take connections. */
    abstract boolean mayAccept();

    /** Tells whether there is room for one now. */
    abstract boolean hasRoom();

    /** Says what is waited for when there is none. */
    abstract String room();

    /** Passes a connection on, with which this one has nothing more to do. */
    abstract void hand(GreenSocket connection);

    /** The listener is closed, and what came from it has been passed on. */
    abstract void ended();

    /** Accepts until the listener is closed. On a green thread. */
    final void run() throws InterruptedException {
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
                ended();
            } finally {
                handlers.end(this);
            }
        }
    }

    // ---- room

    /** Returns false when the listener has been closed or nobody is left to take connections. */
    private boolean awaitRoom() throws InterruptedException {
        while (!listener.isClosed()) {
            if (!mayAccept()) {
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
                    boolean _ = waiter.await(room(), -1);
                }
            } finally {
                waiting = null;
            }
        }
        return false;
    }

    /** Has it accept what is there and then end, unless it waits for room: then it ends. Any thread. */
    final void finish() {
        listener.closeWhenEmpty();
        lookAgain();
    }

    /** Wakes the acceptor unless it accepts: something has changed. Any thread. */
    final void lookAgain() {
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
                backOff(e);
            } catch (IOException e) {
                if (listener.isClosed()) {
                    closeWhole();
                    return null;
                }
                warn("An accept on " + listener + " failed: " + e + ". Trying again in " + pause.toMillis() + " ms.");
                backOff(e);
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
    private void backOff(IOException why) throws InterruptedException {
        FlightEvents.acceptBackoff(listener, why.getMessage(), pause.toNanos());
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
    static void warn(String message) {
        Green.spawnN(() -> LOG.log(Level.WARNING, message));
    }
}
