package dev.verdant.green.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** Committed on the loop's own thread, so it holds no strings: those would go into a pool that has a lock. */
@Name("dev.verdant.LongTurn")
@Label("Long Turn")
@Category("Verdant")
@Description("A turn of a loop, from one look for readiness to the next, in which timers fired and green threads ran. Whoever was ready meanwhile had to wait.")
@StackTrace(false)
@Threshold("20 ms")
final class LongTurnEvent extends Event {

    @Label("Loop")
    @Description("The thread of the loop")
    @Nullable Thread loop;

    @Label("Events")
    @Description("How many channels were found ready before the turn")
    int events;

    @Label("Timers")
    @Description("How many timers fired")
    int timers;

    @Label("Continuations")
    @Description("How often a green thread began or went on")
    int continuations;

    @Label("Green Thread")
    @Description("Who held the loop longest without a wait; none if Verdant does not know that one, because it has called nothing of Verdant's meanwhile")
    @Nullable Thread greenThread;

    @Label("Longest Run")
    @Description("How long that one held it")
    @Timespan(Timespan.NANOSECONDS)
    long longestRun;
}
