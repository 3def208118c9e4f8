package dev.verdant.green.io;

import dev.verdant.green.kernel.Loop;
import dev.verdant.hub.PipeChannels;
import java.io.IOException;

/**
 * A pipe of the operating system, see pipe(7): what is written to the {@link #sink()} is read from the {@link #source()}, in the same order. Each end
 * is closed by itself; when the sink is closed, the source tells what is still there and then the end of the stream, and when the source is closed, a
 * write fails with {@code "Broken pipe"}. The ends are closed with their loop, too.
 */
public final class GreenPipe implements AutoCloseable {

    private final PipeSource source;
    private final PipeSink sink;

    private GreenPipe(PipeSource source, PipeSink sink) {
        this.source = source;
        this.sink = sink;
    }

    /**
     * Opens a pipe on the caller's loop.
     *
     * @return the pipe
     * @throws IOException if the operating system has no descriptor left ({@link dev.verdant.hub.ResourceExhaustedException}) or refuses
     * @throws IllegalStateException if the caller is on no loop
     */
    public static GreenPipe open() throws IOException {
        Loop loop = Loop.requireFiber("GreenPipe.open").loop();
        PipeChannels ends = loop.hub().openPipe();
        var source = new PipeSource(loop, ends.source(), "GreenPipe.source");
        var sink = new PipeSink(loop, ends.sink(), "GreenPipe.sink");
        source.arrive();
        sink.arrive();
        return new GreenPipe(source, sink);
    }

    /**
     * Returns the end that is read from. Any thread.
     *
     * @return always the same
     */
    public PipeSource source() {
        return source;
    }

    /**
     * Returns the end that is written to. Any thread.
     *
     * @return always the same
     */
    public PipeSink sink() {
        return sink;
    }

    /** Closes both ends, as {@link PipeEnd#close}. Any thread; twice does nothing more. */
    @Override
    public void close() {
        sink.close();
        source.close();
    }

    @Override
    public String toString() {
        return "GreenPipe[" + source + ", " + sink + "]";
    }
}
