package dev.verdant.green.kernel;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the loop behind what users hold, which does not show it: for the other packages of this module. */
public final class Handles {

    private static volatile @Nullable Function<Object, Loop> finder;

    private Handles() {}

    /**
     * Says how the loop is found. Called once, by the class that users hold.
     *
     * @param loopOf from what users hold to the loop
     */
    public static void install(Function<Object, Loop> loopOf) {
        finder = loopOf;
    }

    /**
     * Finds the loop. Any thread.
     *
     * @param handle what users hold
     * @return the loop behind it
     */
    public static Loop loopOf(Object handle) {
        return Objects.requireNonNull(finder, "no loop was ever started").apply(handle);
    }
}
