package dev.verdant.conformance.http;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import java.time.Duration;
import java.util.Objects;

/**
 * How a client gives a server time.
 *
 * @param patience after how long what has not come never will
 * @param tick how long the server needs to take a piece; zero if it is on the client's loop, where a few turns are enough
 * @param waitsForDeadlines whether to wait until a deadline of the server's has passed
 */
record Pace(Duration patience, Duration tick, boolean waitsForDeadlines) {

    /** The shortest sleep: the loop polls before it is over, and whom that wakes runs first. Merely to yield would not let the loop poll. */
    private static final Duration A_TURN = Duration.ofNanos(1);

    /** One for the poll to see a piece and the server to take it, and one to spare. */
    private static final int TURNS = 2;

    /** For a server on this loop. In virtual time deadlines cost nothing. */
    static Pace onLoop() {
        boolean virtual = Objects.requireNonNull(EventLoop.current()).isTimeVirtual();
        return new Pace(virtual ? Duration.ofMinutes(10) : Duration.ofSeconds(15), Duration.ZERO, virtual);
    }

    /** For a server elsewhere. */
    static Pace elsewhere(Duration patience) {
        return new Pace(patience, Duration.ofMillis(1), false);
    }

    /** Lets the server take what was sent. */
    void pause() {
        if (tick.isPositive()) {
            Green.sleep(tick);
        } else {
            turns();
        }
    }

    /** Lets who is on this loop take what was sent. */
    static void turns() {
        for (int turn = 0; turn < TURNS; turn++) {
            Green.sleep(A_TURN);
        }
    }
}
