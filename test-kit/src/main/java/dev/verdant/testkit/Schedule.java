package dev.verdant.testkit;

/**
 * Which of the ready green threads runs next.
 */
public enum Schedule {

    /** First come, first served for one seed, at random for several. */
    AUTO,

    /** First come, first served: as in production. */
    FIFO,

    /** Any of them, all alike likely. */
    RANDOM,

    /** The one of the highest priority; priorities are drawn, and change at a few places. Finds bugs that take few but far-fetched orderings. */
    PCT,

    /** As in the run whose choices the system property {@code verdant.choices} holds. */
    REPLAY
}
