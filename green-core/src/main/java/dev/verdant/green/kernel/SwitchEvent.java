package dev.verdant.green.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** Committed on the loop's own thread, so it holds no strings: those would go into a pool that has a lock. */
@Name("dev.verdant.Switch")
@Label("Switch")
@Category("Verdant")
@Description("A green thread has run, from when its loop gave it control to when it gave it back. There are as many as a hundred thousand a second")
@Enabled(false)
@StackTrace(false)
@Threshold("0 ns")
final class SwitchEvent extends Event {

    @Label("Loop")
    @Description("The thread of the loop")
    @Nullable Thread loop;

    @Label("Green Thread")
    @Description("Who ran; none if Verdant does not know that one, because it has called nothing of Verdant's meanwhile")
    @Nullable Thread greenThread;
}
