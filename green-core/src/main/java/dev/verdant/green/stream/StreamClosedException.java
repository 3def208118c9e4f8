package dev.verdant.green.stream;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The stream is closed. The cause says why, if it was for a failure: a reset, a full buffer, a refused connect; there is none if either side just closed. */
public class StreamClosedException extends IOException {

    private static final long serialVersionUID = 1;

    /**
     * Creates one.
     *
     * @param message which stream, and what was asked of it
     * @param cause why it was closed, or null
     */
    public StreamClosedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
