package dev.verdant.green.net;

import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.kernel.Fiber;
import java.util.List;

/** One {@link Net#serve} of a listener: its acceptor and its handlers, all on the caller's loop. */
final class Serving {

    private final Handlers handlers;
    private final Acceptor acceptor;
    private final StopAccepting stop;

    /** Confined to the loop. */
    private boolean accepting;

    Serving(Fiber caller, GreenServerSocket listener, SocketHandler handler, int concurrency) {
        this.handlers = listener.handlers();
        this.stop = new StopAccepting(caller);
        this.acceptor = new HandlingAcceptor(listener, handler, handlers, List.of(caller.loop()), concurrency,
                this::stopServe);
    }

    private void stopServe() {
        if (accepting) {
            stop.sendAfter(0);
        }
    }

    void run() {
        try {
            accept();
            handlers.awaitStop();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    private void accept() throws InterruptedException {
        accepting = true;
        try {
            acceptor.run();
        } catch (StopAccepting.Signal e) {
            // A handler asked for it.
        } finally {
            accepting = false;
            stop.withdraw(false);
        }
    }
}
