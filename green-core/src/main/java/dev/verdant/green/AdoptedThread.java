package dev.verdant.green;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread that inherited the loop, started by other people's code. Verdant can kill it and wait for its end; its result and its failure
 * are its starter's.
 */
final class AdoptedThread extends Fiber implements GreenThread<@Nullable Object> {

    private final Thread adopted;

    /** The kill that was sent last. */
    private volatile @Nullable Kill kill;

    AdoptedThread(Loop loop, Thread adopted) {
        super(loop);
        this.adopted = adopted;
    }

    @Override
    protected void body() {
        throw new AssertionError("an adopted thread has a body of its own; please report");
    }

    @Override
    protected void neverRan() {
        body();
    }

    @Override
    protected @Nullable Throwable failure() {
        return null; // Its starter's, and not known here.
    }

    @Override
    public @Nullable Object await() throws InterruptedException {
        adopted.join();
        return null;
    }

    @Override
    public @Nullable Object get() throws InterruptedException {
        adopted.join();
        return value();
    }

    @Override
    public @Nullable Object get(long timeout, TimeUnit unit) throws InterruptedException, TimeoutException {
        if (!adopted.join(java.time.Duration.ofNanos(Math.max(0, unit.toNanos(timeout))))) {
            throw new TimeoutException(name() + " has not ended within " + timeout + " " + unit);
        }
        return value();
    }

    private @Nullable Object value() {
        if (kill != null) {
            throw new CancellationException(name() + " was killed");
        }
        return null;
    }

    @Override
    public void kill() {
        kill(new GreenExit());
    }

    @Override
    public void kill(Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        if (!adopted.isAlive()) {
            return;
        }
        if (isCaller()) {
            var _ = killing(cause); // It may have to go up through greenlets.
            throw Sneaky.thrown(cause);
        }
        send(killing(cause));
    }

    private Kill killing(Throwable cause) {
        var sent = new Kill(this, cause);
        kill = sent;
        return sent;
    }

    /** The loop closes: what it is killed with. */
    Kill exit() {
        return killing(new GreenExit("its loop closes"));
    }

    @Override
    public boolean isKilledBy(Throwable e) {
        Kill sent = kill;
        return sent != null && sent.cause() == e;
    }

    @Override
    public boolean cancel() {
        return false;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!mayInterruptIfRunning || !adopted.isAlive()) {
            return false;
        }
        kill();
        return true;
    }

    @Override
    public boolean isCancelled() {
        return kill != null && isDone();
    }

    @Override
    public boolean isDone() {
        return !adopted.isAlive();
    }

    @Override
    public boolean isAlive() {
        return adopted.isAlive();
    }

    @Override
    public void link(Consumer<? super GreenThread<@Nullable Object>> callback) {
        throw new UnsupportedOperationException(
                name() + " was not started by Verdant and cannot be linked: spawn it with Green.spawn");
    }

    @Override
    public boolean unlink(Consumer<? super GreenThread<@Nullable Object>> callback) {
        return false;
    }

    @Override
    public CompletionStage<@Nullable Object> toStage() {
        return CompletableFuture.failedStage(
                new UnsupportedOperationException(name() + " was not started by Verdant: spawn it with Green.spawn"));
    }

    @Override
    public Thread thread() {
        return adopted;
    }

    @Override
    public String name() {
        return adopted.getName().isEmpty() ? "thread-" + adopted.threadId() : adopted.getName();
    }

    @Override
    public String toString() {
        return "the inherited green thread '" + name() + "'";
    }
}
