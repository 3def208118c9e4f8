package dev.verdant.green.kernel;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What the kernel asks of the layer above it, whose types it does not know. */
public interface Host {

    /**
     * Makes the exception that Verdant calls throw when their loop has closed. Any thread.
     *
     * @param message what happened
     * @return a new exception
     */
    RuntimeException closed(String message);

    /**
     * Makes a fiber for a virtual thread that inherited the loop. On that thread.
     *
     * @param loop the loop
     * @param thread the current thread
     * @return its fiber
     */
    Fiber adopt(Loop loop, Thread thread);

    /**
     * Makes a green thread that is not started. Any thread.
     *
     * @param loop where it will run
     * @param body what it runs
     * @param detached true if nobody will have its handle, so that its failure is reported at once
     * @param group whom it belongs to, and who is told when it has ended
     * @return its fiber, which is its handle as well
     */
    Fiber prepare(Loop loop, Callable<?> body, boolean detached, Group group);

    /**
     * Makes what the fibers of a closing loop are killed with. On the loop's own thread.
     *
     * @param fiber the fiber
     * @return a delivery to it, or null if it ends with another
     */
    @Nullable Delivery exit(Fiber fiber);

    /**
     * Looks for failures that nobody can see any more. Called by the watch thread every few tens of milliseconds; must not throw.
     */
    void tidy();

    /**
     * The loop has ended: the last call. On its own thread, which no longer serves anybody.
     *
     * @param loop the loop
     */
    void ended(Loop loop);

    /**
     * Reports what nobody else will see. On a green thread or a platform thread, never on the loop's own; must not throw.
     *
     * @param who the name of the thread or part that failed
     * @param failure what it threw
     */
    void report(String who, Throwable failure);
}
