package dev.verdant.green.queue;

/** The queue has been shut down: it takes nothing more, or has nothing left to give. */
public final class QueueShutDownException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message which queue
     */
    public QueueShutDownException(String message) {
        super(message);
    }
}
