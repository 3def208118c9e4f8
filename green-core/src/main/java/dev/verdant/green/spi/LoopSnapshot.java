package dev.verdant.green.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a loop holds at a moment. Taken from any thread, without stopping the loop: the parts may be a few instructions apart, unless it is
 * taken on the loop itself.
 *
 * @param name the loop's name
 * @param hub the name of its hub
 * @param turns how many turns it has made
 * @param switches how many continuations it has run
 * @param ready how many continuations wait to run
 * @param timers how many timers are pending
 * @param channels how many channels are registered
 * @param threads the green threads it knows that have not ended
 */
public record LoopSnapshot(String name, String hub, long turns, long switches, int ready, int timers, int channels,
        List<GreenThreadSnapshot> threads) {

    /**
     * One green thread.
     *
     * @param name its name
     * @param thread the virtual thread, or null if it has not been started yet
     * @param waitingFor what it waits for in Verdant, or null if it waits for nothing there
     * @param waitingSince for how long, or null
     * @param state the thread's state, for a person to read
     */
    public record GreenThreadSnapshot(String name, @Nullable Thread thread, @Nullable String waitingFor,
            @Nullable Duration waitingSince,
            String state) {}
}
