package dev.verdant.green;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A body that returns nothing and may throw anything. */
@FunctionalInterface
public interface GreenTask {

    /**
     * Runs the body.
     *
     * @throws Exception whatever the body throws
     */
    void run() throws Exception;

    /**
     * Makes this what returns something.
     *
     * @return a body that runs this and returns null
     */
    default Callable<@Nullable Void> toCallable() {
        return () -> {
            run();
            return null;
        };
    }
}
