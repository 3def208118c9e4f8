package dev.verdant.green.pool;

import dev.verdant.green.GreenTask;
import dev.verdant.green.kernel.Offload;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Native threads for what would hold a loop: long computations, and calls that block in native code. What blocks in the JDK needs no such thread, because
 * green threads wait there without holding their loop.
 *
 * <pre>{@code
 * byte[] digest = NativePool.execute(() -> hash(file));
 * Engine engine = NativePool.proxy(Engine.class, new NativeEngine());   // each call runs on a native thread
 * }</pre>
 *
 * <p>The caller waits and its loop runs on. Tasks begin in the order in which they came. What a task throws, of whatever kind, its caller gets as the very
 * object; what it returns is never taken for a failure. A wait that ends early (a timeout, a kill, an interrupt) abandons the wait and not the work: the
 * task is still done and then its thread is the next one's. A task that itself calls the pool it runs in runs the inner task at once. Tasks see the context
 * class loader of their caller and none of its thread locals. Any thread may call; on one that is on no loop the call blocks.
 *
 * <p>{@link #execute} and {@link #proxy} use a pool of the process: up to 20 threads, or as many as {@code -Dverdant.nativepool.size=N} says. Make a pool of
 * your own for what must not be held up by others, or must run on one thread only, and close it. Threads are daemons, made as work comes; idle ones end
 * after some seconds, so a pool that nobody closes keeps nothing. {@link dev.verdant.green.Green#dump} shows what they do.
 */
public final class NativePool implements AutoCloseable {

    private static final String PROPERTY = "verdant.nativepool.size";
    private static final int DEFAULT_SIZE = 20;

    private static volatile @Nullable NativePool common;

    private final Offload threads;

    /**
     * Creates a pool without a thread.
     *
     * @param name what it is for, part of its threads' names; not blank
     * @param size how many threads at the most, at least 1
     */
    public NativePool(String name, int size) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name: '" + name + "' (expected: not blank)");
        }
        if (size < 1) {
            throw new IllegalArgumentException("size: " + size + " (expected: >= 1)");
        }
        this.threads = new Offload(name, size, size);
    }

    // ---- the pool of the process

    /**
     * Runs a task on a native thread of the process's pool and waits for it.
     *
     * @param <T> what it returns
     * @param body the task
     * @return what it returns
     * @throws InterruptedException if a user interrupted the wait; the task is still done
     * @throws Exception what the task throws, the very object
     */
    public static <T extends @Nullable Object> T execute(Callable<T> body) throws Exception {
        return common().run(body);
    }

    /**
     * Runs a task on a native thread of the process's pool and waits for it.
     *
     * @param body the task
     * @throws InterruptedException if a user interrupted the wait; the task is still done
     * @throws Exception what the task throws, the very object
     */
    public static void execute(GreenTask body) throws Exception {
        common().run(body);
    }

    /**
     * Makes an object whose methods run on native threads of the process's pool. {@link #wrap} says what that means.
     *
     * @param <T> an interface
     * @param type that interface
     * @param target whose methods are called
     * @param results interfaces: what a method is declared to return as one of these comes back as such an object too
     * @return a proxy
     * @throws IllegalArgumentException if {@code type} or one of {@code results} is no interface, or one that cannot be called from here
     */
    public static <T> T proxy(Class<T> type, T target, Class<?>... results) {
        return common().wrap(type, target, results);
    }

    private static NativePool common() {
        NativePool known = common;
        return known != null ? known : makeCommon();
    }

    private static synchronized NativePool makeCommon() {
        NativePool known = common;
        if (known == null) {
            known = new NativePool("native", configuredSize());
            common = known;
        }
        return known;
    }

    private static int configuredSize() {
        String value = System.getProperty(PROPERTY);
        if (value == null) {
            return DEFAULT_SIZE;
        }
        try {
            int size = Integer.parseInt(value);
            if (size >= 1) {
                return size;
            }
        } catch (NumberFormatException e) {
            // Said below, with the value.
        }
        throw new IllegalArgumentException(PROPERTY + ": " + value + " (expected: a number of threads, 1 or more)");
    }

    // ---- one's own

    /**
     * Runs a task on a native thread of this pool and waits for it.
     *
     * @param <T> what it returns
     * @param body the task
     * @return what it returns
     * @throws InterruptedException if a user interrupted the wait; the task is still done
     * @throws java.util.concurrent.RejectedExecutionException if the pool is closed
     * @throws java.util.concurrent.CancellationException if the pool was {@linkplain #abandon abandoned} before the task began
     * @throws Exception what the task throws, the very object
     */
    public <T extends @Nullable Object> T run(Callable<T> body) throws Exception {
        Objects.requireNonNull(body, "body");
        return run(new Named(body), body);
    }

    /**
     * Runs a task on a native thread of this pool and waits for it.
     *
     * @param body the task
     * @throws InterruptedException if a user interrupted the wait; the task is still done
     * @throws java.util.concurrent.RejectedExecutionException if the pool is closed
     * @throws java.util.concurrent.CancellationException if the pool was {@linkplain #abandon abandoned} before the task began
     * @throws Exception what the task throws, the very object
     */
    public void run(GreenTask body) throws Exception {
        Objects.requireNonNull(body, "body");
        run(new Named(body), body.toCallable());
    }

    <T extends @Nullable Object> T run(Object what, Callable<T> body) throws Exception {
        if (threads.isHere()) {
            return body.call();
        }
        var work = threads.work(what, inContextOfCaller(body)).submit();
        boolean _ = work.await(-1);
        return work.result();
    }

    private static <T extends @Nullable Object> Callable<T> inContextOfCaller(Callable<T> body) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return () -> {
            Thread runner = Thread.currentThread();
            ClassLoader before = runner.getContextClassLoader();
            runner.setContextClassLoader(loader);
            try {
                return body.call();
            } finally {
                runner.setContextClassLoader(before);
            }
        };
    }

    /** A task in dumps: by its class, because its {@code toString} is the user's. */
    private record Named(Object body) {

        @Override
        public String toString() {
            return "a task of " + body.getClass().getName();
        }
    }

    /**
     * Makes an object whose methods run on native threads of this pool, each call as by {@link #run(Callable)}. {@code equals}, {@code hashCode} and
     * {@code toString} are the target's and called at once. A method that declares no {@code InterruptedException} throws
     * {@link dev.verdant.green.GreenInterruptedException} if a user interrupts the wait.
     *
     * @param <T> an interface
     * @param type that interface
     * @param target whose methods are called; if they are not safe for several threads, so is the proxy not, unless the pool has one thread
     * @param results interfaces: what a method is declared to return as one of these comes back as such an object too
     * @return a proxy
     * @throws IllegalArgumentException if {@code type} or one of {@code results} is no interface, or one that cannot be called from here
     */
    public <T> T wrap(Class<T> type, T target, Class<?>... results) {
        return NativeProxy.make(this, type, target, results);
    }

    /**
     * Takes no more tasks, and waits until those that it has are done and its threads have ended. A task of its own cannot close it. If a user interrupts the
     * wait, this returns with the interrupt set, and what has been begun ends by itself; any other end of the wait leaves all tasks to be done. Twice does
     * nothing more.
     *
     * @throws IllegalStateException if a task of this pool calls it: it would wait for itself
     */
    @Override
    public void close() {
        if (threads.isHere()) {
            throw new IllegalStateException(
                    "close was called by a task of the pool, which would wait for itself. Call it from outside, or abandon the pool.");
        }
        threads.shut();
        try {
            threads.awaitEnd();
        } catch (InterruptedException e) {
            threads.dropQueued();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Takes no more tasks, drops those that have not begun, and waits for nothing: those that have begun end by themselves, and who waits for them gets what
     * they return. Twice does nothing more.
     */
    public void abandon() {
        threads.shut();
        threads.dropQueued();
    }
}
