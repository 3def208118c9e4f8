package dev.verdant.testkit;

/**
 * How time goes by.
 */
public enum Clock {

    /** When nothing can run it jumps to the next deadline, at once. */
    AUTO,

    /** It stands until the test moves it on. */
    MANUAL,

    /** That of the machine, on real hubs and the real network. */
    REAL
}
