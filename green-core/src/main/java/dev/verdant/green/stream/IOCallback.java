package dev.verdant.green.stream;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Is told how something ended that was asked of a stream. Called once, on the green thread that runs the {@link IOLoop}, never from within the call that
 * asked.
 *
 * @param <T> what it brings
 */
@FunctionalInterface
public interface IOCallback<T extends @Nullable Object> {

    /**
     * It was done. What this throws is reported, and closes the stream; but for a {@link StreamClosedException}, which is an everyday end and only closes it.
     *
     * @param result what it brought
     * @throws Exception whatever went wrong
     */
    void completed(T result) throws Exception;

    /**
     * It will not be done. Does nothing where it is not overridden: the close callback is told as well, and {@link BaseIOStream#error()} says why.
     *
     * @param cause why: mostly a {@link StreamClosedException}
     * @throws Exception whatever went wrong
     */
    default void failed(IOException cause) throws Exception {}
}
