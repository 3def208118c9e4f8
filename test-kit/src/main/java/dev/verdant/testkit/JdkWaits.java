package dev.verdant.testkit;

/**
 * What becomes of a timed wait that goes past Verdant, into the JDK: {@code Thread.sleep}, {@code BlockingQueue.poll(10, SECONDS)} of {@code java.util.concurrent}. The JDK times it by the real clock.
 */
public enum JdkWaits {

    /** The first one fails the run, with its stack. */
    FAIL,

    /** It takes as long as it says, while virtual time stands. Runs are not reproducible then, so their traces are not compared. */
    REAL
}
