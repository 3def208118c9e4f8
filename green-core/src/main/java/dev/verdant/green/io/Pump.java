package dev.verdant.green.io;

import dev.verdant.green.kernel.Offload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Copies between a stream of a process that the JDK has made, which blocks, and a pipe of the hub, on a native thread: where the child cannot be given the
 * hub's pipe itself. It ends with either of them.
 */
final class Pump {

    /** Three for a process, and all of them at work as long as it lives. */
    private static final Offload THREADS = new Offload("process-streams", 192, 192);

    private static final int BUFFER_BYTES = 8 * 1024;

    private final String name;
    private final PipeEnd end;
    private final Function<Process, Copying> copying;

    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

    /** What is copied, once there is a process. */
    @FunctionalInterface
    private interface Copying {
        void run() throws IOException;
    }

    /** Which of its streams. */
    @FunctionalInterface
    interface Output {
        InputStream of(Process process);
    }

    private Pump(String name, PipeEnd end, Function<Process, Copying> copying) {
        this.name = name;
        this.end = end;
        this.copying = copying;
    }

    /** Creates one that copies what the process says. */
    static Pump from(String name, Output output, PipeSink to) {
        return new Pump(name, to, process -> () -> copyOut(output.of(process), to));
    }

    /** Creates one that copies what the process is told. */
    static Pump into(String name, PipeSource from) {
        return new Pump(name, from, process -> () -> copyIn(from, process.getOutputStream()));
    }

    /** Starts it. On a native thread. */
    void start(Process process) throws IOException {
        end.arrive();
        Copying work = copying.apply(process);
        var _ = THREADS.work(name, () -> {
            try {
                work.run();
            } catch (IOException e) {
                // Either side has ended it, and has its own account of that.
            } finally {
                end.close();
                boolean _ = done.complete(null);
            }
            return null;
        }).submit();
    }

    private static void copyOut(InputStream in, PipeSink to) throws IOException {
        try (in) {
            in.transferTo(to.outputStream());
        }
    }

    private static void copyIn(PipeSource from, OutputStream out) throws IOException {
        try (out) {
            for (byte[] some = from.recv(BUFFER_BYTES); some.length > 0; some = from.recv(BUFFER_BYTES)) {
                out.write(some);
                out.flush();
            }
        }
    }

    /** Is done when it has copied all that it will. */
    CompletableFuture<@Nullable Void> done() {
        return done;
    }

    /** Ends the copying, as far as that can be done: a thread that the operating system holds in a read or a write goes on until that returns. */
    void close() {
        end.close();
    }
}
