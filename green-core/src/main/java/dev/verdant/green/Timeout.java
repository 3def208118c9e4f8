package dev.verdant.green;

import dev.verdant.green.kernel.Delivery;
import dev.verdant.green.kernel.Durations;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.Waiter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A deadline around anything: what is thrown into a green thread when its time is up.
 *
 * <p>{@link #call} is the form to use. {@link #start} is for blocks that wait in Verdant only:
 *
 * <pre>{@code
 * try (var timeout = Timeout.start(Duration.ofSeconds(3))) {
 *     socket.read(buffer);
 * }
 * }</pre>
 *
 * <p>An {@link Error}, so that {@code catch (Exception e)} does not swallow it. In a Verdant wait the very object is thrown. A thread that waits in
 * the JDK is interrupted; {@code call} turns what comes of that into its own {@code Timeout}. A thread that does not wait is not stopped: the deadline arrives at
 * its next wait. Deadlines are of the thread that set them; methods are called there, unless they say otherwise.
 */
public final class Timeout extends Error implements AutoCloseable {

    private static final long serialVersionUID = 1L;

    private final transient Alarm alarm;
    private final transient @Nullable Duration duration;

    /** False until the throw, so that a timeout that never fires never looks at the stack. */
    private transient boolean thrown;

    private Timeout(Alarm alarm) {
        super(null, null, true, true);
        this.alarm = alarm;
        this.duration = alarm.duration;
    }

    /** The way into the thread. The error itself is made when somebody first wants it: a body that is in time never does. */
    private static final class Alarm extends Delivery {

        private final @Nullable Duration duration;
        private final @Nullable Throwable instead;
        private @Nullable Timeout timeout;

        /** A deadline for the calling green thread. */
        Alarm(String call, @Nullable Duration duration, @Nullable Throwable instead) {
            super(Loop.requireFiber(call));
            this.duration = duration;
            this.instead = instead;
            arm();
        }

        final void arm() {
            long nanos = Waiter.nanos(duration);
            if (nanos >= 0) {
                sendAfter(nanos);
            }
        }

        Timeout timeout() {
            Timeout known = timeout;
            if (known == null) {
                known = new Timeout(this);
                timeout = known;
            }
            return known;
        }

        @Override
        protected Throwable throwable() {
            return instead != null ? instead : timeout().withStackTrace();
        }

        /** What the boundary throws for a body that has ended with {@code e}. */
        Throwable outcome(Throwable e) {
            withdraw(e instanceof InterruptedException);
            if (!isFired()) {
                return e;
            }
            if (e != timeout) {
                timeout().addSuppressed(e);
            }
            return timeout().withStackTrace();
        }

        boolean isForeign(Throwable e) {
            return e instanceof GreenExit || e instanceof Timeout other && other != timeout;
        }

        Loop loop() {
            return target.loop();
        }

        boolean isCallers() {
            return target.threadOrNull() == Thread.currentThread();
        }

        String targetName() {
            return target.name();
        }
    }

    /**
     * Sets a deadline for the calling green thread.
     *
     * @param duration how long it may take; null for ever, zero or less for "at the next wait"
     * @return the deadline; close it
     * @throws IllegalStateException if the caller is on no loop
     */
    public static Timeout start(@Nullable Duration duration) {
        return new Alarm("Timeout.start", duration, null).timeout();
    }

    /**
     * Sets a deadline that throws something else.
     *
     * @param duration how long it may take; null for ever, zero or less for "at the next wait"
     * @param instead what is thrown
     * @return the deadline; close it
     * @throws IllegalStateException if the caller is on no loop
     */
    public static Timeout start(@Nullable Duration duration, Throwable instead) {
        Objects.requireNonNull(instead, "instead");
        return new Alarm("Timeout.start", duration, instead).timeout();
    }

    /**
     * Runs a body under a deadline.
     *
     * @param <T> what the body returns
     * @param duration how long it may take; null for ever, zero or less for "no wait at all"
     * @param body the body
     * @return what the body returns, late or not
     * @throws Timeout its own, if the deadline has passed and the body ended with any exception, which it carries as suppressed
     * @throws Exception what the body throws
     * @throws IllegalStateException if the caller is on no loop
     */
    public static <T extends @Nullable Object> T call(@Nullable Duration duration, Callable<T> body) throws Exception {
        Objects.requireNonNull(body, "body");
        var alarm = new Alarm("Timeout.call", duration, null);
        T result;
        try {
            result = body.call();
        } catch (Throwable e) {
            throw Sneaky.thrown(alarm.outcome(e));
        }
        alarm.withdraw(false);
        return result;
    }

    /**
     * Runs a body under a deadline.
     *
     * @param duration how long it may take; null for ever, zero or less for "no wait at all"
     * @param body the body
     * @throws Timeout its own, if the deadline has passed and the body ended with any exception, which it carries as suppressed
     * @throws Exception what the body throws
     * @throws IllegalStateException if the caller is on no loop
     */
    public static void call(@Nullable Duration duration, GreenTask body) throws Exception {
        Objects.requireNonNull(body, "body");
        Timeout.<@Nullable Void>call(duration, body.toCallable());
    }

    /**
     * Runs a body under a deadline and returns something else if it takes too long. Only its own timeout is swallowed: an outer one, or a
     * kill, goes on.
     *
     * @param <T> what the body returns
     * @param duration how long it may take; null for ever, zero or less for "no wait at all"
     * @param body the body
     * @param fallback what is returned if the deadline has passed and the body ended with an exception
     * @return what the body returns, or {@code fallback}
     * @throws Exception what the body throws
     * @throws IllegalStateException if the caller is on no loop
     */
    public static <T extends @Nullable Object> T callOrElse(@Nullable Duration duration, Callable<T> body, T fallback)
            throws Exception {
        Objects.requireNonNull(body, "body");
        var alarm = new Alarm("Timeout.callOrElse", duration, null);
        T result;
        try {
            result = body.call();
        } catch (Throwable e) {
            Throwable outcome = alarm.outcome(e);
            if (alarm.isForeign(e)) {
                throw Sneaky.thrown(e);
            }
            if (outcome == alarm.timeout) {
                return fallback;
            }
            throw Sneaky.thrown(outcome);
        }
        alarm.withdraw(false);
        return result;
    }

    private Timeout withStackTrace() {
        if (!thrown) {
            thrown = true;
            super.fillInStackTrace();
        }
        return this;
    }

    /**
     * Tells whether the deadline is still ahead.
     *
     * @return false if it has passed, was cancelled, or is for ever
     */
    public boolean pending() {
        return alarm.isPending();
    }

    /**
     * Tells whether the deadline has passed.
     *
     * @return true if it was thrown, sent as an interrupt, or is on its way
     */
    public boolean fired() {
        return alarm.isFired();
    }

    /**
     * Sets the deadline anew, with the whole of its time from now, whether it is still ahead, has passed or was cancelled: a watchdog that is told
     * "still alive". If it has passed and has not arrived, it will not. On the thread that set it.
     *
     * @throws IllegalStateException on another thread
     */
    public void restart() {
        if (!alarm.isCallers()) {
            throw new IllegalStateException("restart was called on the thread '" + Thread.currentThread().getName()
                    + "', but the deadline is of '" + alarm.targetName() + "': call it there.");
        }
        alarm.recall();
        thrown = false;
        alarm.arm();
    }

    /**
     * Takes the deadline back. If it has passed and has not arrived, it will not. An interrupt of its own is cleared on the thread that set the deadline; called
     * elsewhere, one that has been sent already stays. Any thread; on another loop or on none it is only asked for, and may come too late.
     */
    public void cancel() {
        if (alarm.loop().isHere()) {
            alarm.withdraw(false);
        } else {
            alarm.loop().tell(() -> alarm.withdraw(false), () -> {});
        }
    }

    /** The same as {@link #cancel()}. Any thread. */
    @Override
    public void close() {
        cancel();
    }

    @Override
    public String getMessage() {
        return Durations.describe(duration);
    }

    @Override
    public String toString() {
        return "Timeout of " + getMessage();
    }

    /** Filled in at the throw. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
