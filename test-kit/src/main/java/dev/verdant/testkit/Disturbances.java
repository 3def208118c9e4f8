package dev.verdant.testkit;

/**
 * What becomes of a run that was disturbed: that something took part which does not follow from the seed. Threads from outside are seen always; uses of the machine's
 * clocks, of its chance and of its threads are seen with the agent.
 */
public enum Disturbances {

    /** They are listed in {@link Simulation#disturbances()}, and named in the message where a run fails or does not do the same each time. */
    REPORT,

    /** They fail the run, and are named. */
    FAIL
}
