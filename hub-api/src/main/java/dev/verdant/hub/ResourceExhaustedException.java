package dev.verdant.hub;

import java.net.SocketException;

/**
 * The operating system has run out of something that comes back: descriptors (EMFILE, ENFILE), buffers or memory (ENOBUFS, ENOMEM). Trying
 * again later may succeed.
 */
public final class ResourceExhaustedException extends SocketException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message the operating system's words
     * @param cause the failure underneath
     */
    public ResourceExhaustedException(String message, Throwable cause) {
        super(message);
        initCause(cause);
    }
}
