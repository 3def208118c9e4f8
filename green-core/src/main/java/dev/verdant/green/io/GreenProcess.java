package dev.verdant.green.io;

import dev.verdant.green.kernel.Durations;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.sync.Event;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A process of the operating system, whose streams and whose end are waited for without holding a thread: a {@link Process} like any other, with pipes of
 * the loop for standard input, output and error.
 *
 * {@snippet :
 * var sorted = GreenProcess.run(new ProcessBuilder("sort"), "b\na\n".getBytes(UTF_8));
 * System.out.println(sorted.outputText());
 * }
 *
 * <p>It belongs to the loop on which it was started; any thread may call it, unless it says otherwise. When the loop ends its pipes are closed, and the process
 * goes on, as one of the JDK's does when its JVM ends.
 *
 * <p><b>Threads.</b> The JDK starts a process on the thread that asks, which takes some milliseconds, so a native thread is asked; and it keeps one thread
 * with a small stack for each process, that waits for its end. On Linux, on every hub but NIO's, the pipes cost none. Elsewhere, where a child cannot be
 * given a pipe of the hub's, a native thread for each stream copies between the JDK's pipe and the hub's: at most 192, so the streams of a 65th process
 * move when another has ended. What the operating system holds there cannot be woken by a close.
 *
 * <p>On a simulated hub there are no processes.
 */
public final class GreenProcess extends Process implements AutoCloseable {

    private final Process process;
    private final String name;
    private final @Nullable PipeSink stdin;
    private final @Nullable PipeSource stdout;
    private final @Nullable PipeSource stderr;
    private final List<Pump> pumps;
    private final OutputStream toStdin;
    private final InputStream fromStdout;
    private final InputStream fromStderr;

    /** Sent when the process has ended, by a thread of the JDK's. */
    private final Event<Integer> ended = new Event<>();

    private final AtomicBoolean communicating = new AtomicBoolean();

    /** Written by who communicates. */
    private volatile @Nullable Conversation conversation;

    GreenProcess(Process process, String name, @Nullable PipeSink stdin, @Nullable PipeSource stdout,
            @Nullable PipeSource stderr, List<Pump> pumps) {
        this.process = process;
        this.name = name;
        this.stdin = stdin;
        this.stdout = stdout;
        this.stderr = stderr;
        this.pumps = pumps;
        this.toStdin = stdin == null
                ? OutputStream.nullOutputStream()
                : new BufferedOutputStream(stdin.outputStream());
        this.fromStdout = stdout == null ? InputStream.nullInputStream() : stdout.inputStream();
        this.fromStderr = stderr == null ? InputStream.nullInputStream() : stderr.inputStream();
        var _ = process.onExit().thenAccept(gone -> ended.send(gone.exitValue()));
    }

    /**
     * Starts a process. If the wait ends early (timeout, kill, interrupt), so does the process, and nothing of it is left.
     *
     * @param builder what is started, and how, as for {@link ProcessBuilder#start()}. What is redirected to a {@code PIPE}, as all is if nothing else was
     *         said, becomes a pipe of the loop. It is not changed, and may be used again at once.
     * @return the process
     * @throws IOException if it cannot be started, as {@code ProcessBuilder.start}; or if the operating system has no descriptor left
     * @throws InterruptedException if a user interrupted the thread
     * @throws IllegalStateException if the caller is on no loop
     * @throws UnsupportedOperationException on a simulated hub
     */
    public static GreenProcess start(ProcessBuilder builder) throws IOException, InterruptedException {
        Objects.requireNonNull(builder, "builder");
        return Launch.start(Loop.requireFiber("GreenProcess.start").loop(), builder);
    }

    /**
     * Runs a process to its end: starts it, tells it something, and gathers what it says. Whatever ends the wait early kills the process, and is thrown
     * at once, even if others that it has started hold its pipes. Called on a green thread.
     *
     * @param builder what is started, as for {@link #start}
     * @param input what it is told on its standard input, and that is the end of it
     * @return its exit code, which may be any, and what it has said
     * @throws IOException as {@link #start}
     * @throws InterruptedException if a user interrupted the thread
     */
    public static CompletedProcess run(ProcessBuilder builder, byte[] input) throws IOException, InterruptedException {
        Objects.requireNonNull(input, "input");
        try (var process = start(builder)) {
            return process.communicate(input);
        }
    }

    // ---- pipes

    /**
     * Returns the pipe to its standard input. A write that ends early closes it.
     *
     * @return always the same
     * @throws IllegalStateException if the input was redirected
     */
    public PipeSink stdin() {
        return require(stdin, "input");
    }

    /**
     * Returns the pipe from its standard output.
     *
     * @return always the same
     * @throws IllegalStateException if the output was redirected
     */
    public PipeSource stdout() {
        return require(stdout, "output");
    }

    /**
     * Returns the pipe from its standard error.
     *
     * @return always the same
     * @throws IllegalStateException if the error was redirected, or goes where the output goes
     */
    public PipeSource stderr() {
        return require(stderr, "error");
    }

    private <E extends PipeEnd> E require(@Nullable E end, String which) {
        if (end == null) {
            throw new IllegalStateException("The standard " + which + " of " + this
                    + " was redirected (expected: a builder that leaves it at Redirect.PIPE)");
        }
        return end;
    }

    /**
     * Returns a stream to {@link #stdin()} that gathers what is written until it is flushed; one that discards everything if the input was redirected.
     */
    @Override
    public OutputStream getOutputStream() {
        return toStdin;
    }

    /** Returns a stream from {@link #stdout()}; an empty one if the output was redirected. */
    @Override
    public InputStream getInputStream() {
        return fromStdout;
    }

    /** Returns a stream from {@link #stderr()}; an empty one if the error was redirected. */
    @Override
    public InputStream getErrorStream() {
        return fromStderr;
    }

    // ---- for who puts another process over this one

    boolean hasStdout() {
        return stdout != null;
    }

    boolean hasStderr() {
        return stderr != null;
    }

    /** Is done when no native thread stands between the process and the pipes any more. */
    CompletableFuture<Process> pumped() {
        return CompletableFuture.allOf(pumps.stream().map(Pump::done).toArray(CompletableFuture[]::new))
                .thenApply(_ -> process);
    }

    void closeInput() {
        closeIfAny(stdin);
    }

    // ---- all at once

    /**
     * Tells the process something, gathers all that it says until both its streams end, and waits for its end: all at the same time, so neither side waits
     * for the other, however much it is. Then the pipes are closed. A process that does not want to hear it all is no failure. The streams end when everybody
     * has closed them, be it others that the process has started.
     *
     * <p>If a timeout, a kill or an interrupt ends the wait, the process is killed, and what was thrown is thrown on at once. What has been gathered is
     * kept, and {@link #communicate(byte[], Duration)} goes on from there. Called on a green thread.
     *
     * @param input what it is told, and that is the end of it; empty in a call that goes on
     * @return its exit code, which may be any, and what it has said
     * @throws IOException if a pipe was closed meanwhile; the process is killed
     * @throws InterruptedException if a user interrupted the thread
     * @throws ConcurrentUseException if another thread communicates, reads or writes
     */
    public CompletedProcess communicate(byte[] input) throws IOException, InterruptedException {
        try {
            return communicate(input, null);
        } catch (TimeoutException e) {
            throw new AssertionError("a wait without a deadline met one; please report", e);
        }
    }

    /**
     * Does the same for a time. When that has passed the process is left alone and what has been gathered is kept: another call, without input, goes on
     * from there, and returns everything.
     *
     * @param input what it is told, and that is the end of it; empty in a call that goes on
     * @param timeout for how long at the most; null for ever
     * @return its exit code, which may be any, and what it has said
     * @throws TimeoutException if the time has passed first; the process goes on
     * @throws IOException if a pipe was closed meanwhile; the process is killed
     * @throws InterruptedException if a user interrupted the thread
     * @throws ConcurrentUseException if another thread communicates, reads or writes
     * @throws IllegalArgumentException if there is input in a call that goes on
     */
    public CompletedProcess communicate(byte[] input, @Nullable Duration timeout)
            throws IOException, InterruptedException, TimeoutException {
        var fiber = Loop.requireFiber("GreenProcess.communicate");
        if (!communicating.compareAndSet(false, true)) {
            throw new ConcurrentUseException(
                    "Somebody communicates with " + this + " already (expected: one at a time)");
        }
        try {
            Conversation talk = conversation(input);
            long nanos = Waiter.nanos(timeout);
            long deadline = nanos < 0 ? 0 : Pollable.deadline(fiber, Math.max(1, nanos));
            if (!hasEnded(talk, deadline)) {
                throw new TimeoutException(
                        this + " has not ended within " + Durations.describe(timeout) + "; it goes on");
            }
            closePipes();
            return new CompletedProcess(process.exitValue(), talk.output(), talk.error());
        } finally {
            communicating.set(false);
        }
    }

    /** Kills it if anything is thrown but at a second user. */
    private boolean hasEnded(Conversation talk, long deadline) throws IOException, InterruptedException {
        boolean kill = true;
        try {
            boolean hasEnded = talk.goOn(deadline) && awaitEnd(Conversation.left(deadline));
            kill = false;
            return hasEnded;
        } catch (ConcurrentUseException e) {
            kill = false;
            throw e;
        } finally {
            if (kill) {
                kill();
            }
        }
    }

    private Conversation conversation(byte[] input) {
        Conversation known = conversation;
        if (known == null) {
            known = new Conversation(input, stdin, stdout, stderr);
            conversation = known;
        } else if (input.length > 0) {
            throw new IllegalArgumentException("input: " + input.length
                    + " bytes (expected: none in a call that goes on, for the first has said everything)");
        }
        return known;
    }

    // ---- its end

    @Override
    public int waitFor() throws InterruptedException {
        boolean _ = awaitEnd(null);
        return process.exitValue();
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        return waitFor(Duration.ofNanos(unit.toNanos(timeout)));
    }

    @Override
    public boolean waitFor(Duration duration) throws InterruptedException {
        return awaitEnd(Objects.requireNonNull(duration, "duration"));
    }

    /** Waits for its end; false if the time, which null does not bound, has passed first. */
    private boolean awaitEnd(@Nullable Duration timeout) throws InterruptedException {
        if (!process.isAlive()) {
            return true;
        }
        try {
            int _ = ended.await(timeout);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the end of a process was told as a failure; please report", e);
        }
    }

    @Override
    public int exitValue() {
        return process.exitValue();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it by SIGTERM, or what the system has for that. Its pipes stay: what it has said can still be read. */
    @Override
    public void destroy() {
        process.toHandle().destroy();
    }

    /** Ends it, as {@link #kill}. */
    @Override
    public Process destroyForcibly() {
        kill();
        return this;
    }

    /** Ends it by SIGKILL, or what the system has for that. Does nothing if it has ended. Its pipes stay: what it has said can still be read. */
    public void kill() {
        process.toHandle().destroyForcibly();
    }

    /** Kills it if it has not ended, and closes its pipes, which wakes who waits there. Does not wait for its end. Any thread; twice does nothing more. */
    @Override
    public void close() {
        kill();
        closePipes();
    }

    private void closePipes() {
        closeIfAny(stdin);
        closeIfAny(stdout);
        closeIfAny(stderr);
        pumps.forEach(Pump::close);
    }

    private static void closeIfAny(@Nullable PipeEnd end) {
        if (end != null) {
            end.close();
        }
    }

    @Override
    public CompletableFuture<Process> onExit() {
        return process.onExit().thenApply(_ -> this);
    }

    // ---- what it is

    @Override
    public ProcessHandle toHandle() {
        return process.toHandle();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public ProcessHandle.Info info() {
        return process.info();
    }

    @Override
    public Stream<ProcessHandle> children() {
        return process.children();
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return process.descendants();
    }

    @Override
    public boolean supportsNormalTermination() {
        return process.supportsNormalTermination();
    }

    @Override
    public String toString() {
        return "GreenProcess['" + name + "', pid " + process.pid() + (isAlive() ? "]" : ", ended]");
    }
}
