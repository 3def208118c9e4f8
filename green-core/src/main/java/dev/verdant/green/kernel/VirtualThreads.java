package dev.verdant.green.kernel;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What Verdant needs of virtual threads and JDK 25 does not offer in public. A later JDK's API can take {@link JdkInternals}' place here.
 */
interface VirtualThreads {

    /**
     * Creates a virtual thread that a scheduler of ours runs. Any thread.
     *
     * @param scheduler what the thread's continuations are given to
     * @param name its name, or null for none
     * @param body what it runs
     * @return the thread, not started
     */
    Thread create(Executor scheduler, @Nullable String name, Runnable body);

    /**
     * Returns the platform thread that runs the caller, which is the caller itself on a platform thread. Any thread; a few nanoseconds.
     *
     * @return the carrier
     */
    Thread carrier();

    /**
     * Returns the scheduler of a virtual thread.
     *
     * @param virtual a virtual thread
     * @return what its continuations are given to
     */
    Executor schedulerOf(Thread virtual);

    /**
     * Tells whether a virtual thread is on a carrier now, running or stuck there. For the watch thread.
     *
     * @param virtual a virtual thread
     * @param carrier a platform thread
     * @return true if {@code virtual} is mounted on {@code carrier}
     */
    boolean isMounted(Thread virtual, Thread carrier);

    /**
     * Returns the JDK's own scheduler, where continuations of closed loops end.
     *
     * @return the default scheduler
     */
    Executor defaultScheduler();
}
