package dev.verdant.green.ssl;

import dev.verdant.green.EventLoop;
import dev.verdant.green.spi.FaultPoint;
import dev.verdant.green.sync.GreenSemaphore;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A task of an engine: some milliseconds of computing, or a key or trust manager that blocks. It is run on a native thread, of which there are a few for
 * the process, one less than processors: more would compete with the loops. The engine must not be released while it runs, so it is one use of the connection.
 */
final class EngineTask implements Runnable {

    private static final int IDLE_SECONDS = 5;

    private static final FaultPoint SLOW = FaultPoint.named("tls.task-slow");

    private static final long SLOWEST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final ThreadPoolExecutor THREADS = threads(
            Math.max(1, Runtime.getRuntime().availableProcessors() - 1));

    private final Runnable task;
    private final Uses uses;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final GreenSemaphore done = new GreenSemaphore(0);

    /** Written before it is done. */
    private @Nullable Throwable failure;

    /** The caller has entered; this leaves when the task has run, or will not any more. */
    private EngineTask(Runnable task, Uses uses) {
        this.task = task;
        this.uses = uses;
    }

    private static ThreadPoolExecutor threads(int most) {
        var threads = new ThreadPoolExecutor(most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("verdant-tls-", 1).inheritInheritableThreadLocals(false).factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * Has all tasks of an engine run, one after the other, and waits for them. If it ends early, one may be under way still, and the engine is of no more use.
     *
     * @param uses the connection's, which the caller has entered
     * @throws java.net.SocketTimeoutException if the time has passed first
     * @throws SSLException if a task failed
     * @throws IOException if the connection was closed
     * @throws InterruptedException if a user interrupted the wait
     */
    static void runAll(SSLEngine engine, Uses uses, Limit limit) throws IOException, InterruptedException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            if (!uses.enter()) {
                throw new SocketException("Socket closed");
            }
            new EngineTask(task, uses).await(limit);
        }
    }

    private void await(Limit limit) throws IOException, InterruptedException {
        boolean hasRun = false;
        try {
            EventLoop loop = EventLoop.current();
            if (loop != null && loop.isTimeVirtual()) {
                run(); // A simulation has one thread, and its time stands meanwhile.
                takeTime();
            } else {
                THREADS.execute(this);
            }
            hasRun = done.acquire(limit.left());
        } finally {
            if (!hasRun) {
                withdraw();
            }
        }
        if (!hasRun) {
            throw limit.timeout();
        }
        switch (failure) {
            case null -> {
            }
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new SSLException("A task of the engine failed: " + failure, failure);
        }
    }

    /** In virtual time a task takes none, unless it is to. */
    private static void takeTime() throws InterruptedException {
        if (SLOW.strikes()) {
            boolean _ = new GreenSemaphore(0).acquire(Duration.ofNanos(SLOW.draw(SLOWEST_NANOS)));
        }
    }

    @Override
    public void run() {
        if (!taken.compareAndSet(false, true)) {
            return;
        }
        try {
            task.run();
        } catch (Throwable e) {
            failure = e;
        }
        uses.leave(); // First: who is woken may look whether anybody is still inside.
        done.release();
    }

    /** Nobody waits for it any more: unless it has begun, it is not run. */
    private void withdraw() {
        if (taken.compareAndSet(false, true)) {
            uses.leave();
        }
    }
}
