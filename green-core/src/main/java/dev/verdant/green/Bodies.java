package dev.verdant.green;

import dev.verdant.green.kernel.Sneaky;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The two forms of a body, and what it throws. */
final class Bodies {

    private Bodies() {}

    static Callable<@Nullable Void> callable(GreenTask task) {
        return () -> {
            task.run();
            return null;
        };
    }

    /** Throws anything as itself. */
    static RuntimeException thrown(Throwable e) {
        return Sneaky.thrown(e);
    }
}
