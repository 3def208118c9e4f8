package dev.verdant.green.net;

import dev.verdant.green.GreenThread;
import org.jspecify.annotations.Nullable;

/**
 * A handler that had not finished when {@link Net#stop} gave up waiting. It still runs: kill it, close its connection, or let it be.
 *
 * @param handler the green thread
 * @param connection what it was called with
 * @param waitsFor what it waited for just now; null if it is ready to run, or waits for something that is not Verdant's
 */
public record Unfinished(GreenThread<?> handler, GreenSocket connection, @Nullable String waitsFor) {

    @Override
    public String toString() {
        return handler + " with " + connection + (waitsFor == null ? "" : " waits for " + waitsFor);
    }
}
