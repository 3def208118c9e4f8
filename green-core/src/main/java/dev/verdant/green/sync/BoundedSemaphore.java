package dev.verdant.green.sync;

/**
 * A {@link GreenSemaphore} that cannot have more permits than it had at first: releasing it more often than it was acquired is a mistake, and says so.
 */
public final class BoundedSemaphore extends GreenSemaphore {

    /**
     * Creates one.
     *
     * @param permits how many there are at first, and at the most
     */
    public BoundedSemaphore(int permits) {
        super(permits, permits);
    }
}
