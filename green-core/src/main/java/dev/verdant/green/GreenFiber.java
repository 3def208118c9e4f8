package dev.verdant.green;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A green thread that Verdant started, and its handle. */
class GreenFiber<T extends @Nullable Object> extends Fiber implements GreenThread<T> {

    /*
     * NEW -> BEGUN        body() runs it
     * NEW -> STOPPED      cancel or kill came first; the body never runs
     *
     * The outcome is written once, by whoever took it out of NEW. Whoever wants to know it registers in the completion and looks at the outcome again;
     * the ender writes the outcome and then looks at the completion. Both are volatile, so one of the two sees the other.
     */
    private static final int NEW = 0;
    private static final int BEGUN = 1;
    private static final int STOPPED = 2;

    private static final VarHandle STATE;
    private static final VarHandle COMPLETION;

    static {
        try {
            var lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(GreenFiber.class, "state", int.class);
            COMPLETION = lookup.findVarHandle(GreenFiber.class, "completion", Completion.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop eventLoop;
    private @Nullable String name;
    private @Nullable Callable<? extends T> body;

    private volatile int state = NEW;
    private volatile @Nullable Outcome outcome;
    private volatile @Nullable Completion<GreenThread<T>> completion;
    private volatile boolean observed;

    /** The kill that was sent last; the victim ends by it if it ends by any exception after its arrival. */
    private volatile @Nullable Kill kill;

    private volatile @Nullable Unobserved unobserved;

    GreenFiber(EventLoop eventLoop, @Nullable String name, Callable<? extends T> body) {
        super(eventLoop.kernel());
        this.eventLoop = eventLoop;
        this.name = name;
        this.body = eventLoop.carrying(body);
    }

    final GreenFiber<T> start() {
        loop().start(this, name);
        return this;
    }

    // ---- running

    /** As little as can be: this frame is part of every parked green thread. */
    @Override
    protected final void body() {
        Callable<? extends T> task = begin();
        if (task == null) {
            return;
        }
        Outcome end;
        try {
            T value = task.call(); // Before its record is made, or a frame that waits would hold one.
            end = new Outcome.Returned(value);
        } catch (Throwable e) {
            end = failed(e);
        }
        endOnThread(end);
    }

    /** Returns what is to run, or null if it must not. */
    private @Nullable Callable<? extends T> begin() {
        Callable<? extends T> task = body;
        return task != null && STATE.compareAndSet(this, NEW, BEGUN) ? task : null;
    }

    private void endOnThread(Outcome end) {
        if (baton() instanceof GreenletTree greenlets) {
            greenlets.end();
        }
        end(end);
    }

    /** The body has thrown something, whatever is made of it. On the thread. */
    void threw(Throwable e) {}

    private Outcome failed(Throwable e) {
        threw(e);
        Kill sent = kill;
        // The loop may have run out of patience before the kill with which it closes could arrive.
        if (sent != null && (sent.isSettled() || e instanceof LoopClosedException)) {
            return new Outcome.Killed(sent.cause());
        }
        return e instanceof GreenExit ? new Outcome.Killed(e) : new Outcome.Failed(e);
    }

    @Override
    protected final @Nullable Throwable failure() {
        // No switch over types: what those need is made when they first run, and every program's first green threads end soon.
        if (outcome instanceof Outcome.Failed(Throwable failure)) {
            return failure;
        }
        return outcome instanceof Outcome.Killed(Throwable cause) ? cause : null;
    }

    /** What it threw, which somebody now gets to see. For one that has failed. */
    final Throwable seenFailure() {
        observe();
        return Objects.requireNonNull(failure());
    }

    @Override
    protected final void neverRan() {
        stop(new GreenExit("its loop closed before it began"));
    }

    /** Ends it if it has not begun. */
    final boolean stop(Throwable cause) {
        if (!STATE.compareAndSet(this, NEW, STOPPED)) {
            return false;
        }
        end(new Outcome.Killed(cause));
        return true;
    }

    private void end(Outcome end) {
        body = null;
        outcome = end;
        ended();
        Completion<GreenThread<T>> waiting = completion;
        if (waiting != null && waiting.fire()) {
            for (var link = waiting.takeLink(); link != null; link = waiting.takeLink()) {
                call(link);
            }
        }
        if (end instanceof Outcome.Failed(Throwable failure) && !observed) {
            unseen(failure);
        }
    }

    private void call(Consumer<? super GreenThread<T>> link) {
        try {
            link.accept(this);
        } catch (Throwable e) {
            eventLoop.uncaught(Thread.currentThread(), name(), e);
        }
    }

    /** Something more to do at the end, on whatever thread. */
    void ended() {}

    /** It failed and nobody has asked for it yet. */
    void unseen(Throwable failure) {
        unobserved = Unobserved.keep(this, eventLoop, failure);
        if (observed) {
            observe(); // Whoever asked meanwhile may have looked too early.
        }
    }

    final EventLoop eventLoop() {
        return eventLoop;
    }

    // ---- asking

    /** Somebody has asked, or nobody ever will: what it ends with need not be reported. */
    final void observe() {
        observed = true;
        Unobserved kept = unobserved;
        if (kept != null) {
            kept.observed();
        }
    }

    /** Waits for the end; returns null if the time has passed first. */
    private @Nullable Outcome awaitOutcome(long nanos) throws InterruptedException {
        observe();
        if (outcome == null && nanos != 0) {
            completion().await(this, nanos);
        }
        Outcome end = outcome;
        if (end != null) {
            observe();
        }
        return end;
    }

    private Completion<GreenThread<T>> completion() {
        Completion<GreenThread<T>> known = completion;
        if (known != null) {
            return known;
        }
        var made = new Completion<GreenThread<T>>();
        if (!COMPLETION.compareAndSet(this, null, made)) {
            return Objects.requireNonNull(completion);
        }
        if (outcome != null) {
            boolean _ = made.fire(); // The ender may have looked too early.
        }
        return made;
    }

    @Override
    @SuppressWarnings("unchecked") // the body's result is a T
    public final T await() throws Exception {
        return switch (awaitOutcome(-1)) {
            case Outcome.Returned(Object value) -> (T) value;
            case Outcome.Failed(Throwable failure) -> throw Sneaky.thrown(failure);
            case Outcome.Killed(Throwable cause) -> throw Sneaky.thrown(cause);
            case null -> throw new AssertionError("woken before the end; please report");
        };
    }

    @Override
    public final T get() throws InterruptedException, ExecutionException {
        return value(Objects.requireNonNull(awaitOutcome(-1)));
    }

    @Override
    public final T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        Outcome end = awaitOutcome(Math.max(0, unit.toNanos(timeout)));
        if (end == null) {
            throw new TimeoutException(
                    "the green thread '" + name() + "' has not ended within " + timeout + " " + unit);
        }
        return value(end);
    }

    @SuppressWarnings("unchecked") // the body's result is a T
    private T value(Outcome end) throws ExecutionException {
        return switch (end) {
            case Outcome.Returned(Object value) -> (T) value;
            case Outcome.Failed(Throwable failure) -> throw new ExecutionException(failure);
            case Outcome.Killed(Throwable cause) -> {
                var cancelled = new CancellationException("the green thread '" + name() + "' was killed");
                cancelled.initCause(cause);
                throw cancelled;
            }
        };
    }

    @Override
    public final State state() {
        observe();
        return switch (outcome) {
            case null -> State.RUNNING;
            case Outcome.Returned returned -> State.SUCCESS;
            case Outcome.Failed failed -> State.FAILED;
            case Outcome.Killed killed -> State.CANCELLED;
        };
    }

    @Override
    public final boolean isDone() {
        return outcome != null;
    }

    @Override
    public final boolean isCancelled() {
        return outcome instanceof Outcome.Killed;
    }

    @Override
    public final boolean isAlive() {
        return state == BEGUN && outcome == null;
    }

    @Override
    public final CompletionStage<T> toStage() {
        var stage = new CompletableFuture<T>();
        link(ended -> complete(stage));
        return stage;
    }

    @SuppressWarnings("unchecked") // the body's result is a T
    private void complete(CompletableFuture<T> stage) {
        switch (Objects.requireNonNull(outcome)) {
            case Outcome.Returned(Object value) -> stage.complete((T) value);
            case Outcome.Failed(Throwable failure) -> stage.completeExceptionally(failure);
            case Outcome.Killed(Throwable cause) -> stage.completeExceptionally(cause);
        }
    }

    @Override
    public final void link(Consumer<? super GreenThread<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        observe();
        watch(callback);
        if (outcome != null) {
            observe();
        }
    }

    /** Links without asking for the outcome: a failure is reported as if nobody had. */
    final void watch(Consumer<? super GreenThread<T>> callback) {
        if (outcome != null || !completion().add(callback)) {
            call(callback);
        }
    }

    @Override
    public final boolean unlink(Consumer<? super GreenThread<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        Completion<GreenThread<T>> known = completion;
        return known != null && known.remove(callback);
    }

    // ---- ending

    @Override
    public final void kill() {
        kill(new GreenExit());
    }

    @Override
    public final void kill(Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        if (outcome != null || stop(cause)) {
            return;
        }
        if (isCaller()) {
            var _ = killing(cause); // It may have to go up through greenlets.
            throw Sneaky.thrown(cause);
        }
        send(killing(cause));
    }

    /** Puts a kill on its way and waits for nothing. To oneself it comes at the next wait. */
    final void doom(Throwable cause) {
        if (outcome == null && !stop(cause)) {
            post(killing(cause));
        }
    }

    @Override
    public final boolean isKilledBy(Throwable e) {
        Kill sent = kill;
        return sent != null && sent.cause() == e;
    }

    private Kill killing(Throwable cause) {
        var sent = new Kill(this, cause);
        kill = sent;
        return sent;
    }

    /** The loop closes: what it is killed with. */
    final Kill exit() {
        return killing(new GreenExit("its loop closes"));
    }

    @Override
    public final boolean cancel() {
        return stop(new GreenExit("cancelled before it began"));
    }

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        if (cancel()) {
            return true;
        }
        if (outcome != null || !mayInterruptIfRunning) {
            return false;
        }
        kill();
        return true;
    }

    // ---- who it is

    @Override
    public final Thread thread() {
        Thread started = threadOrNull();
        if (started == null) {
            throw new IllegalStateException("the green thread '" + name() + "' has not been started yet");
        }
        return started;
    }

    @Override
    public final String name() {
        if (name == null) {
            Thread started = threadOrNull();
            return started == null ? "green (not started)" : "green-" + started.threadId();
        }
        return name;
    }

    @Override
    public final String toString() {
        return "the green thread '" + name() + "'";
    }
}
