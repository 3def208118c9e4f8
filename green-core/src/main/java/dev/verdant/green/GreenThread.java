package dev.verdant.green;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The handle of a green thread. Any thread may call it.
 *
 * <p>What the body threw reaches whoever awaits, the same object each time. If nobody ever asks, it is reported to the loop's handler when the
 * handle becomes unreachable or the loop closes. To {@link Future}'s methods a killed thread is a cancelled one.
 *
 * @param <T> what the body returns
 */
public interface GreenThread<T extends @Nullable Object> extends Future<T> {

    /**
     * Waits for the end.
     *
     * @return what the body returned
     * @throws InterruptedException if the waiting thread was interrupted
     * @throws GreenExit if the green thread was killed or cancelled; if it was killed with something else, that
     * @throws Exception what the body threw, the very object
     */
    T await() throws Exception;

    /** The same as {@code kill(new GreenExit())}. */
    void kill();

    /**
     * Throws something into the green thread, where it waits. A thread that has not begun never will. Returns when the thread has been resumed
     * with it or, if it does not wait in Verdant, has been interrupted; does not wait for its end. Does nothing if it has ended. Killing oneself throws
     * at once.
     *
     * @param cause what is thrown, and what {@link #await()} throws
     */
    void kill(Throwable cause);

    /**
     * Stops the green thread if it has not begun.
     *
     * @return true if the body will never run
     */
    boolean cancel();

    /**
     * The same as {@link #cancel()}, or {@link #kill()} if the thread has begun and {@code mayInterruptIfRunning} is true.
     *
     * @param mayInterruptIfRunning whether a thread that has begun is killed
     * @return true if the thread had not ended
     */
    @Override
    boolean cancel(boolean mayInterruptIfRunning);

    /**
     * Has a callback called when the thread ends: by the ending thread, in the order of the links; at once, by the caller, if it has ended
     * already. One that throws is reported and does not stop the others.
     *
     * @param callback what is called, with this handle
     */
    void link(Consumer<? super GreenThread<T>> callback);

    /**
     * Takes a link back, once if it was linked several times.
     *
     * @param callback the very object that was linked: {@code equals} does not matter
     * @return true if it was linked and has not been called
     */
    boolean unlink(Consumer<? super GreenThread<T>> callback);

    /**
     * Returns the virtual thread.
     *
     * @return the thread
     * @throws IllegalStateException if it has not been started yet ({@link Green#spawnAfter})
     */
    Thread thread();

    /**
     * Returns the name given at creation, or one made up.
     *
     * @return never empty
     */
    String name();

    /**
     * Tells whether the thread has begun and not ended.
     *
     * @return true while the body runs
     */
    boolean isAlive();

    /**
     * Returns a stage that completes as the thread ends, by the ending thread.
     *
     * @return a new stage
     */
    CompletionStage<T> toStage();
}
