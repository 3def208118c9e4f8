package dev.verdant.green;

/** A body that returns nothing and may throw anything. */
@FunctionalInterface
public interface GreenTask {

    /**
     * Runs the body.
     *
     * @throws Exception whatever the body throws
     */
    void run() throws Exception;
}
