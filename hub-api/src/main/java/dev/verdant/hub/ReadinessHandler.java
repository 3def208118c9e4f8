package dev.verdant.hub;

/**
 * What a hub calls when a registered channel may make progress.
 *
 * <p>Called on the thread that polls, from inside {@link Hub#poll(long)}. It must not block. It may register and close channels of the
 * same hub, this one included. Readiness is a hint: the try-call that follows may still find nothing.
 */
@FunctionalInterface
public interface ReadinessHandler {

    /**
     * Tells what has become possible.
     *
     * @param ops bits of {@link Readiness}, at least one
     */
    void ready(int ops);
}
