package dev.verdant.green.stream;

import dev.verdant.green.io.PipeSink;
import dev.verdant.green.io.PipeSource;
import dev.verdant.green.net.GreenStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe with a buffer, as tornado's {@code PipeIOStream}: of a pipe of one's own, or of a process. It is read from or written to, according to the end that it is;
 * the other direction fails with an {@link IOException}. See {@link BaseIOStream}. That its reader is gone is noticed by who writes.
 */
public class PipeIOStream extends BaseIOStream {

    private final Object end;

    /**
     * Creates one that is read from. On the pipe's loop.
     *
     * @param source the end, which is the stream's from here on and is closed with it
     */
    public PipeIOStream(PipeSource source) {
        super(new Reading(Objects.requireNonNull(source, "source")), source);
        this.end = source;
    }

    /**
     * Creates one that is written to. On the pipe's loop.
     *
     * @param sink the end, which is the stream's from here on and is closed with it
     */
    public PipeIOStream(PipeSink sink) {
        super(new Writing(Objects.requireNonNull(sink, "sink")), sink);
        this.end = sink;
        core.notReadable();
    }

    /** An end with one direction, as a stream that fails in the other. */
    private record Reading(PipeSource source) implements GreenStream, Closeable {

        @Override
        public int read(ByteBuffer target) throws IOException {
            return source.read(target);
        }

        @Override
        public int tryRead(ByteBuffer target) throws IOException {
            return source.tryRead(target);
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
            return source.awaitReadable(timeout);
        }

        @Override
        public void writeFully(ByteBuffer bytes) throws IOException {
            throw onlyRead();
        }

        @Override
        public int tryWrite(ByteBuffer bytes) throws IOException {
            throw onlyRead();
        }

        @Override
        public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
            throw onlyRead();
        }

        private IOException onlyRead() {
            return new IOException(source + " is only read from (expected: its other end for writes)");
        }

        @Override
        public void close() {
            source.close();
        }
    }

    private record Writing(PipeSink sink) implements GreenStream, Closeable {

        @Override
        public int read(ByteBuffer target) throws IOException {
            throw onlyWritten();
        }

        @Override
        public int tryRead(ByteBuffer target) throws IOException {
            throw onlyWritten();
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
            throw onlyWritten();
        }

        @Override
        public void writeFully(ByteBuffer bytes) throws IOException {
            sink.writeFully(bytes);
        }

        @Override
        public int tryWrite(ByteBuffer bytes) throws IOException {
            return sink.tryWrite(bytes);
        }

        @Override
        public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
            return sink.awaitWritable(timeout);
        }

        private IOException onlyWritten() {
            return new IOException(sink + " is only written to (expected: its other end for reads)");
        }

        @Override
        public void close() {
            sink.close();
        }
    }

    @Override
    public String toString() {
        return "PipeIOStream[" + end + "]";
    }
}
