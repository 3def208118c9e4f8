package dev.verdant.green.net;

import dev.verdant.green.kernel.Delivery;
import dev.verdant.green.kernel.Fiber;

/** Ends an acceptor, wherever it waits. */
final class StopAccepting extends Delivery {

    /** What is thrown. Carries no stack: it is caught where it lands. */
    static final class Signal extends Error {

        private static final long serialVersionUID = 1L;

        Signal() {
            super("stop serving", null, false, false);
        }
    }

    private final Signal signal = new Signal();

    StopAccepting(Fiber acceptor) {
        super(acceptor);
    }

    @Override
    protected Throwable throwable() {
        return signal;
    }
}
