package dev.verdant.green.pool;

/**
 * A key of a {@link DagPool} has no value, because its function threw or was killed: that is the cause. If its function failed because a key that it depends on
 * had failed, the cause is such an exception of that key, and so on to the root of it.
 */
public final class KeyFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Object key;

    /**
     * Creates one.
     *
     * @param key the key
     * @param cause why it has no value
     */
    public KeyFailedException(Object key, Throwable cause) {
        super("the key '" + key + "' failed: " + cause, cause);
        this.key = key;
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
