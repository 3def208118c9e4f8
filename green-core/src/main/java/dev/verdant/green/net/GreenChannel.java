package dev.verdant.green.net;

import java.io.Closeable;

/**
 * A socket of ours, whose readiness can be waited for: see {@link Trampoline} and {@link Net#select}.
 */
public sealed interface GreenChannel extends Closeable permits GreenSocket, GreenServerSocket, GreenDatagramSocket {

    /**
     * Tells whether it has been closed. Any thread.
     *
     * @return true from then on
     */
    boolean isClosed();
}
