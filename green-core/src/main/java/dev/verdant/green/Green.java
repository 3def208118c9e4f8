package dev.verdant.green;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.kernel.Watch;
import dev.verdant.green.spi.LoopSnapshot;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
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
 * <p>A green thread has its own {@link ThreadLocal}s, which go when it ends; only an {@link InheritableThreadLocal} is handed on to those it spawns. A
 * {@code ScopedValue} is bound for a body, whoever runs while that waits, and is not handed on either; what is to be, {@link EventLoop.Options#onSpawn}
 * carries.
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

    // ---- several at a time

    /**
     * Opens a scope: green threads that do not outlive it and fail together. The caller owns it.
     *
     * @return a scope; close it
     */
    public static GreenScope scope() {
        return new Scope(Loop.requireFiber("Green.scope"));
    }

    /**
     * Returns an executor that starts a green thread for each task, on the caller's loop. Any thread may use it, and it works as
     * {@link ExecutorService} says, but for this: a future is the {@link GreenThread} of its task, so to cancel is to kill, and nothing is queued:
     * {@code shutdownNow} kills what runs, a waiting task of other people's code by an interrupt, and hands back what has not begun; futures of these
     * are cancelled. What a task of {@code execute} throws is reported to the loop's handler; what one of {@code submit} throws, if nobody asks. A {@code close} whose
     * wait ends early, by an interrupt, a timeout or a kill, kills the tasks, waits for their {@code finally} blocks, and then throws what came; an interrupt stays
     * set. After {@code shutdown}, or when the loop has closed, tasks are rejected.
     *
     * @return a new executor; close it
     */
    public static ExecutorService executor() {
        return new GreenExecutor(loop("Green.executor"));
    }

    /**
     * Kills green threads and waits until they have ended. The same as {@code killAll(threads, new GreenExit(), null)}.
     *
     * @param threads of any loop
     * @throws InterruptedException if a user interrupted the wait
     */
    public static void killAll(Collection<? extends GreenThread<?>> threads) throws InterruptedException {
        try {
            killAll(threads, new GreenExit(), null);
        } catch (TimeoutException e) {
            throw Sneaky.thrown(e); // No time can have passed: it is what the caller is killed with.
        }
    }

    /**
     * Kills green threads and waits until they have ended. Those that have not begun are cancelled first, so that none begins because another ends; then the
     * others are sent the cause, and only then is waited. A thread that swallows its kill is waited for until it ends. The caller, if it is among them,
     * gets the cause in that wait, or at its next.
     *
     * @param threads of any loop
     * @param cause what is thrown into each: one object
     * @param timeout for how long to wait, all in all; null for ever, zero or less not at all
     * @throws TimeoutException if some have not ended in time; they were sent the cause
     * @throws InterruptedException if a user interrupted the wait
     */
    public static void killAll(Collection<? extends GreenThread<?>> threads, Throwable cause,
            @Nullable Duration timeout)
            throws InterruptedException, TimeoutException {
        Fiber caller = Loop.requireFiber("Green.killAll");
        var killing = new Killing(threads, cause);
        killing.send();
        killing.await(caller, Waiter.nanos(timeout), timeout);
    }

    /**
     * Waits until green threads have finished, well or not. To be waited for is not to be asked for the outcome: a failure is reported if nobody takes it from
     * the handle.
     *
     * @param <H> the type of the handles
     * @param threads of any loop, started by Verdant
     * @return all of them, in the order in which they finished
     * @throws InterruptedException if a user interrupted the wait
     */
    public static <H extends GreenThread<?>> List<H> joinAll(Collection<? extends H> threads)
            throws InterruptedException {
        return joinAll(threads, threads.size(), null);
    }

    /**
     * Waits until some of several green threads have finished, well or not, or the time has passed. The others run on.
     *
     * @param <H> the type of the handles
     * @param threads of any loop, started by Verdant
     * @param count how many to wait for, at least 0
     * @param timeout for how long to wait, all in all; null for ever, zero or less not at all
     * @return those that have finished, in the order in which they did, at most {@code count}; fewer if the time has passed
     * @throws InterruptedException if a user interrupted the wait
     */
    public static <H extends GreenThread<?>> List<H> joinAll(Collection<? extends H> threads, int count,
            @Nullable Duration timeout) throws InterruptedException {
        var finished = new ArrayList<H>();
        try (FinishOrder<H> order = finishOrder("Green.joinAll", threads, count, timeout)) {
            for (H next = order.awaitNext(); next != null; next = order.awaitNext()) {
                finished.add(next);
            }
        }
        return finished;
    }

    /**
     * Waits as {@link #joinAll(Collection, int, Duration)} does, until the first fails: what it threw is thrown at once, and the others run on. One that was
     * killed has not failed.
     *
     * @param <H> the type of the handles
     * @param threads of any loop, started by Verdant
     * @param count how many to wait for, at least 0
     * @param timeout for how long to wait, all in all; null for ever, zero or less not at all
     * @return those that have finished, in the order in which they did, at most {@code count}; fewer if the time has passed
     * @throws InterruptedException if a user interrupted the wait
     * @throws Exception what the first that failed threw, the very object
     */
    public static <H extends GreenThread<?>> List<H> joinAllOrThrow(Collection<? extends H> threads, int count,
            @Nullable Duration timeout) throws Exception {
        var finished = new ArrayList<H>();
        try (FinishOrder<H> order = finishOrder("Green.joinAllOrThrow", threads, count, timeout)) {
            for (H next = order.awaitNext(); next != null; next = order.awaitNext()) {
                if (next.state() == Future.State.FAILED) {
                    var _ = next.await(); // throws
                }
                finished.add(next);
            }
        }
        return finished;
    }

    /**
     * Iterates over green threads in the order in which they finish, well or not.
     *
     * <pre>{@code
     * try (var finished = Green.iwait(fetches)) {
     *     for (var fetch : finished) {
     *         print(fetch.await());
     *     }
     * }
     * }</pre>
     *
     * @param <H> the type of the handles
     * @param threads of any loop, started by Verdant
     * @return waits for the next each time; close it if you do not go to the end
     */
    public static <H extends GreenThread<?>> FinishOrder<H> iwait(Collection<? extends H> threads) {
        return finishOrder("Green.iwait", threads, threads.size(), null);
    }

    /**
     * Iterates over green threads in the order in which they finish, well or not, until some number has, or the time has passed.
     *
     * @param <H> the type of the handles
     * @param threads of any loop, started by Verdant
     * @param count how many to give at the most, at least 0
     * @param timeout for how long to wait, all in all, from now; null for ever, zero or less not at all
     * @return waits for the next each time; close it if you do not go to the end
     */
    public static <H extends GreenThread<?>> FinishOrder<H> iwait(Collection<? extends H> threads, int count,
            @Nullable Duration timeout) {
        return finishOrder("Green.iwait", threads, count, timeout);
    }

    private static <H extends GreenThread<?>> FinishOrder<H> finishOrder(String call, Collection<? extends H> threads,
            int count, @Nullable Duration timeout) {
        Loop clock = Loop.requireFiber(call).loop();
        if (count < 0) {
            throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
        }
        return new FinishOrder<>(clock, threads, count, Waiter.nanos(timeout));
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
     * Tells whether something was thrown into the calling green thread by a timeout or a kill, whatever its class, and not by what the thread has called. For
     * authors of protocols: a connection on which a wait was ended so is not broken. Any thread.
     *
     * @param e what was caught
     * @return true if it is the last thing that was thrown into a Verdant wait of the caller's from outside
     */
    public static boolean isDelivered(Throwable e) {
        Fiber fiber = Loop.currentFiber();
        return fiber != null && fiber.isDelivered(Objects.requireNonNull(e, "e"));
    }

    /**
     * Leaves the caller interrupted after a timeout or a kill that is about to be thrown on as something else. For authors of protocols that other people's code
     * drives: such code may take the failure for the network's and try again, and each further wait of it is to end at once, as it does with the JDK's sockets. The
     * boundary of the deadline, such as {@link Timeout#call}, clears it; of a kill, the thread's end.
     *
     * @param e what was caught; nothing is done if it is not {@linkplain #isDelivered delivered}
     */
    public static void stayInterrupted(Throwable e) {
        Fiber fiber = Loop.currentFiber();
        if (fiber != null) {
            fiber.deliverAgain(Objects.requireNonNull(e, "e"));
        }
    }

    /**
     * Returns the time of the caller's loop, which may be virtual in tests; on a thread that is on no loop, the JDK's. For differences only, as
     * {@link System#nanoTime()}. Any thread.
     *
     * @return nanoseconds since some moment
     */
    public static long nanoTime() {
        return Loop.nanoTimeOfCaller();
    }

    /**
     * Returns the clock of the caller's loop that tells the time of day, which may be virtual in tests; on a thread that is on no loop, the JDK's. Any thread.
     *
     * @return the clock
     */
    public static InstantSource wallClock() {
        return Loop.wallClockOfCaller();
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
        return (GreenThread<?>) Loop.requireFiber("Green.current").owner();
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
