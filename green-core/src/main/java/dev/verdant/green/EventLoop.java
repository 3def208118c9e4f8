package dev.verdant.green;

import dev.verdant.green.kernel.Delivery;
import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Group;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Host;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.spi.LoopObserver;
import dev.verdant.green.spi.LoopSnapshot;
import dev.verdant.green.spi.ReadyOrder;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A loop of one's own: for programs that keep their main thread. {@link Green#run} is the shorter way. Any thread may call.
 *
 * <p>Its green threads never run in parallel, and control changes hands only in a call that waits, so what they share needs no lock. Its thread
 * is a daemon.
 */
public final class EventLoop implements AutoCloseable {

    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Loop kernel;
    private final Thread.@Nullable UncaughtExceptionHandler onUncaught;
    private final @Nullable UnaryOperator<Callable<?>> onSpawn;

    private final Map<LoopLocal<?>, Object> locals = new ConcurrentHashMap<>();

    /** Who reports what nobody has asked for before the loop ended; set by the loop's own thread as the last thing that it does. */
    private volatile @Nullable Thread lastReporter;

    static {
        Handles.install(handle -> ((EventLoop) handle).kernel);
    }

    private EventLoop(Options options) {
        this.onUncaught = options.onUncaught;
        this.onSpawn = options.onSpawn;
        HubProvider provider = options.hub != null ? options.hub : Hubs.select();
        String name = options.name != null ? options.name : "verdant-loop-" + NAMES.incrementAndGet();
        this.kernel = Loop.start(name, provider, options.order, options.observer, new Layer());
    }

    /**
     * Starts a loop on the hub that {@link Hubs#select()} picks.
     *
     * @return a running loop; close it
     * @throws dev.verdant.hub.HubUnavailableException if there is none
     * @throws IllegalStateException if the JVM lacks a flag; the message says which
     */
    public static EventLoop start() {
        return start(options -> {});
    }

    /**
     * Starts a loop.
     *
     * @param configure sets the options
     * @return a running loop; close it
     * @throws dev.verdant.hub.HubUnavailableException if there is no hub
     * @throws IllegalStateException if the JVM lacks a flag; the message says which
     */
    public static EventLoop start(Consumer<? super Options> configure) {
        return start(configure, 0);
    }

    /** Starts one of a group: a name that was given gets its number. */
    static EventLoop start(Consumer<? super Options> configure, int number) {
        Objects.requireNonNull(configure, "configure");
        var options = new Options();
        configure.accept(options);
        if (number > 0 && options.name != null) {
            options.name += "-" + number;
        }
        return new EventLoop(options);
    }

    /**
     * Returns the loop the caller is on.
     *
     * @return the loop, or null off every loop
     */
    public static @Nullable EventLoop current() {
        Loop loop = Loop.current();
        return loop == null ? null : of(loop);
    }

    static EventLoop of(Loop loop) {
        return ((Layer) loop.host()).eventLoop();
    }

    /** What a loop is started with. Confined to the call of {@link EventLoop#start(Consumer)}. */
    public static final class Options {

        private @Nullable String name;
        private @Nullable HubProvider hub;
        private @Nullable ReadyOrder order;
        private LoopObserver observer = LoopObserver.NONE;
        private Thread.@Nullable UncaughtExceptionHandler onUncaught;
        private @Nullable UnaryOperator<Callable<?>> onSpawn;

        private Options() {}

        /**
         * Names the loop and its thread.
         *
         * @param name not blank; {@code verdant-loop-N} if it is never called
         * @return this
         */
        public Options name(String name) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name: '" + name + "' (expected: not blank)");
            }
            this.name = name;
            return this;
        }

        /**
         * Chooses the hub.
         *
         * @param provider where it comes from; {@link Hubs#select()} if it is never called
         * @return this
         */
        public Options hub(HubProvider provider) {
            this.hub = Objects.requireNonNull(provider, "provider");
            return this;
        }

        /**
         * Chooses which ready green thread runs next. For tests.
         *
         * @param order first come, first served, if it is never called
         * @return this
         */
        public Options order(ReadyOrder order) {
            this.order = Objects.requireNonNull(order, "order");
            return this;
        }

        /**
         * Watches the loop. For tools.
         *
         * @param observer what is told
         * @return this
         */
        public Options observer(LoopObserver observer) {
            this.observer = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Handles failures that nobody else will see. Called on a thread that may wait; what it throws is logged.
         *
         * @param handler logs to {@link System.Logger} {@code dev.verdant.green} if it is never called
         * @return this
         */
        public Options onUncaught(Thread.UncaughtExceptionHandler handler) {
            this.onUncaught = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Carries context into new green threads: a logging context, a trace. The hook is called in the thread that spawns, with the body, and returns
         * what the new thread runs instead: it calls the body once, and returns and throws what the body does.
         *
         * <pre>{@code
         * options.onSpawn(body -> {
         *     var context = MDC.getCopyOfContextMap();
         *     return () -> {
         *         var before = MDC.getCopyOfContextMap();
         *         MDC.setContextMap(context);
         *         try {
         *             return body.call();
         *         } finally {
         *             MDC.setContextMap(before);
         *         }
         *     };
         * })
         * }</pre>
         *
         * <p>Put back what was there before, as this does: a member of a full pool runs the body itself. It is called for every way to start a green
         * thread on the loop: {@code spawn}, {@code spawnN}, {@code spawnAfter}, scopes, pools, executors, {@link EventLoop#threadFactory}, and the handlers of
         * {@code Net.serve}; not for virtual threads that other people's code starts, and not for tasks of a {@code NativePool}, which are
         * no green threads: hand them what they are to see. What it throws, the spawner gets, and nothing is spawned.
         *
         * @param hook any thread may come to call it; nothing is carried if it is never set, and nothing is paid
         * @return this
         */
        public Options onSpawn(UnaryOperator<Callable<?>> hook) {
            this.onSpawn = Objects.requireNonNull(hook, "hook");
            return this;
        }
    }

    /**
     * Starts a green thread on this loop.
     *
     * @param <T> what the body returns
     * @param body the body
     * @return its handle
     * @throws LoopClosedException if the loop has begun to close
     */
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<T> body) {
        Objects.requireNonNull(body, "body");
        return new GreenFiber<T>(this, null, body).start();
    }

    /**
     * Starts a green thread on this loop.
     *
     * @param body the body
     * @return its handle
     * @throws LoopClosedException if the loop has begun to close
     */
    public GreenThread<@Nullable Void> spawn(GreenTask body) {
        Objects.requireNonNull(body, "body");
        return this.<@Nullable Void>spawn(body.toCallable());
    }

    /**
     * Starts a green thread on this loop.
     *
     * @param <T> what the body returns
     * @param name its name
     * @param body the body
     * @return its handle
     * @throws LoopClosedException if the loop has begun to close
     */
    public <T extends @Nullable Object> GreenThread<T> spawn(String name, Callable<T> body) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(body, "body");
        return new GreenFiber<T>(this, name, body).start();
    }

    /**
     * Starts a green thread on this loop.
     *
     * @param name its name
     * @param body the body
     * @return its handle
     * @throws LoopClosedException if the loop has begun to close
     */
    public GreenThread<@Nullable Void> spawn(String name, GreenTask body) {
        Objects.requireNonNull(body, "body");
        return this.<@Nullable Void>spawn(name, body.toCallable());
    }

    /** The body, with what the loop's owner has it carry. In the thread that spawns. */
    @SuppressWarnings("unchecked") // the hook promises to return what the body returns
    <T extends @Nullable Object> Callable<? extends T> carrying(Callable<? extends T> body) {
        if (onSpawn == null) {
            return body;
        }
        return (Callable<? extends T>) Objects.requireNonNull(onSpawn.apply(body), "what the onSpawn hook returned");
    }

    void spawnDetached(GreenTask body) {
        new DetachedFiber(this, body.toCallable()).start();
    }

    /** A green thread without a handle: its failure is reported at once. */
    private static class DetachedFiber extends GreenFiber<@Nullable Object> {

        DetachedFiber(EventLoop loop, Callable<?> body) {
            super(loop, null, body);
        }

        @Override
        void unseen(Throwable failure) {
            eventLoop().uncaught(Thread.currentThread(), name(), failure);
        }
    }

    /**
     * Returns an executor that starts a green thread for each task, from whatever thread. What a task throws is reported.
     *
     * @return an executor
     */
    public Executor executor() {
        return task -> {
            Objects.requireNonNull(task, "task");
            spawnDetached(task::run);
        };
    }

    /**
     * Returns a factory of green threads of this loop.
     *
     * @return a factory whose threads are virtual; what their bodies throw is reported
     */
    public ThreadFactory threadFactory() {
        return task -> {
            Objects.requireNonNull(task, "task");
            return kernel.create(new DetachedFiber(this, ((GreenTask) task::run).toCallable()), null);
        };
    }

    /**
     * Returns the name of the hub.
     *
     * @return for example {@code epoll}
     */
    public String hubName() {
        return kernel.hub().name();
    }

    /**
     * Tells whether the loop's time is virtual: then it stands while anything can run, and work must not be done elsewhere behind its back.
     *
     * @return true on a simulated hub
     */
    public boolean isTimeVirtual() {
        return kernel.isTimeVirtual();
    }

    /**
     * Describes what the loop holds.
     *
     * @return a snapshot; exact if taken on the loop
     */
    public LoopSnapshot snapshot() {
        return kernel.snapshot();
    }

    /**
     * Kills the green threads, lets their {@code finally} blocks run, and ends the loop. Returns when it has ended: within some two seconds, unless a
     * green thread occupies the loop; then after five, with a warning in the log. Called on the loop itself it returns at once, and the caller is killed with
     * the others. Twice does nothing more.
     */
    @Override
    public void close() {
        if (kernel.close()) {
            awaitLastReports();
        } else if (!kernel.isHere()) {
            System.getLogger("dev.verdant.green").log(Level.WARNING, "The loop '" + kernel.name()
                    + "' has not closed within five seconds: a green thread occupies it. It will close when that thread waits or ends.");
        }
    }

    /** So that a program which ends now has seen them. Who reports may be the one that closes. */
    private void awaitLastReports() {
        Thread reporter = lastReporter;
        if (reporter == null || reporter == Thread.currentThread()) {
            return;
        }
        try {
            boolean _ = reporter.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A handler may wait or take locks, and whoever closes the loop waits for the loop's own thread: so not there, unless there is no other. */
    private void beginLastReports() {
        if (!Unobserved.isAnyOf(this)) {
            return;
        }
        try {
            lastReporter = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("verdant-reporter")
                    .start(() -> Unobserved.reportAll(this));
        } catch (OutOfMemoryError e) {
            Unobserved.reportAll(this); // No native thread can be had.
        }
    }

    Loop kernel() {
        return kernel;
    }

    @SuppressWarnings("unchecked") // what it has made itself
    <T> T local(LoopLocal<T> key) {
        Object made = locals.get(key);
        return (T) (made != null ? made : locals.computeIfAbsent(key, local -> local.make(this)));
    }

    /** Reports a failure that nobody else will see. Not on the loop's own thread while it turns. */
    void uncaught(Thread thread, String name, Throwable failure) {
        if (failure instanceof GreenExit) {
            return;
        }
        try {
            if (onUncaught != null) {
                onUncaught.uncaughtException(thread, failure);
                return;
            }
        } catch (Throwable e) {
            failure.addSuppressed(e);
        }
        System.getLogger("dev.verdant.green").log(Level.ERROR, "Uncaught in '" + name + "'", failure);
    }

    @Override
    public String toString() {
        return "EventLoop[" + kernel.name() + " on " + hubName() + "]";
    }

    /** This layer, as the kernel sees it. */
    private final class Layer implements Host {

        EventLoop eventLoop() {
            return EventLoop.this;
        }

        @Override
        public RuntimeException closed(String message) {
            return new LoopClosedException(message);
        }

        @Override
        public Fiber adopt(Loop loop, Thread thread) {
            return new AdoptedThread(loop, thread);
        }

        @Override
        public Fiber prepare(Loop loop, Callable<?> body, boolean detached, Group group) {
            if (detached) {
                return new DetachedFiber(EventLoop.this, body) {
                    @Override
                    public Group group() {
                        return group;
                    }

                    @Override
                    void ended() {
                        group.ended(this);
                    }
                };
            }
            return new GreenFiber<@Nullable Object>(EventLoop.this, null, body) {
                @Override
                public Group group() {
                    return group;
                }

                @Override
                void ended() {
                    group.ended(this);
                }
            };
        }

        @Override
        public @Nullable Delivery exit(Fiber fiber) {
            return switch (fiber) {
                case GreenFiber<?> ours -> ours.exit();
                case AdoptedThread adopted -> adopted.exit();
                default -> null; // A greenlet ends with the green thread that it belongs to.
            };
        }

        @Override
        public void tidy() {
            Unobserved.reportUnreachable();
            GreenletCore.killUnreachable();
        }

        @Override
        public void ended(Loop loop) {
            beginLastReports();
        }

        @Override
        public void report(String who, Throwable failure) {
            uncaught(Thread.currentThread(), who, failure);
        }
    }
}
