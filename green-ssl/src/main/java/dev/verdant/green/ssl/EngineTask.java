package dev.verdant.green.ssl;

import dev.verdant.green.EventLoop;
import dev.verdant.green.sync.Event;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A task of an engine: some milliseconds of computing, or a key or trust manager that blocks. It is run on a native thread, of which there are a few for
 * the process, one less than processors: more would compete with the loops. The engine must not be released while it runs, so it is one use of the connection.
 */
final class EngineTask implements Runnable {

    private static final int IDLE_SECONDS = 5;

    private static final ThreadPoolExecutor THREADS = threads(
            Math.max(1, Runtime.getRuntime().availableProcessors() - 1));

    private final Runnable task;
    private final Uses uses;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final Event<@Nullable Void> done = new Event<>();

    /** The caller has entered; this leaves when the task has run, or will not any more. */
    EngineTask(Runnable task, Uses uses) {
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
     * Has it run and waits for it.
     *
     * @param time for how long at the most; null for ever
     * @throws java.util.concurrent.TimeoutException if the time has passed first
     * @throws Exception what the task threw
     * @throws InterruptedException if a user interrupted the wait
     */
    void await(@Nullable Duration time) throws Exception {
        boolean begun = false;
        try {
            EventLoop loop = EventLoop.current();
            if (loop != null && loop.isTimeVirtual()) {
                run(); // A simulation has one thread, and its time stands meanwhile.
            } else {
                THREADS.execute(this);
            }
            done.await(time);
            begun = true;
        } finally {
            if (!begun) {
                withdraw();
            }
        }
    }

    @Override
    public void run() {
        if (!taken.compareAndSet(false, true)) {
            return;
        }
        Throwable failure = null;
        try {
            task.run();
        } catch (Throwable e) {
            failure = e;
        }
        uses.leave(); // First: who is woken may look whether anybody is still inside.
        if (failure == null) {
            done.send(null);
        } else {
            done.sendException(failure);
        }
    }

    /** Nobody waits for it any more: unless it has begun, it is not run. */
    private void withdraw() {
        if (taken.compareAndSet(false, true)) {
            uses.leave();
        }
    }
}
