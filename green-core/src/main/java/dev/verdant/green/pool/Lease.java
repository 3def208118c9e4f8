package dev.verdant.green.pool;

/**
 * A resource that is on loan from a {@link ResourcePool}, for {@code try}-with-resources. Any thread may call it.
 *
 * @param <T> what is lent
 */
public interface Lease<T> extends AutoCloseable {

    /**
     * Returns the resource.
     *
     * @return the resource
     * @throws IllegalStateException if the lease is closed: the resource may be somebody else's
     */
    T get();

    /** Has {@link #close()} throw the resource away instead of putting it back: for one that is broken. */
    void discard();

    /** Puts the resource back. Twice does nothing more. */
    @Override
    void close();
}
