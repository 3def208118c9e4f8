package dev.verdant.green.net;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a call on a socket waits: claim a direction, try, wait, try again. Every call of ours that can wait goes through here.
 */
final class SocketWaits {

    private SocketWaits() {}

    /** What a thread does with a direction that it has claimed, as the one who comes second is told. */
    enum Use {

        /** Reads a stream. */
        READ(Readiness.READ, "reads", "one reader and one writer"),

        /** Writes a stream. */
        WRITE(Readiness.WRITE, "writes", "one reader and one writer"),

        /** Waits for a connect to end. */
        CONNECT(Readiness.WRITE, "connects", "one connect"),

        /** Accepts connections. */
        ACCEPT(Readiness.READ, "accepts on", "one acceptor"),

        /** Receives messages. */
        RECEIVE(Readiness.READ, "receives on", "one receiver and one sender"),

        /** Sends messages. */
        SEND(Readiness.WRITE, "sends on", "one receiver and one sender");

        private final int op;
        private final String does;
        private final String expected;

        Use(int op, String does, String expected) {
            this.op = op;
            this.does = does;
            this.expected = expected;
        }

        /** What waits for a direction of a channel stands for. */
        static Use of(GreenChannel channel, int op) {
            return switch (channel) {
                case GreenServerSocket _ -> ACCEPT;
                case GreenDatagramSocket _ -> op == Readiness.READ ? RECEIVE : SEND;
                default -> op == Readiness.READ ? READ : WRITE;
            };
        }
    }

    /** Takes a direction for a call, or fails with the one who has it. */
    static void claim(Pollable waits, Use use, Object socket) throws ConcurrentUseException {
        waits.loop().checkEnded();
        Thread other = waits.claim(use.op);
        if (other != null) {
            throw new ConcurrentUseException("The thread '" + nameOf(other) + "' " + use.does + " " + socket
                    + " already (expected: " + use.expected + " at a time)");
        }
    }

    private static String nameOf(Thread thread) {
        return thread.getName().isEmpty() ? "green-" + thread.threadId() : thread.getName();
    }

    /**
     * A call that never has to wait would never let others run. One that has succeeded often enough in a row waits a turn, before it has taken
     * anything.
     */
    static void takeTurn(Pollable waits, Runnable close) throws IOException {
        if (!waits.loop().isHere() || !waits.loop().isOverBudget()) {
            return;
        }
        Fiber fiber = Loop.currentFiber();
        if (fiber != null) {
            try {
                fiber.giveWay();
            } catch (InterruptedException e) {
                throw closedByInterrupt(close);
            }
        }
    }

    /** The clock of one call: starts when it first waits. Zero means for ever. */
    static final class Deadline {

        private final long nanos;
        private final String message;
        private final @Nullable Fiber fiber = Loop.currentFiber();
        private long deadline = -1;
        private boolean expired;

        Deadline(int millis, String message) {
            this(TimeUnit.MILLISECONDS.toNanos(millis), message);
        }

        Deadline(long nanos, String message) {
            this.nanos = nanos;
            this.message = message;
        }

        /** Returns what is left in nanoseconds, and starts the clock; less than 0 is for ever. */
        long left() {
            if (nanos == 0) {
                return -1;
            }
            if (deadline == -1) {
                deadline = Pollable.deadline(fiber, nanos);
            }
            return fiber == null ? nanos : Math.max(0, deadline - fiber.loop().hub().nanoTime());
        }

        /**
         * Waits once. The caller has tried and found nothing.
         *
         * @throws SocketTimeoutException if the time had passed before the try
         */
        void await(Pollable waits, int op, Runnable close) throws IOException {
            if (!awaits(waits, op, close)) {
                throw new SocketTimeoutException(message);
            }
        }

        /** The same, but returns false if the time had passed before the try. */
        boolean awaits(Pollable waits, int op, Runnable close) throws IOException {
            if (waits.isClosed()) {
                throw new SocketException("Socket closed");
            }
            if (expired) {
                return false;
            }
            if (deadline == -1) {
                deadline = Pollable.deadline(fiber, nanos);
            }
            try {
                expired = !waits.await(fiber, op, deadline);
            } catch (InterruptedException e) {
                throw closedByInterrupt(close);
            }
            return true;
        }
    }

    /** What the JDK does to a virtual thread that is interrupted in a socket call. */
    static SocketException closedByInterrupt(Runnable close) {
        close.run();
        Thread.currentThread().interrupt();
        return new SocketException("Closed by interrupt");
    }
}
