package dev.verdant.green.net;

import java.io.Closeable;

/**
 * A socket or the end of a pipe of ours, whose readiness can be waited for: see {@link Trampoline} and {@link Net#select}. Not for others to implement: those
 * would be refused there.
 */
public interface GreenChannel extends Closeable {

    /**
     * Tells whether it has been closed. Any thread.
     *
     * @return true from then on
     */
    boolean isClosed();
}
