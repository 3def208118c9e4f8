package dev.verdant.green.net;

import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One {@link Net#serve} of a group: an acceptor for each listener, on its loop, and the caller, who waits for them on whatever thread. */
final class GroupServing {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final GroupServer server;
    private final SocketHandler handler;
    private final int concurrency;

    private final AtomicInteger alive = new AtomicInteger();
    private final Waiter over = new Waiter();
    private final Waiter ended = new Waiter();
    private volatile @Nullable Throwable failure;
    private volatile boolean ending;

    GroupServing(GroupServer server, SocketHandler handler, int concurrency) {
        this.server = server;
        this.handler = handler;
        this.concurrency = concurrency;
    }

    void run() {
        var acceptors = new ArrayList<Fiber>();
        try {
            alive.incrementAndGet(); // Until all have been started.
            try {
                for (var listener : server.listeners()) {
                    start(listener, acceptors);
                }
            } finally {
                ended();
            }
            boolean _ = over.await("the end of " + server, -1);
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        } finally {
            end(acceptors);
        }
        Throwable thrown = failure;
        if (thrown != null) {
            throw new IllegalStateException("An acceptor of " + server + " failed; please report", thrown);
        }
        awaitStop();
    }

    private void awaitStop() {
        try {
            server.handlers().awaitStop();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    private void start(GreenServerSocket listener, List<Fiber> acceptors) {
        Loop loop = listener.loop();
        List<Loop> places = server.listeners().size() == 1 ? server.loops() : List.of(loop);
        var acceptor = new HandlingAcceptor(listener, handler, server.handlers(), places, concurrency, over::wake);
        Fiber fiber = loop.host().prepare(loop, () -> {
            accept(acceptor);
            return null;
        }, false, _ -> ended());
        alive.incrementAndGet();
        try {
            loop.start(fiber, "verdant-acceptor");
        } catch (LoopClosedException e) {
            ended(); // The others go on.
            return;
        }
        acceptors.add(fiber);
    }

    private void accept(Acceptor acceptor) {
        try {
            if (!ending) {
                acceptor.run();
            }
        } catch (StopAccepting.Signal | GreenExit | LoopClosedException | InterruptedException e) {
            // Told to end, or its loop closes.
        } catch (Throwable e) {
            failure = e;
            over.wake();
        }
    }

    /** An acceptor has ended, or never began. */
    private void ended() {
        if (alive.decrementAndGet() == 0) {
            over.wake();
            ended.wake();
        }
    }

    /** When this returns, nobody accepts any more. */
    private void end(List<Fiber> acceptors) {
        ending = true; // Who has not begun does not.
        for (Fiber acceptor : acceptors) {
            acceptor.post(new StopAccepting(acceptor)); // Its loop may be held by a handler, and the others are not to wait for that.
        }
        boolean _ = ended.awaitQuietly(server, PATIENCE_NANOS);
    }
}
