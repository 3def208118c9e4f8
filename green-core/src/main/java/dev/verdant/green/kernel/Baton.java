package dev.verdant.green.kernel;

/**
 * What is handed round among fibers of which one runs at a time: a green thread and its greenlets. Confined to the loop.
 *
 * <p>A fiber that has handed it on stays parked until it gets it back. What is thrown at it meanwhile goes to the holder, if that is below it, because what
 * the holder throws comes up to it; otherwise it waits until the fiber has the baton again.
 */
public class Baton {

    Fiber holder;

    /**
     * Creates one.
     *
     * @param first who holds it: the caller
     */
    protected Baton(Fiber first) {
        this.holder = first;
    }

    /**
     * Returns who runs.
     *
     * @return the holder
     */
    public final Fiber holder() {
        return holder;
    }
}
