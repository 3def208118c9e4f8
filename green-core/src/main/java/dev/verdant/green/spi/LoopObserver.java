package dev.verdant.green.spi;

import org.jspecify.annotations.Nullable;

/**
 * Is told what a loop does. For tools: every method has an empty default, is called on the thread where the thing happens, and must neither
 * block nor throw.
 */
public interface LoopObserver {

    /** Looks at nothing. */
    LoopObserver NONE = new LoopObserver() {
    };

    /**
     * A turn of the loop has ended. Called on the loop's own thread.
     *
     * @param events how many channels were ready
     * @param timers how many timers fired
     * @param ran how many continuations ran
     */
    default void turned(int events, int timers, int ran) {}

    /**
     * A green thread that Verdant started begins to run. Called on that thread.
     *
     * @param thread the thread
     * @param name its name
     */
    default void began(Thread thread, String name) {}

    /**
     * A green thread that Verdant started has ended. Called on that thread.
     *
     * @param thread the thread
     * @param failure what ended it, or null if its body returned
     */
    default void ended(Thread thread, @Nullable Throwable failure) {}

    /**
     * Something was handed to the loop from outside: a wake-up, a spawn, a call. Called on the thread that hands it over, before it is there.
     */
    default void handedIn() {}

    /**
     * A virtual thread of the loop begins a timed wait of the JDK's, on a hub whose time is virtual. The real clock times it, and virtual time stands until it is
     * over. Called on the loop's own thread.
     *
     * @param thread the thread, or null if Verdant does not know it
     * @param nanos how long at the most, in nanoseconds
     */
    default void waitsInJdk(@Nullable Thread thread, long nanos) {}
}
