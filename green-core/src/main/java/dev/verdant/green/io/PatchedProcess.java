package dev.verdant.green.io;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Unmounting;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Process} for code that knows nothing of loops: it behaves as the JDK's own, and whoever waits for it or its streams holds no loop. {@link
 * dev.verdant.green.patch.Patcher} puts it in the place of other people's processes; code that knows of loops is better served by a {@link GreenProcess}.
 *
 * <p>As with the JDK's, several threads may use a stream; the streams need not be closed, because what a process has said when it ends is kept and its pipes are
 * closed then; and {@link #destroy} closes the streams. Unlike those, an interrupt of a read or write closes the stream, and so does the end of the loop
 * that it was started on. A timeout or kill that ends a read has taken nothing.
 */
public final class PatchedProcess extends Process {

    private static final int BUFFER_BYTES = 8 * 1024;

    private final GreenProcess process;
    private final OutputStream stdin;
    private final InputStream stdout;
    private final InputStream stderr;

    private PatchedProcess(GreenProcess process) {
        this.process = process;
        this.stdin = process.getOutputStream();
        Output output = process.hasStdout() ? new Output(process.stdout()) : null;
        Output error = process.hasStderr() ? new Output(process.stderr()) : null;
        this.stdout = output == null ? InputStream.nullInputStream() : new BufferedInputStream(output, BUFFER_BYTES);
        this.stderr = error == null ? InputStream.nullInputStream() : new BufferedInputStream(error, BUFFER_BYTES);
        var _ = process.onExit().thenCompose(_ -> {
            process.closeInput();
            return process.pumped();
        }).thenRun(() -> {
            keep(output);
            keep(error);
        });
    }

    private static void keep(@Nullable Output output) {
        if (output != null) {
            output.processEnded();
        }
    }

    /**
     * Starts a process in place of {@link ProcessBuilder#start()}: with green streams for a green thread; for everybody else, in a simulation, and for who cannot be
     * taken off his loop, the JDK's own.
     *
     * @param builder what is started, and how
     * @return the process
     * @throws IOException if it cannot be started, in the JDK's words
     */
    public static Process start(ProcessBuilder builder) throws IOException {
        Objects.requireNonNull(builder, "builder");
        var fiber = Loop.currentFiber();
        if (fiber == null || fiber.loop().isTimeVirtual() || !Unmounting.isPossible()) {
            return builder.start();
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return new PatchedProcess(GreenProcess.start(builder));
                } catch (InterruptedException e) {
                    interrupted = true; // Nothing is left of that start, and the JDK's own does not heed it.
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ---- streams

    @Override
    public OutputStream getOutputStream() {
        return stdin;
    }

    @Override
    public InputStream getInputStream() {
        return stdout;
    }

    @Override
    public InputStream getErrorStream() {
        return stderr;
    }

    private void closeStreams() {
        process.closeInput(); // Without what is still to be flushed, for which there may be no room.
        closeQuietly(stdout);
        closeQuietly(stderr);
    }

    private static void closeQuietly(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            // It is a pipe's, or none, and neither fails.
        }
    }

    // ---- its end

    @Override
    public int waitFor() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        return process.waitFor(timeout, unit);
    }

    @Override
    public boolean waitFor(Duration duration) throws InterruptedException {
        return process.waitFor(duration);
    }

    @Override
    public int exitValue() {
        return process.exitValue();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void destroy() {
        process.destroy();
        closeStreams();
    }

    @Override
    public Process destroyForcibly() {
        process.kill();
        closeStreams();
        return this;
    }

    @Override
    public boolean supportsNormalTermination() {
        return process.supportsNormalTermination();
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

    /** As the JDK's. */
    @Override
    public String toString() {
        return "Process[pid=" + pid() + ", exitValue=" + (isAlive() ? "\"not exited\"" : exitValue()) + "]";
    }

    /** What the process says. Guarded by the lock, which a reader holds while he waits, as in the JDK. */
    private static final class Output extends InputStream {

        private final PipeSource pipe;

        private final ReentrantLock lock = new ReentrantLock();

        private InputStream from;

        private volatile boolean ended;

        Output(PipeSource pipe) {
            this.pipe = pipe;
            this.from = pipe.inputStream();
        }

        /** Nothing more is brought to the pipe by us: keeps what has come, and lets the pipe go: now, or after the read that is under way. Any thread. */
        void processEnded() {
            ended = true;
            keepIfIdle();
        }

        private void keepIfIdle() {
            while (ended && !pipe.isClosed() && lock.tryLock()) {
                try {
                    keep();
                } finally {
                    lock.unlock();
                }
            }
        }

        private void keep() {
            var kept = new ByteArrayOutputStream();
            try {
                byte[] bytes = new byte[BUFFER_BYTES];
                while (from.available() > 0) {
                    kept.write(bytes, 0, Math.max(0, from.read(bytes, 0, bytes.length)));
                }
            } catch (IOException e) {
                // Somebody has closed it meanwhile.
            } finally {
                from = new ByteArrayInputStream(kept.toByteArray());
                pipe.close();
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            lock.lock();
            try {
                int count = from.read(target, offset, length);
                if (count < 0 && !pipe.isClosed()) {
                    from = InputStream.nullInputStream();
                    pipe.close();
                }
                return count;
            } finally {
                lock.unlock();
                keepIfIdle();
            }
        }

        @Override
        public int available() throws IOException {
            lock.lock();
            try {
                return from.available();
            } finally {
                lock.unlock();
                keepIfIdle();
            }
        }

        /** Wakes who reads. */
        @Override
        public void close() {
            pipe.close();
        }
    }
}
