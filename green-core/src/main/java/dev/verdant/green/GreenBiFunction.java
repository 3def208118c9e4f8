package dev.verdant.green;

import org.jspecify.annotations.Nullable;

/**
 * A function of two arguments that may wait and may throw anything.
 *
 * @param <A> what it takes first
 * @param <B> what it takes second
 * @param <R> what it returns
 */
@FunctionalInterface
public interface GreenBiFunction<A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> {

    /**
     * Applies the function.
     *
     * @param a the first argument
     * @param b the second argument
     * @return the result
     * @throws Exception whatever the function throws
     */
    R apply(A a, B b) throws Exception;
}
