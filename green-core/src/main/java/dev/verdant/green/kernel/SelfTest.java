package dev.verdant.green.kernel;

import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks, once a process, whether the JDK still sends timed parks to the scheduler. Where it does not, they come from a thread of the JDK's, as
 * any wake-up from another thread does: slower, and nothing else changes.
 */
final class SelfTest {

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private static volatile boolean timedParksReachTheLoop;

    private SelfTest() {}

    static void startOnce(Loop loop) {
        if (STARTED.compareAndSet(false, true)) {
            loop.help("verdant-self-test", SelfTest::run);
        }
    }

    private static void run() {
        LockSupport.parkNanos(1);
        String warning = JdkInternals.warning(Runtime.version().feature());
        if (warning != null) {
            System.getLogger("dev.verdant.green").log(Level.WARNING, warning);
        }
    }

    /** Called when the JDK has scheduled a timed park. */
    static void timedPark() {
        if (!timedParksReachTheLoop) {
            timedParksReachTheLoop = true;
        }
    }

    /** Tells whether a timed park has come to a loop in this process. */
    static boolean timedParksReachTheLoop() {
        return timedParksReachTheLoop;
    }
}
