package dev.verdant.conformance;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
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

    /** Lets others run until a green thread waits, in Verdant or in the JDK. */
    public static void untilWaits(GreenThread<?> thread) {
        until(() -> switch (thread.thread().getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            default -> false;
        });
    }

    /** Lets others run until a green thread has ended and has told so to whoever is linked to it. */
    public static void untilEnds(GreenThread<?> thread) {
        until(() -> !thread.thread().isAlive());
    }
}
