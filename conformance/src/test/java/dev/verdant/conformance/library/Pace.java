package dev.verdant.conformance.library;

/** When a server is to answer. */
enum Pace {
    /** Now. */
    AT_ONCE,
    /** After 200 ms. */
    SLOWLY,
    /** When it is told to. */
    WHEN_RELEASED;

    static final long SLOW_MILLIS = 200;
}
