package dev.verdant.green.pool;

import java.util.Objects;

/**
 * A key of a {@link DagPool} has no value, because its function threw or was killed: that is the cause. If its function failed because a key that it depends on
 * had failed, the cause is such an exception of that key, and so on to the root of it.
 */
public final class KeyFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Object key;

    /** What the failure of the first key in the chain of causes says. */
    private final String origin;

    /**
     * Creates one.
     *
     * @param key the key
     * @param cause why it has no value
     */
    public KeyFailedException(Object key, Throwable cause) {
        super("the key '" + key + "' failed: " + describe(cause), cause);
        this.key = key;
        this.origin = cause instanceof KeyFailedException before ? before.origin : Objects.requireNonNull(getMessage());
    }

    /** Of a chain of keys the first alone, or the messages of a long one would fill the memory. A cause may be unable to say what it is. */
    private static String describe(Throwable cause) {
        if (cause instanceof KeyFailedException before) {
            return before.origin;
        }
        try {
            return cause.toString();
        } catch (RuntimeException e) {
            return cause.getClass().getName();
        }
    }

    /**
     * Returns the key that failed.
     *
     * @return the key; null after serialization
     */
    public Object key() {
        return key;
    }
}
