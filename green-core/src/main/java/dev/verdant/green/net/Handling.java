package dev.verdant.green.net;

import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Fiber;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection and the green thread that handles it. */
final class Handling {

    final GreenSocket connection;

    /** Set before anybody else sees this. */
    @Nullable Fiber fiber;

    /** The handler itself waits for the others to finish. */
    volatile boolean stops;

    Handling(GreenSocket connection) {
        this.connection = connection;
    }

    Unfinished unfinished() {
        Fiber handler = Objects.requireNonNull(fiber);
        Object what = handler.waitsFor();
        return new Unfinished((GreenThread<?>) handler, connection, what == null ? null : what.toString());
    }
}
