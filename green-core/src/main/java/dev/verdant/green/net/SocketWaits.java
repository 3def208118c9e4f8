package dev.verdant.green.net;

import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Tries;
import dev.verdant.hub.Readiness;

/**
 * Who may wait on a socket: every call of ours that can wait claims a direction here first.
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
        waits.checkLoop();
        Thread other = waits.claim(use.op);
        if (other != null) {
            throw new ConcurrentUseException("The thread '" + Tries.nameOf(other) + "' " + use.does + " " + socket
                    + " already (expected: " + use.expected + " at a time)");
        }
    }
}
