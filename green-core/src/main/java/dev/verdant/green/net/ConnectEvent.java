package dev.verdant.green.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A step of a connect that tries several addresses; see {@link Net#connect(java.util.List, Duration, java.net.SocketAddress, Consumer)}.
 *
 * @param kind what happened
 * @param attempt which attempt, the first is 1
 * @param to where it goes
 * @param after how long after the connect had begun
 * @param failure why the attempt failed, if it did
 */
public record ConnectEvent(Kind kind, int attempt, InetSocketAddress to, Duration after,
        @Nullable IOException failure) {

    /** What can happen to an attempt: it is started, and then one of the others. */
    public enum Kind {

        /** The attempt begins. */
        STARTED,

        /** It came to nothing. */
        FAILED,

        /** It was the first to succeed: its connection is the one that is returned. */
        WON,

        /** Another one has won, or the time was up: it was given up and its socket closed. */
        CLOSED
    }
}
