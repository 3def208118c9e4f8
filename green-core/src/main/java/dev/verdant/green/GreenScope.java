package dev.verdant.green;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Green threads that belong together: none outlives the block, and when one fails the others are killed.
 *
 * <pre>{@code
 * try (var scope = Green.scope()) {
 *     var user = scope.spawn(() -> loadUser(id));
 *     var orders = scope.spawn(() -> loadOrders(id));
 *     scope.joinAll();
 *     return new Page(user.await(), orders.await());
 * }
 * }</pre>
 *
 * <p>The owner is the green thread that called {@link Green#scope()}: it alone calls {@link #joinAll} and {@link #close}. Any thread may spawn, members
 * too; the members run on the owner's loop. A member has failed if its body threw something; one that was killed has not. The owner itself is not
 * disturbed by a failure: it hears of it in {@code joinAll}, or from the member's handle.
 */
public sealed interface GreenScope extends AutoCloseable permits Scope {

    /**
     * Starts a member. Any thread.
     *
     * @param <T> what the body returns
     * @param body the body
     * @return its handle
     * @throws IllegalStateException if a member has failed, which is the cause, or the scope is closed
     * @throws LoopClosedException if the owner's loop has begun to close
     */
    <T extends @Nullable Object> GreenThread<T> spawn(Callable<T> body);

    /**
     * Starts a member. Any thread.
     *
     * @param body the body
     * @return its handle
     * @throws IllegalStateException if a member has failed, which is the cause, or the scope is closed
     * @throws LoopClosedException if the owner's loop has begun to close
     */
    GreenThread<@Nullable Void> spawn(GreenTask body);

    /**
     * Waits until every member has ended, those that members spawn meanwhile too. If one fails, the others are killed, and what it threw is thrown when they
     * have ended; what others throw on their way out is suppressed in it. Members may be spawned again afterwards, unless one has
     * failed. The owner's.
     *
     * @throws InterruptedException if a user interrupted the owner
     * @throws IllegalStateException if another thread calls it
     * @throws Exception the very first failure, the very object, each time
     */
    void joinAll() throws Exception;

    /**
     * Kills the members that have not ended and waits until their {@code finally} blocks are done. A timeout or a kill of the owner that comes meanwhile is
     * thrown after that; an interrupt stays set. A failure that {@code joinAll} has not thrown, and nobody has asked the handle for, is reported to the
     * loop's handler. Twice does nothing more. The owner's.
     *
     * @throws IllegalStateException if another thread calls it
     */
    @Override
    void close();
}
