package dev.verdant.green.net;

import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.kernel.Delivery;
import dev.verdant.green.kernel.Fiber;
import java.util.List;

/** One {@link Net#serve} of a listener: its acceptor and its handlers, all on the caller's loop. */
final class Serving {

    private final Handlers handlers;
    private final Acceptor acceptor;
    private final Stop stop;

    /** Confined to the loop. */
    private boolean accepting;

    Serving(Fiber caller, GreenServerSocket listener, SocketHandler handler, int concurrency) {
        this.handlers = listener.handlers();
        this.stop = new Stop(caller);
        this.acceptor = new Acceptor(listener, handler, handlers, List.of(caller.loop()), concurrency, this::stopServe);
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
        } catch (Stop.Signal e) {
            // A handler asked for it.
        } finally {
            accepting = false;
            stop.withdraw(false);
        }
    }
}
