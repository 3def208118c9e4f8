package dev.verdant.green.net;

import dev.verdant.green.Green;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.kernel.Delivery;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.hub.ResourceExhaustedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One {@link Net#serve}: its acceptor and its handlers, all on one loop. */
final class Serving {

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.net");

    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final GreenServerSocket listener;
    private final SocketHandler handler;
    private final int concurrency;
    private final Stop stop;

    // Confined to the loop.
    private int running;
    private @Nullable Waiter forRoom;
    private Duration pause = FIRST_PAUSE;

    Serving(Fiber acceptor, GreenServerSocket listener, SocketHandler handler, int concurrency) {
        this.listener = listener;
        this.handler = handler;
        this.concurrency = concurrency;
        this.stop = new Stop(acceptor);
    }

    /** What a handler's {@link StopServe} does to the acceptor, wherever it waits. */
    private static final class Stop extends Delivery {

        /** Carries no stack: it is caught where it lands. */
        private static final class Signal extends Error {

            private static final long serialVersionUID = 1L;

            Signal() {
                super("stop serving", null, false, false);
            }
        }

        final Signal signal = new Signal();

        Stop(Fiber acceptor) {
            super(acceptor);
        }

        @Override
        protected Throwable throwable() {
            return signal;
        }
    }

    void run() {
        try {
            while (!stop.isFired()) {
                awaitRoom();
                GreenSocket connection = accept();
                if (connection == null) {
                    return;
                }
                running++;
                Green.spawnN(() -> handle(connection));
            }
        } catch (Stop.Signal e) {
            // A handler asked for it.
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        } finally {
            stop.withdraw(false);
        }
    }

    private void awaitRoom() throws InterruptedException {
        while (running >= concurrency) {
            var waiter = new Waiter();
            forRoom = waiter;
            try {
                boolean _ = waiter.await("a handler to end (" + concurrency + " run)", -1);
            } finally {
                forRoom = null;
            }
        }
    }

    /** Returns null when the listener has been closed. */
    private @Nullable GreenSocket accept() {
        while (true) {
            try {
                GreenSocket connection = listener.accept();
                pause = FIRST_PAUSE;
                return connection;
            } catch (ResourceExhaustedException e) {
                warn("Cannot accept on " + listener + " for now: " + e.getMessage() + ". Trying again in "
                        + pause.toMillis() + " ms.");
                backOff();
            } catch (IOException e) {
                if (listener.isClosed()) {
                    return null;
                }
                warn("An accept on " + listener + " failed: " + e + ". Trying again in " + pause.toMillis() + " ms.");
                backOff();
            }
        }
    }

    private void backOff() {
        Green.sleep(pause);
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

    /** Peers that go away in the middle are everyday life for a server, and nobody can do anything about them. */
    private static boolean isPeersDoing(SocketException e) {
        return "Connection reset".equals(e.getMessage()) || "Broken pipe".equals(e.getMessage());
    }

    /** In the handler's green thread. */
    private void handle(GreenSocket connection) throws Exception {
        try (connection) {
            handler.handle(connection);
        } catch (StopServe e) {
            stop.sendAfter(0);
        } catch (SocketException e) {
            if (!isPeersDoing(e)) {
                throw e;
            }
            LOG.log(Level.DEBUG, "The peer of {0} broke the connection: {1}", connection, e.getMessage());
        } finally {
            running--;
            Waiter waiter = forRoom;
            if (waiter != null) {
                waiter.wake();
            }
        }
    }
}
