package dev.verdant.green.spi;

/**
 * Chooses which ready green thread runs next. The default, first come first served, needs none of these; a test gives one to explore other
 * orders, or to replay a recorded one.
 *
 * <p>Called on the loop's own thread: it must not block, log, or call Verdant.
 */
@FunctionalInterface
public interface ReadyOrder {

    /**
     * Picks the next to run.
     *
     * @param ready those that are ready, the longest-waiting first; at least one; valid during this call only
     * @return an index into {@code ready}
     */
    int pick(Ready ready);

    /** The green threads that are ready to run. */
    interface Ready {

        /**
         * Returns how many are ready.
         *
         * @return at least 1
         */
        int size();

        /**
         * Tells the threads apart: a number that a thread keeps for its life, given out from 1 in the order in which the loop first saw them.
         *
         * @param index 0 for the one that has waited longest
         * @return the thread's number
         */
        long id(int index);
    }
}
