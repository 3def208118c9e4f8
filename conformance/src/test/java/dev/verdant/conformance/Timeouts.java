package dev.verdant.conformance;

import dev.verdant.green.Green;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for what a test cannot be told. */
final class Timeouts {

    private Timeouts() {}

    /** Looks every millisecond, for ten seconds. On a green thread. */
    static void until(BooleanSupplier condition) {
        for (int look = 0; !condition.getAsBoolean(); look++) {
            if (look == 10_000) {
                throw new AssertionError("not within ten seconds\n" + Green.dump());
            }
            Green.sleep(Duration.ofMillis(1));
        }
    }
}
