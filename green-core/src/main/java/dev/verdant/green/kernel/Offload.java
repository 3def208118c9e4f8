package dev.verdant.green.kernel;

import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Native threads for what blocks in the operating system and would hold a loop: name look-ups. A few daemon threads that go away when idle.
 */
public final class Offload {

    private static final int THREADS = 16;

    private static final ThreadPoolExecutor POOL = pool();

    private Offload() {}

    private static ThreadPoolExecutor pool() {
        var pool = new ThreadPoolExecutor(THREADS, THREADS, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("verdant-offload-", 1)
                        .factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Runs something on a native thread while the calling green thread waits. A wait that ends early abandons the work, which ends by itself.
     *
     * @param <T> what it returns
     * @param what what it is, for dumps
     * @param work what may block
     * @return its result
     * @throws IOException what it throws; an interrupt becomes a {@link SocketException}, with the thread's flag set again
     */
    public static <T> T call(String what, Callable<T> work) throws IOException {
        var done = new Waiter();
        var task = new FutureTask<T>(work) {
            @Override
            protected void done() {
                done.wake();
            }
        };
        POOL.execute(task);
        try {
            boolean _ = done.await(what, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("Closed by interrupt");
        }
        return switch (task.state()) {
            case SUCCESS -> task.resultNow();
            default -> throw Sneaky.thrown(task.exceptionNow());
        };
    }
}
