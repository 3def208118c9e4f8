package dev.verdant.testkit;

import org.jspecify.annotations.Nullable;

/**
 * A run of a {@link Simulation} that cannot go on: everybody waits for ever, nobody lets time go on, something reached past Verdant, or it took too long. The
 * message says which, and shows the green threads.
 */
public final class SimulationError extends AssertionError {

    private static final long serialVersionUID = 1;

    SimulationError(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
