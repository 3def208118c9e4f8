package dev.verdant.green.net;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Waiter;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who works for a server now: those who accept, and those who handle a connection. Lets a {@link Net#stop} wait until they have finished. Any
 * thread.
 */
final class Handlers {

    /*
     * Whoever ends takes itself out and then looks at `stop`; whoever stops sets `stop` and then looks who is left. Both are volatile, so one of the two
     * sees the other. While nobody stops, an end costs one read.
     */
    private final Object server;
    private final Set<Acceptor> acceptors = ConcurrentHashMap.newKeySet();
    private final Set<Handling> running = ConcurrentHashMap.newKeySet();

    /** How many of {@link #running} are in {@link #stop} themselves: nobody waits for those. */
    private final AtomicInteger stopping = new AtomicInteger();

    /** How many wait in {@link #stop} now. */
    private final AtomicInteger stops = new AtomicInteger();

    private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Stop stop;

    /** The server is among the {@link ShutdownStops}, or is about to be. */
    private volatile boolean stopsOnShutdown;

    /** Since when the server is stopped, for how long it is waited, and by whose clock. */
    private record Stop(Loop clock, boolean forEver, long deadline) {

        static Stop in(Loop clock, long nanos) {
            return new Stop(clock, nanos < 0, nanos < 0 ? 0 : clock.deadlineAfter(nanos));
        }

        /** As {@link Waiter#await} wants it: less than 0 is for ever. */
        long left() {
            return forEver ? -1 : Math.max(0, deadline - clock.hub().nanoTime());
        }

        boolean isLaterThan(@Nullable Stop other) {
            return other == null || !other.forEver && (forEver || deadline - other.deadline > 0);
        }
    }

    /** Creates it for a server, whose {@code toString} names it. */
    Handlers(Object server) {
        this.server = server;
    }

    // ---- the shutdown of the JVM

    void stopOnShutdown(List<Loop> loops, Closeable listener, Duration grace, BooleanSupplier closed) {
        stopsOnShutdown = true;
        ShutdownStops.add(this, loops, listener, grace);
        if (closed.getAsBoolean()) {
            closed();
        }
    }

    /** The server has been closed. */
    void closed() {
        if (stopsOnShutdown) {
            ShutdownStops.remove(this);
        }
    }

    // ---- beginning and ending

    void begin(Acceptor acceptor) {
        acceptors.add(acceptor);
    }

    void end(Acceptor acceptor) {
        acceptors.remove(acceptor);
        wakeIfIdle();
    }

    void begin(Handling handling) {
        running.add(handling);
    }

    void end(Handling handling) {
        running.remove(handling);
        wakeIfIdle();
    }

    private boolean isIdle() {
        return acceptors.isEmpty() && running.size() <= stopping.get();
    }

    private void wakeIfIdle() {
        if (stop != null && isIdle()) {
            waiting.forEach(Waiter::wake);
        }
    }

    // ---- stopping

    /** Closes the server, waits for the handlers, and returns those that have not finished in time. */
    List<Unfinished> stop(Loop clock, Closeable listener, @Nullable Duration grace)
            throws IOException, InterruptedException {
        stops.incrementAndGet();
        try {
            return stop(clock, listener, Waiter.nanos(grace));
        } finally {
            if (stops.decrementAndGet() == 0) {
                waiting.forEach(Waiter::wake);
            }
        }
    }

    private List<Unfinished> stop(Loop clock, Closeable listener, long nanos)
            throws IOException, InterruptedException {
        begin(clock, nanos);
        if (acceptors.isEmpty()) {
            listener.close();
        }
        Handling own = own();
        if (own != null && !own.stops) {
            own.stops = true;
            stopping.incrementAndGet();
        } else {
            own = null;
        }
        try {
            wakeIfIdle();
            boolean _ = await(this::isIdle, Stop.in(clock, nanos));
            return running.stream().filter(handling -> !handling.stops).map(Handling::unfinished).toList();
        } finally {
            listener.close(); // If its acceptors have not, because their loops are held.
            acceptors.forEach(Acceptor::lookAgain);
            if (own != null) {
                own.stops = false;
                stopping.decrementAndGet();
            }
        }
    }

    /** Has the acceptors take who waits in the backlog, which the system would reset, and close their listeners, so that nothing new begins. */
    private void begin(Loop clock, long nanos) {
        var begun = Stop.in(clock, nanos);
        synchronized (this) {
            if (begun.isLaterThan(stop)) {
                stop = begun;
            }
        }
        for (Acceptor acceptor : acceptors) {
            acceptor.finish();
        }
    }

    private @Nullable Handling own() {
        Fiber caller = Loop.currentFiber();
        return caller == null
                ? null
                : running.stream().filter(handling -> handling.fiber == caller).findAny().orElse(null);
    }

    /**
     * For who serves: returns at once unless the server is being stopped, and then when the handlers have finished, or have had their time and been told
     * to whoever stops; for when this returns, their loop may end.
     */
    void awaitStop() throws InterruptedException {
        for (Stop known = stop; known != null && !running.isEmpty(); known = stop) {
            long left = known.left();
            if (left == 0 && stops.get() == 0) {
                return;
            }
            var waiter = new Waiter();
            waiting.add(waiter);
            try {
                if (!running.isEmpty() && (left != 0 || stops.get() > 0)) {
                    boolean _ = waiter.await("the handlers of " + server + " to finish", left == 0 ? -1 : left);
                }
            } finally {
                waiting.remove(waiter);
            }
        }
    }

    private boolean await(BooleanSupplier done, Stop until) throws InterruptedException {
        while (!done.getAsBoolean()) {
            var waiter = new Waiter();
            waiting.add(waiter);
            try {
                if (!done.getAsBoolean() && !waiter.await("the handlers of " + server + " to finish", until.left())) {
                    return done.getAsBoolean();
                }
            } finally {
                waiting.remove(waiter);
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return "the handlers of " + server;
    }
}
