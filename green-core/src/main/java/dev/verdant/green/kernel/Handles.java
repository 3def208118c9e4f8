package dev.verdant.green.kernel;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds what is behind the things that users hold, which do not show it: for the other packages of this module. */
public final class Handles {

    private static volatile @Nullable Function<Object, Loop> finder;

    private static final Map<Class<?>, WaitsOf<Object>> WAITS = new ConcurrentHashMap<>();

    private Handles() {}

    /**
     * Finds what is waited on.
     *
     * @param <C> a type of channel that users hold
     */
    @FunctionalInterface
    public interface WaitsOf<C> {

        /**
         * Finds it.
         *
         * @param channel what users hold
         * @return what is waited on
         * @throws IOException if it is closed, or not connected or bound yet
         */
        Pollable of(C channel) throws IOException;
    }

    /**
     * Says how the loop is found. Called once, by the class that users hold.
     *
     * @param loopOf from what users hold to the loop
     */
    public static void install(Function<Object, Loop> loopOf) {
        finder = loopOf;
    }

    /**
     * Says how what is waited on is found. Called once by each class of channels.
     *
     * @param <C> the class
     * @param type the class; its subclasses are found the same way
     * @param waits from the channel to what is waited on
     */
    public static <C> void install(Class<C> type, WaitsOf<? super C> waits) {
        WAITS.put(type, channel -> waits.of(type.cast(channel)));
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

    /**
     * Finds what is waited on. Any thread.
     *
     * @param channel what users hold
     * @return what is behind it
     * @throws IOException if it is closed, or not connected or bound yet
     */
    public static Pollable waitsOf(Object channel) throws IOException {
        for (Class<?> type = channel.getClass(); type != null; type = type.getSuperclass()) {
            WaitsOf<Object> known = WAITS.get(type);
            if (known != null) {
                return known.of(channel);
            }
        }
        throw new IllegalArgumentException(
                "channel: " + channel + " (expected: a socket, a listener or a pipe of Verdant's)");
    }
}
