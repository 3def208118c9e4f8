package dev.verdant.conformance;

import dev.verdant.green.Green;
import java.util.function.BooleanSupplier;

/** Waiting for others in a test, whatever the order in which they run. */
public final class Turns {

    private Turns() {}

    /** Lets others run until something holds; the test's deadline ends it. */
    public static void until(BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            Green.sleep();
        }
    }
}
