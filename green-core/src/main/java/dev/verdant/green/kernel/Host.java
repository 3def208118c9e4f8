package dev.verdant.green.kernel;

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
     * Makes what the fibers of a closing loop are killed with. On the loop's own thread.
     *
     * @param fiber the fiber
     * @return a delivery to it
     */
    Delivery exit(Fiber fiber);

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
