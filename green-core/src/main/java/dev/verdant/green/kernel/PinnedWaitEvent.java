package dev.verdant.green.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** Committed by the green thread, whose stack shows what pins it. */
@Name("dev.verdant.PinnedWait")
@Label("Pinned Wait")
@Category("Verdant")
@Description("A green thread that could not be taken off its loop has waited, so the loop stood. The wait has failed. For waits in the JDK see jdk.VirtualThreadPinned")
final class PinnedWaitEvent extends Event {

    @Label("Loop")
    @Description("The thread of the loop")
    @Nullable Thread loop;

    @Label("Green Thread")
    @Description("The green thread's name")
    @Nullable String greenThread;

    @Label("Waited For")
    @Nullable String waitedFor;

    @Label("Obstacle")
    @Description("The class initializer or native frame that keeps it on the loop")
    @Nullable String obstacle;

    @Label("Waited")
    @Description("How long, by the clock of the loop")
    @Timespan(Timespan.NANOSECONDS)
    long waited;
}
