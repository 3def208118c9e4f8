package dev.verdant.green.stream;

import dev.verdant.green.EventLoop;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenTask;
import dev.verdant.green.LoopLocal;
import dev.verdant.green.kernel.Durations;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.net.GreenChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks on an event loop, as tornado's {@code IOLoop} has them: one after the other, first come, first served, on the green thread that has called
 * {@link #start()}. The loop's other green threads go on beside it, whether it runs or not.
 *
 * <pre>{@code
 * Green.run(() -> {
 *     IOLoop io = IOLoop.current();
 *     io.callLater(Duration.ofSeconds(1), () -> {
 *         System.out.println("a second later");
 *         io.stop();
 *     });
 *     io.start();
 * });
 * }</pre>
 *
 * <p>Each event loop has one. {@link #addCallback} and {@link #stop} may be called from any thread, everything else on its loop. A callback may wait, as any green thread;
 * the other callbacks wait with it. What one throws is reported, and the next goes on.
 */
public final class IOLoop {

    /** There is something to read: bytes, a connection, the end of the stream. */
    public static final int READ = 1;

    /** There is room to write. */
    public static final int WRITE = 4;

    /** The peer has ended or broken the connection, or the channel was closed. */
    public static final int ERROR = 0x18;

    private static final LoopLocal<IOLoop> LOOPS = LoopLocal.madeFor(IOLoop::new);

    /** Where {@link #runInExecutor} runs what has no executor. */
    private static final Offload THREADS = new Offload("io-loop", 4, 64);

    /** A callback that leads to the next gives way to the other green threads now and then, not each time. */
    private static final int PASSES = 32;

    /** 73 years, in nanoseconds: what is farther off is taken for that. */
    private static final long FARTHEST = 1L << 61;

    private final EventLoop eventLoop;
    private final Loop loop;

    // Confined to the loop.
    private final ArrayDeque<GreenTask> queue = new ArrayDeque<>();
    private final IdentityHashMap<GreenChannel, HandledChannel> handled = new IdentityHashMap<>();
    private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>();
    private @Nullable Fiber runner;
    private boolean idle;
    private boolean stops;

    private IOLoop(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
        this.loop = Handles.loopOf(eventLoop);
    }

    /**
     * Returns the caller's.
     *
     * @return the one of the caller's event loop
     * @throws IllegalStateException on a thread that is on no loop; the message says how to get onto one
     */
    public static IOLoop current() {
        Fiber _ = Loop.requireFiber("IOLoop.current");
        return of(Objects.requireNonNull(EventLoop.current()));
    }

    /**
     * Returns an event loop's. Any thread.
     *
     * @param loop of any state
     * @return the same one each time
     */
    public static IOLoop of(EventLoop loop) {
        return LOOPS.get(Objects.requireNonNull(loop, "loop"));
    }

    // ---- running

    /**
     * Runs callbacks until {@link #stop}. After a {@code stop} that came before, it runs those that are there and returns.
     *
     * @throws IllegalStateException if it runs already
     * @throws InterruptedException if a user interrupted the thread
     */
    public void start() throws InterruptedException {
        checkHere("start");
        if (runner != null) {
            throw new IllegalStateException("The IOLoop of " + eventLoop + " runs already, on '" + runner.name() + "'");
        }
        Fiber fiber = Loop.requireFiber("IOLoop.start");
        runner = fiber;
        try {
            run(fiber);
        } finally {
            runner = null;
            idle = false;
            stops = false;
        }
    }

    private void run(Fiber fiber) throws InterruptedException {
        for (int passes = 1;; passes++) {
            for (int left = queue.size(); left > 0; left--) {
                runOne(fiber, queue.remove());
            }
            if (stops) {
                return;
            }
            if (!queue.isEmpty()) {
                if (passes % PASSES == 0) {
                    fiber.giveWay();
                }
            } else {
                idle = true;
                fiber.await(this);
                idle = false;
            }
        }
    }

    private void runOne(Fiber fiber, GreenTask callback) throws InterruptedException {
        try {
            callback.run();
        } catch (InterruptedException | GreenInterruptedException e) {
            throw e; // Meant for whoever has started the loop.
        } catch (Throwable e) {
            if (fiber.isDelivered(e) || !loop.isOpen()) {
                throw Sneaky.thrown(e);
            }
            loop.host().report("a callback of the IOLoop of " + loop.name(), e);
        }
    }

    /** Has {@link #start} return after the callbacks that are there now. Any thread. */
    public void stop() {
        if (loop.isHere()) {
            stops = true;
            wake();
        } else {
            addCallback(this::stop);
        }
    }

    /**
     * Tells whether somebody runs callbacks. On its loop.
     *
     * @return true within {@link #start} and {@link #runSync}
     */
    public boolean isRunning() {
        checkHere("isRunning");
        return runner != null;
    }

    /**
     * Tells whether the caller is what {@link #start} runs: then whatever it waits for keeps the other callbacks waiting. Any thread.
     *
     * @return true in callbacks and handlers
     */
    public boolean isInCallback() {
        return loop.isHere() && runner != null && runner == Loop.currentFiber();
    }

    /**
     * Runs callbacks until a stage is complete that a first callback makes.
     *
     * @param <T> what the stage brings
     * @param body called as the first callback; null stands for a stage that is complete
     * @param timeout for how long at the most; null for ever
     * @return what the stage brought
     * @throws TimeoutException if the time has passed first; the stage has been cancelled then
     * @throws IllegalStateException if the loop was stopped before, or runs already
     * @throws Exception what the body threw or the stage failed with
     */
    public <T extends @Nullable Object> T runSync(Callable<? extends @Nullable CompletionStage<T>> body,
            @Nullable Duration timeout)
            throws Exception {
        Objects.requireNonNull(body, "body");
        checkHere("runSync");
        var run = new SyncRun<T>(body);
        addCallback(run);
        DelayedCall limit = timeout == null ? null : callLater(timeout, run::expire);
        try {
            start();
        } finally {
            if (limit != null) {
                removeTimeout(limit);
            }
        }
        return run.result(timeout);
    }

    /** One {@link #runSync}. */
    private final class SyncRun<T extends @Nullable Object> implements GreenTask {

        private final Callable<? extends @Nullable CompletionStage<T>> body;
        private @Nullable CompletionStage<T> stage;
        private @Nullable T value;
        private @Nullable Throwable failure;
        private boolean done;
        private boolean expired;

        SyncRun(Callable<? extends @Nullable CompletionStage<T>> body) {
            this.body = body;
        }

        @Override
        public void run() {
            try {
                stage = body.call();
            } catch (Exception e) {
                end(null, e);
                return;
            }
            if (stage == null) {
                end(null, null);
            } else {
                addFuture(stage, this::end);
            }
        }

        private void end(@Nullable T result, @Nullable Throwable thrown) {
            done = true;
            value = result;
            failure = thrown;
            stop();
        }

        void expire() {
            expired = true;
            stop();
        }

        @SuppressWarnings("NullAway") // null only if the stage brought it
        T result(@Nullable Duration timeout) throws Exception {
            if (done) {
                switch (failure) {
                    case null -> {
                        return value;
                    }
                    case Exception e -> throw e;
                    case Error e -> throw e;
                    case Throwable e -> throw new CompletionException(e);
                }
            }
            if (!expired) {
                throw new IllegalStateException(
                        "The IOLoop of " + eventLoop + " was stopped before the stage was complete");
            }
            CompletionStage<T> late = stage;
            if (late != null) {
                late.toCompletableFuture().cancel(true);
            }
            throw new TimeoutException("Not complete after " + Durations.describe(timeout));
        }
    }

    // ---- callbacks

    /**
     * Has something called, soon, but not from here. Any thread. After the loop has closed it is dropped.
     *
     * @param callback what is called
     */
    public void addCallback(GreenTask callback) {
        Objects.requireNonNull(callback, "callback");
        if (loop.isHere()) {
            enqueue(callback);
        } else {
            loop.tell(() -> enqueue(callback), () -> {});
        }
    }

    /** The same on the loop, its own thread included. */
    void enqueue(GreenTask callback) {
        queue.add(callback);
        wake();
    }

    private void wake() {
        Fiber waiting = runner;
        if (idle && waiting != null) {
            idle = false;
            LockSupport.unpark(waiting.threadOrNull());
        }
    }

    /**
     * Has something called after a delay. On its loop.
     *
     * @param delay from now; none or less is soon
     * @param callback what is called
     * @return removes it: {@link #removeTimeout}
     */
    public DelayedCall callLater(Duration delay, GreenTask callback) {
        Objects.requireNonNull(delay, "delay");
        return call("callLater", loop.deadlineAfter(delay.isNegative() ? 0 : Waiter.nanos(delay)), callback);
    }

    /**
     * Has something called at a moment. Those of equal moments are called in the order in which they were set. On its loop.
     *
     * @param time by the loop's clock: {@link #time()}; what has passed is soon
     * @param callback what is called
     * @return removes it: {@link #removeTimeout}
     */
    public DelayedCall callAt(long time, GreenTask callback) {
        long left = time - time();
        return call("callAt", left < FARTHEST ? time : loop.deadlineAfter(FARTHEST), callback);
    }

    private DelayedCall call(String call, long deadline, GreenTask callback) {
        Objects.requireNonNull(callback, "callback");
        checkHere(call);
        var delayed = new DelayedCall(callback);
        delayed.setOn(loop.at(deadline, () -> enqueue(delayed), () -> {}));
        return delayed;
    }

    /**
     * Sees to it that a callback is not called, though its time may have come meanwhile. On its loop.
     *
     * @param call what {@link #callLater} or {@link #callAt} returned
     * @return false if it was called or removed already, which does no harm
     */
    public boolean removeTimeout(DelayedCall call) {
        checkHere("removeTimeout");
        return call.cancel();
    }

    /**
     * Returns the time by the loop's clock, which never goes back. Any thread.
     *
     * @return nanoseconds since some moment
     */
    public long time() {
        return loop.hub().nanoTime();
    }

    // ---- stages and executors

    /**
     * Has something called with the outcome of a stage, whichever thread completes it. Any thread.
     *
     * @param <T> what the stage brings
     * @param stage any
     * @param callback called with the result, or with what it failed with
     */
    public <T extends @Nullable Object> void addFuture(CompletionStage<T> stage, Outcome<? super T> callback) {
        Objects.requireNonNull(callback, "callback");
        var _ = stage.whenComplete((value, failure) -> addCallback(() -> callback.accept(value, unwrapped(failure))));
    }

    /**
     * Is called with the outcome of a stage.
     *
     * @param <T> what the stage brings
     */
    @FunctionalInterface
    public interface Outcome<T extends @Nullable Object> {

        /**
         * The stage is complete. On the green thread that runs the {@link IOLoop}.
         *
         * @param result what it brought; null if it failed
         * @param failure what it failed with, or null
         * @throws Exception whatever went wrong: it is reported
         */
        void accept(@Nullable T result, @Nullable Throwable failure) throws Exception;
    }

    private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /**
     * Runs something elsewhere that would hold the loop.
     *
     * @param <T> what it returns
     * @param executor who runs it; null for native threads of the loops' own, up to 64 in the process
     * @param body what it runs
     * @return completed by a callback, so what depends on it runs on the loop
     */
    public <T extends @Nullable Object> CompletionStage<T> runInExecutor(@Nullable Executor executor,
            Callable<T> body) {
        Objects.requireNonNull(body, "body");
        checkHere("runInExecutor");
        var future = new CompletableFuture<T>();
        if (executor != null) {
            executor.execute(() -> complete(future, body));
        } else {
            Offload.Work<T> work = THREADS.work("a native thread to run " + body, body);
            var _ = eventLoop.spawn("io-loop-executor", () -> {
                boolean _ = work.await(-1);
                complete(future, work::result);
            });
        }
        return future;
    }

    private <T extends @Nullable Object> void complete(CompletableFuture<T> future, Callable<T> body) {
        T value;
        try {
            value = body.call();
        } catch (Throwable e) { // whoever asked is told
            addCallback(() -> future.completeExceptionally(e));
            return;
        }
        addCallback(() -> future.complete(value));
    }

    // ---- handlers

    /**
     * Has a handler called whenever a channel is ready, for as long as it is. A try that finds nothing is possible; whoever does not read what is there is called
     * again. On its loop.
     *
     * @param channel a connected socket, a listener, a datagram socket or the end of a pipe, of this loop
     * @param handler what is called
     * @param events {@link #READ}, {@link #WRITE}, {@link #ERROR}, added
     * @throws IllegalArgumentException if it has a handler already
     * @throws IOException if it is closed
     */
    public void addHandler(GreenChannel channel, IOHandler handler, int events) throws IOException {
        Objects.requireNonNull(handler, "handler");
        checkEvents(events);
        checkHere("addHandler");
        Pollable waits = Handles.waitsOf(Objects.requireNonNull(channel, "channel"));
        checkMine(waits, channel);
        var added = new HandledChannel(this, channel, waits, handler);
        Pollable.Listener before = waits.listen(added);
        if (before != null) {
            throw new IllegalArgumentException(
                    "channel: " + channel + " (expected: one that nobody watches; this is watched by " + before + ")");
        }
        handled.put(channel, added);
        added.want(events);
    }

    /**
     * Changes what a handler is called for. On its loop.
     *
     * @param channel a channel with a handler
     * @param events what it is called for from now on
     * @throws IllegalArgumentException if it has no handler
     * @throws IOException if it is closed
     */
    public void updateHandler(GreenChannel channel, int events) throws IOException {
        checkEvents(events);
        checkHere("updateHandler");
        HandledChannel known = handled.get(channel);
        if (known == null) {
            throw new IllegalArgumentException(
                    "channel: " + channel + " (expected: one with a handler; addHandler comes first)");
        }
        known.want(events);
    }

    /**
     * Has no handler called for a channel any more, though it may be ready already. Without a handler it does nothing. On its loop.
     *
     * @param channel any
     */
    public void removeHandler(GreenChannel channel) {
        checkHere("removeHandler");
        HandledChannel known = handled.remove(channel);
        if (known != null) {
            known.remove();
        }
    }

    private static void checkEvents(int events) {
        if ((events & ~(READ | WRITE | ERROR)) != 0) {
            throw new IllegalArgumentException("events: " + events + " (expected: READ, WRITE, ERROR, added)");
        }
    }

    // ---- for streams

    EventLoop eventLoop() {
        return eventLoop;
    }

    Loop loop() {
        return loop;
    }

    /** Returns who runs callbacks, or null. */
    @Nullable Fiber runner() {
        return runner;
    }

    void checkMine(Pollable waits, Object channel) {
        if (waits.loop() != loop) {
            throw new IllegalArgumentException("channel: " + channel + " of the loop '" + waits.loop().name()
                    + "' (expected: one of the loop '" + loop.name() + "')");
        }
    }

    /** Refuses what is called from elsewhere. The call's text is made for the refusal alone. */
    void checkHere(Object call) {
        if (!loop.isHere()) {
            throw new IllegalStateException(
                    call + " was called outside of " + eventLoop + "; elsewhere, hand it over with IOLoop.addCallback");
        }
    }

    /** Lends a buffer for the length of a read. */
    ByteBuffer lend(int size) {
        ByteBuffer lent = buffers.poll();
        return lent != null && lent.capacity() >= size ? lent.clear().limit(size) : ByteBuffer.allocateDirect(size);
    }

    void giveBack(ByteBuffer lent) {
        if (buffers.size() < 2) {
            buffers.push(lent);
        }
    }

    @Override
    public String toString() {
        return "callbacks of the IOLoop of " + loop.name();
    }
}
