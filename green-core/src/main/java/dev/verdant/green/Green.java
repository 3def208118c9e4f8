package dev.verdant.green;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.kernel.Watch;
import dev.verdant.green.spi.LoopSnapshot;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The front door: run a loop, spawn green threads, sleep.
 *
 * <pre>{@code
 * Green.run(() -> {
 *     var left = Green.spawn(() -> fetch(a));
 *     var right = Green.spawn(() -> fetch(b));
 *     System.out.println(left.await() + right.await());
 * });
 * }</pre>
 *
 * <p>Everything but {@code run}, {@code call}, {@code isGreen} and {@code dump} is called on a green thread, and fails elsewhere with an
 * {@link IllegalStateException}.
 */
public final class Green {

    private Green() {}

    // ---- running a loop

    /**
     * Runs a program on a fresh loop while the caller waits. When {@code main} returns, green threads that are still alive are killed, their
     * {@code finally} blocks run, and the loop closes. Any thread.
     *
     * @param main what the first green thread runs
     * @throws Exception what {@code main} throws
     */
    public static void run(GreenTask main) throws Exception {
        run(options -> {}, main);
    }

    /**
     * Runs a program on a fresh loop while the caller waits. Any thread.
     *
     * @param configure sets the loop's options
     * @param main what the first green thread runs
     * @throws Exception what {@code main} throws
     */
    public static void run(Consumer<? super EventLoop.Options> configure, GreenTask main) throws Exception {
        Objects.requireNonNull(main, "main");
        Green.<@Nullable Void>call(configure, main.toCallable());
    }

    /**
     * Runs a program on a fresh loop while the caller waits. Any thread.
     *
     * @param <T> what it returns
     * @param main what the first green thread runs
     * @return what {@code main} returns
     * @throws InterruptedException if the caller was interrupted while it waited; the program was killed then
     * @throws Exception what {@code main} throws
     */
    public static <T extends @Nullable Object> T call(Callable<T> main) throws Exception {
        return call(options -> {}, main);
    }

    /**
     * Runs a program on a fresh loop while the caller waits. Any thread.
     *
     * @param <T> what it returns
     * @param configure sets the loop's options
     * @param main what the first green thread runs
     * @return what {@code main} returns
     * @throws InterruptedException if the caller was interrupted while it waited; the program was killed then
     * @throws Exception what {@code main} throws
     */
    public static <T extends @Nullable Object> T call(Consumer<? super EventLoop.Options> configure, Callable<T> main)
            throws Exception {
        Objects.requireNonNull(main, "main");
        try (var loop = EventLoop.start(configure)) {
            return loop.spawn("main", main).await();
        }
    }

    // ---- spawning

    /**
     * Starts a green thread on the caller's loop. It runs when the caller next waits.
     *
     * @param <T> what the body returns
     * @param body the body
     * @return its handle
     */
    public static <T extends @Nullable Object> GreenThread<T> spawn(Callable<T> body) {
        return loop("Green.spawn").spawn(body);
    }

    /**
     * Starts a green thread on the caller's loop.
     *
     * @param body the body
     * @return its handle
     */
    public static GreenThread<@Nullable Void> spawn(GreenTask body) {
        return loop("Green.spawn").spawn(body);
    }

    /**
     * Starts a green thread on the caller's loop.
     *
     * @param <T> what the body returns
     * @param name its name
     * @param body the body
     * @return its handle
     */
    public static <T extends @Nullable Object> GreenThread<T> spawn(String name, Callable<T> body) {
        return loop("Green.spawn").spawn(name, body);
    }

    /**
     * Starts a green thread on the caller's loop.
     *
     * @param name its name
     * @param body the body
     * @return its handle
     */
    public static GreenThread<@Nullable Void> spawn(String name, GreenTask body) {
        return loop("Green.spawn").spawn(name, body);
    }

    /**
     * Starts a green thread that nobody has a handle of. What it throws is reported at once.
     *
     * @param body the body
     */
    public static void spawnN(GreenTask body) {
        Objects.requireNonNull(body, "body");
        loop("Green.spawnN").spawnDetached(body);
    }

    /**
     * Starts a green thread after a delay, whether its creator lives or not.
     *
     * @param <T> what the body returns
     * @param delay how long to wait before; zero or less starts it now
     * @param body the body
     * @return its handle
     */
    public static <T extends @Nullable Object> GreenThread<T> spawnAfter(Duration delay, Callable<T> body) {
        Objects.requireNonNull(body, "body");
        return new DelayedFiber<T>(loop("Green.spawnAfter"), body, null).startAfter(delay);
    }

    /**
     * Starts a green thread after a delay, whether its creator lives or not.
     *
     * @param delay how long to wait before; zero or less starts it now
     * @param body the body
     * @return its handle
     */
    public static GreenThread<@Nullable Void> spawnAfter(Duration delay, GreenTask body) {
        Objects.requireNonNull(body, "body");
        return Green.<@Nullable Void>spawnAfter(delay, body.toCallable());
    }

    /**
     * Starts a green thread after a delay, unless its creator has ended by then: then it is cancelled.
     *
     * @param <T> what the body returns
     * @param delay how long to wait before; zero or less starts it now
     * @param body the body
     * @return its handle
     */
    public static <T extends @Nullable Object> GreenThread<T> spawnAfterLocal(Duration delay, Callable<T> body) {
        Objects.requireNonNull(body, "body");
        return new DelayedFiber<T>(loop("Green.spawnAfterLocal"), body, Thread.currentThread()).startAfter(delay);
    }

    /**
     * Starts a green thread after a delay, unless its creator has ended by then: then it is cancelled.
     *
     * @param delay how long to wait before; zero or less starts it now
     * @param body the body
     * @return its handle
     */
    public static GreenThread<@Nullable Void> spawnAfterLocal(Duration delay, GreenTask body) {
        Objects.requireNonNull(body, "body");
        return Green.<@Nullable Void>spawnAfterLocal(delay, body.toCallable());
    }

    private static EventLoop loop(String call) {
        return EventLoop.of(Loop.requireFiber(call).loop());
    }

    // ---- waiting

    /**
     * Lets others run for a while.
     *
     * @param duration how long; null for ever, zero or less for {@link #sleep()}
     * @throws GreenInterruptedException if a user interrupted the thread
     */
    public static void sleep(@Nullable Duration duration) {
        Fiber fiber = Loop.requireFiber("Green.sleep");
        long nanos = Waiter.nanos(duration);
        try {
            if (nanos == 0) {
                fiber.giveWay();
            } else if (nanos < 0) {
                sleepForEver(fiber);
            } else {
                long deadline = fiber.loop().deadlineAfter(nanos);
                while (fiber.await("the end of its sleep", deadline)) {
                    // Woken without cause.
                }
            }
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    private static void sleepForEver(Fiber fiber) throws InterruptedException {
        while (true) {
            fiber.await("the end of a sleep for ever");
        }
    }

    /**
     * Lets every other ready green thread run once.
     *
     * @throws GreenInterruptedException if a user interrupted the thread
     */
    public static void sleep() {
        sleep(Duration.ZERO);
    }

    // ---- who am I

    /**
     * Returns the calling green thread. A virtual thread that inherited the loop becomes known by this.
     *
     * @return its handle
     * @throws IllegalStateException off every loop
     */
    public static GreenThread<?> current() {
        return (GreenThread<?>) Loop.requireFiber("Green.current");
    }

    /**
     * Tells whether the caller is a green thread. Any thread.
     *
     * @return false off every loop
     */
    public static boolean isGreen() {
        return Loop.currentFiber() != null;
    }

    // ---- for people

    /**
     * Describes every loop of the process and its green threads: what each waits for, since when, and its stack; and what native threads do for them. Any
     * thread; a loop that does not turn is described as well.
     *
     * @return lines of text
     */
    public static String dump() {
        var text = new StringBuilder();
        for (Loop loop : Watch.loops()) {
            describe(text, loop.snapshot());
        }
        if (text.isEmpty()) {
            text.append("No loop is running.\n");
        }
        return text.append(Offload.dump()).toString();
    }

    private static void describe(StringBuilder text, LoopSnapshot loop) {
        text.append("Loop '").append(loop.name()).append("' on ").append(loop.hub()).append(": ").append(loop.turns())
                .append(" turns, ")
                .append(loop.switches()).append(" switches, ").append(loop.ready()).append(" ready, ")
                .append(loop.timers())
                .append(" timers, ").append(loop.channels()).append(" channels, ").append(loop.threads().size())
                .append(" green threads\n");
        for (var thread : loop.threads()) {
            text.append("  '").append(thread.name()).append("' ").append(thread.state());
            if (thread.waitingFor() != null && thread.waitingSince() != null) {
                text.append(", waits for ").append(thread.waitingFor()).append(" since ")
                        .append(thread.waitingSince().toMillis())
                        .append(" ms");
            }
            text.append('\n');
            if (thread.thread() != null) {
                for (StackTraceElement frame : thread.thread().getStackTrace()) {
                    text.append("      at ").append(frame).append('\n');
                }
            }
        }
    }
}
