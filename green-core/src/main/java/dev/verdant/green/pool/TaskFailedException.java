package dev.verdant.green.pool;

/** A task has thrown a checked exception, which an iterator cannot throw: it is the cause. */
public final class TaskFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param cause what the task threw
     */
    public TaskFailedException(Throwable cause) {
        super(cause.toString(), cause);
    }
}
