package dev.verdant.green.ssl;

import dev.verdant.green.GreenTask;
import java.util.concurrent.atomic.AtomicBoolean;

/** A task of an engine, which must not be released while it runs: one use of the connection. Any thread. */
final class EngineTask implements GreenTask {

    private final Runnable task;
    private final Uses uses;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** The caller has entered; this leaves when the task has run, or will not any more. */
    EngineTask(Runnable task, Uses uses) {
        this.task = task;
        this.uses = uses;
    }

    @Override
    public void run() {
        if (taken.compareAndSet(false, true)) {
            try {
                task.run();
            } finally {
                uses.leave();
            }
        }
    }

    /** Nobody waits for it any more: unless it has begun, it is not run. */
    void withdraw() {
        if (taken.compareAndSet(false, true)) {
            uses.leave();
        }
    }

    @Override
    public String toString() {
        return "a task of a TLS engine";
    }
}
