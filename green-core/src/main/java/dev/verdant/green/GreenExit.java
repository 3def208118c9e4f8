package dev.verdant.green;

import org.jspecify.annotations.Nullable;

/**
 * What {@link GreenThread#kill()} throws into a green thread. An {@link Error}, so that {@code catch (Exception e)} does not swallow it. A thread
 * that ends by it has ended well: it is never reported.
 */
public final class GreenExit extends Error {

    private static final long serialVersionUID = 1L;

    /** Creates one. */
    public GreenExit() {
        this("killed");
    }

    /**
     * Creates one.
     *
     * @param message why, or null
     */
    public GreenExit(@Nullable String message) {
        super(message);
    }
}
