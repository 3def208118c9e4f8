package dev.verdant.green;

import org.jspecify.annotations.Nullable;

/**
 * A function that may wait and may throw anything.
 *
 * @param <A> what it takes
 * @param <R> what it returns
 */
@FunctionalInterface
public interface GreenFunction<A extends @Nullable Object, R extends @Nullable Object> {

    /**
     * Applies the function.
     *
     * @param a the argument
     * @return the result
     * @throws Exception whatever the function throws
     */
    R apply(A a) throws Exception;
}
