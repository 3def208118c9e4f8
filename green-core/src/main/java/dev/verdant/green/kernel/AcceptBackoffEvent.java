package dev.verdant.green.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** Committed by the green thread that accepts, before it pauses. */
@Name("dev.verdant.AcceptBackoff")
@Label("Accept Back-Off")
@Category("Verdant")
@Description("A listener could not accept, mostly because descriptors or memory have run out, and pauses")
@StackTrace(false)
final class AcceptBackoffEvent extends Event {

    @Label("Loop")
    @Description("The thread of the loop")
    @Nullable Thread loop;

    @Label("Listener")
    @Nullable String listener;

    @Label("Reason")
    @Nullable String reason;

    @Label("Delay")
    @Description("How long it pauses, by the clock of the loop")
    @Timespan(Timespan.NANOSECONDS)
    long delay;
}
