package dev.verdant.green.io;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Starts one process: makes its pipes, has the JDK start it on a native thread, and sees to it that nothing is left of a start that is given up. */
final class Launch {

    /*
     * The child gets its end of a pipe by name: the JDK opens /proc/self/fd/N in this process, just before it forks. That makes a description of its own,
     * so the child's end blocks though ours, of the same pipe, does not. The number must not change hands before: our copy of the child's end is closed by
     * the native thread after the start, or by whoever finds that no thread will begin. Should it be another file all the same, it would be appended to and
     * not cut off.
     *
     * Where the hub does not tell the number, or /proc is not there, the JDK makes the pipes, and a native thread for each copies between that and a pipe of
     * the hub (Pump). /dev/fd of other systems will not do: what is opened there shares the description, and the child would find its end non-blocking.
     *
     * WAITING -> RUNNING     a native thread has begun
     * RUNNING -> STARTED     there is a process
     * WAITING -> GIVEN_UP    who gives up closes the child's ends
     * RUNNING -> GIVEN_UP    the native thread ends what it has started
     * STARTED -> GIVEN_UP    who gives up ends it: he was called away when it was just done
     */
    private enum State {
        WAITING, RUNNING, STARTED, GIVEN_UP
    }

    private static final Offload THREADS = new Offload("processes", 2, 8);

    private static final File DESCRIPTORS = new File("/proc/self/fd");

    private static final boolean HAS_DESCRIPTORS = DESCRIPTORS.isDirectory();

    private final Loop loop;
    private final ProcessBuilder builder;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final List<PipeEnd> ours = new ArrayList<>();
    private final List<HubChannel> theirs = new ArrayList<>();
    private final List<Pump> pumps = new ArrayList<>();

    /** Written by the native thread. */
    private volatile @Nullable Process started;

    private Launch(Loop loop, ProcessBuilder builder) {
        this.loop = loop;
        this.builder = builder;
    }

    /** Starts a process as the builder says. */
    static GreenProcess start(Loop loop, ProcessBuilder builder) throws IOException, InterruptedException {
        if (loop.isTimeVirtual()) {
            throw new UnsupportedOperationException("Processes run in the machine's time, and the clock of the hub '"
                    + loop.hub().name()
                    + "' is simulated. Run what needs them on a real hub, or give it something in their place.");
        }
        var launch = new Launch(loop, copy(builder));
        boolean started = false;
        try {
            GreenProcess process = launch.start();
            started = true;
            return process;
        } finally {
            if (!started) {
                launch.giveUp();
            }
        }
    }

    /** The caller's may be changed by him meanwhile, and is not to be changed by us. */
    private static ProcessBuilder copy(ProcessBuilder from) {
        var copy = new ProcessBuilder(List.copyOf(from.command())).directory(from.directory())
                .redirectInput(from.redirectInput()).redirectOutput(from.redirectOutput())
                .redirectError(from.redirectError()).redirectErrorStream(from.redirectErrorStream());
        copy.environment().clear();
        copy.environment().putAll(from.environment());
        return copy;
    }

    private GreenProcess start() throws IOException, InterruptedException {
        String name = builder.command().isEmpty() ? "" : builder.command().getFirst();
        PipeSink stdin = builder.redirectInput() == Redirect.PIPE ? stdin("stdin of '" + name + "'") : null;
        PipeSource stdout = builder.redirectOutput() == Redirect.PIPE ? stdout("stdout of '" + name + "'") : null;
        PipeSource stderr = builder.redirectError() == Redirect.PIPE && !builder.redirectErrorStream()
                ? stderr("stderr of '" + name + "'")
                : null;
        var work = THREADS.work("the start of '" + name + "'", this::startOffLoop);
        boolean _ = work.await(-1);
        try {
            return new GreenProcess(work.result(), name, stdin, stdout, stderr, pumps);
        } catch (IOException e) {
            throw new IOException(e.getMessage(), e); // With the caller's stack.
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a start threw what it does not declare; please report", e);
        }
    }

    // ---- pipes

    private PipeSink stdin(String name) throws IOException {
        PipeChannels pipe = loop.hub().openPipe();
        theirs.add(pipe.source());
        var end = keep(new PipeSink(loop, pipe.sink(), name));
        File path = path(pipe.source());
        if (path != null) {
            builder.redirectInput(path);
        } else {
            pumps.add(Pump.into(name, new PipeSource(loop, pipe.source(), "the pump of " + name)));
        }
        return end;
    }

    private PipeSource stdout(String name) throws IOException {
        PipeChannels pipe = loop.hub().openPipe();
        File path = expect(pipe, name, Process::getInputStream);
        if (path != null) {
            builder.redirectOutput(Redirect.appendTo(path));
        }
        return keep(new PipeSource(loop, pipe.source(), name));
    }

    private PipeSource stderr(String name) throws IOException {
        PipeChannels pipe = loop.hub().openPipe();
        File path = expect(pipe, name, Process::getErrorStream);
        if (path != null) {
            builder.redirectError(Redirect.appendTo(path));
        }
        return keep(new PipeSource(loop, pipe.source(), name));
    }

    private @Nullable File expect(PipeChannels pipe, String name, Pump.Output output) {
        theirs.add(pipe.sink());
        File path = path(pipe.sink());
        if (path == null) {
            pumps.add(Pump.from(name, output, new PipeSink(loop, pipe.sink(), "the pump of " + name)));
        }
        return path;
    }

    private <E extends PipeEnd> E keep(E end) throws IOException {
        ours.add(end);
        end.arrive();
        return end;
    }

    private static @Nullable File path(HubChannel channel) {
        return HAS_DESCRIPTORS && channel.descriptor().isPresent()
                ? new File(DESCRIPTORS, String.valueOf(channel.descriptor().getAsInt()))
                : null;
    }

    // ---- the start

    private Process startOffLoop() throws IOException {
        if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
            throw new CancellationException("the start was given up");
        }
        Process process = null;
        try {
            process = builder.start();
        } finally {
            if (process == null || pumps.isEmpty()) {
                closeTheirs();
            }
        }
        started = process;
        boolean going = false;
        try {
            for (Pump pump : pumps) {
                pump.start(process);
            }
            going = state.compareAndSet(State.RUNNING, State.STARTED);
        } finally {
            if (!going) {
                end(process);
            }
        }
        return process;
    }

    /** They are not registered anywhere, so any thread may close them. */
    private void closeTheirs() {
        theirs.forEach(HubChannel::close);
    }

    private void giveUp() {
        State was = state.getAndSet(State.GIVEN_UP);
        Process process = started;
        if (was == State.WAITING) {
            closeTheirs();
        } else if (was == State.STARTED && process != null) {
            end(process);
        }
        ours.forEach(PipeEnd::close);
    }

    private void end(Process process) {
        process.destroyForcibly();
        pumps.forEach(Pump::close);
    }
}
