package dev.verdant.green;

/** The loop that a call needs has closed, or is closing and takes nothing new. */
public final class LoopClosedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message which loop
     */
    public LoopClosedException(String message) {
        super(message);
    }
}
