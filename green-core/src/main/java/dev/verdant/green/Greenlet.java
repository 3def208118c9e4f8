package dev.verdant.green;

import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A coroutine: it runs when somebody switches to it, and stops when it switches to another, each time with a value.
 *
 * <pre>{@code
 * var one = new Greenlet(first -> {
 *     System.out.println(first);                              // hello
 *     return Greenlet.current().parent().switchTo("world");   // stops here until it is switched to again
 * });
 * System.out.println(one.switchTo("hello"));                  // world
 * }</pre>
 *
 * <p>A greenlet belongs to the green thread that made it, of which one greenlet runs at a time: switching takes turns within the thread. A switch is a wait
 * as others are: other green threads that are ready run first. While the greenlet that runs waits for something else, the whole green thread waits. The thread itself is the root, whose {@link #current()}
 * is there without being made. Everything here is called on that green thread or in its greenlets, and fails elsewhere with an {@link IllegalStateException};
 * {@link #parent}, {@link #isDead} and {@link #toString}, which only look, on any thread.
 *
 * <p>A greenlet has its own stack and its own {@code ThreadLocal}s. {@link Green#current()} in it is the green thread it belongs to.
 *
 * <p><b>The end.</b> When the function returns, the parent goes on, and its switch returns the result. What the function throws is thrown in the parent. A
 * {@link GreenExit} is an end without noise: the parent's switch returns that very object. Who switches to a dead greenlet switches to its parent, or the
 * next above that lives.
 *
 * <p><b>Timeouts and kills.</b> What is thrown at the green thread, or at a greenlet that has switched to another, is thrown into the one that runs, if that is below
 * it: by way of the parents it comes up to whom it was meant for, and so a {@link Timeout#call} around a switch holds. The {@code GreenExit} of a killed green
 * thread goes all the way up. A deadline that was set in a greenlet which is not above the one that runs waits until that greenlet runs again.
 *
 * <p><b>Nobody is left behind.</b> When the green thread ends, its greenlets that have begun and not ended are thrown a {@code GreenExit}, so that their
 * {@code finally} blocks run; so is a greenlet to which nothing refers any more, some time after. That happens in a green thread of its own, to whose root
 * it belongs then. A greenlet that does not end by it is never switched to again. What a suspended greenlet's stack refers to is referred to: one whose function holds its own handle is never dropped.
 */
public final class Greenlet {

    private final GreenletCore core;

    /**
     * Creates a greenlet that has not begun, below the caller's.
     *
     * @param function what it does: it gets what the first switch brings, and what it returns goes to the parent
     * @throws IllegalStateException if the caller is on no loop
     */
    public Greenlet(UnaryOperator<@Nullable Object> function) {
        this(current(), function);
    }

    /**
     * Creates a greenlet that has not begun.
     *
     * @param parent who goes on when it ends; dead or not
     * @param function what it does: it gets what the first switch brings, and what it returns goes to the parent
     * @throws IllegalStateException if the caller is on no loop, or on another green thread than {@code parent}
     */
    public Greenlet(Greenlet parent, UnaryOperator<@Nullable Object> function) {
        Objects.requireNonNull(parent, "parent");
        Objects.requireNonNull(function, "function");
        this.core = GreenletCore.below(parent, function);
        core.handledBy(this);
    }

    Greenlet(GreenletCore core) {
        this.core = core;
    }

    GreenletCore core() {
        return core;
    }

    /**
     * Returns the greenlet that calls.
     *
     * @return the caller's; the root of the green thread if it is in none
     * @throws IllegalStateException if the caller is on no loop
     */
    public static Greenlet current() {
        return GreenletCore.of("Greenlet.current").handle();
    }

    /**
     * Switches to this greenlet: begins it with a value, or lets the switch return it in which it has stopped. The caller stops until somebody switches to it.
     * If this greenlet is dead, the value goes to its parent. To switch to oneself is to get the value back.
     *
     * @param value what the other gets, or null
     * @return what the next switch to the caller brings
     * @throws GreenInterruptedException if a user has interrupted the thread; the switch does not happen then
     * @throws IllegalStateException if this greenlet belongs to another green thread
     */
    public @Nullable Object switchTo(@Nullable Object value) {
        return GreenletCore.go("Greenlet.switchTo", core, value, null);
    }

    /**
     * Switches to this greenlet with an exception, which is thrown there. One that has not begun dies of it at once, and one that is dead does not
     * mind: the parent gets it.
     *
     * @param exception what is thrown there, the very object; a {@link GreenExit} ends it without noise
     * @return what the next switch to the caller brings
     * @throws GreenInterruptedException if a user has interrupted the thread; the switch does not happen then
     * @throws IllegalStateException if this greenlet belongs to another green thread
     */
    public @Nullable Object throwInto(Throwable exception) {
        Objects.requireNonNull(exception, "exception");
        return GreenletCore.go("Greenlet.throwInto", core, null, exception);
    }

    /**
     * Returns who goes on when this one ends. Any thread.
     *
     * @return null for the root of a green thread
     */
    public @Nullable Greenlet parent() {
        return core.parent();
    }

    /**
     * Tells whether it has ended. Any thread.
     *
     * @return false if it has not begun yet
     */
    public boolean isDead() {
        return core.isDead();
    }

    @Override
    public String toString() {
        return core.describe();
    }
}
