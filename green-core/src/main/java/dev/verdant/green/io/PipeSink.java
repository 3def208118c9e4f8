package dev.verdant.green.io;

import dev.verdant.green.Green;
import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Tries;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SinkChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe that is written to. A write that ends early (timeout, kill) may have sent a part, and what came after it would be taken for the rest:
 * the end is closed then, and the exception says how much went.
 */
public final class PipeSink extends PipeEnd {

    private final SinkChannel channel;

    /** Why it was closed, if that was by a write that ended early. */
    private volatile @Nullable String cutOff;

    PipeSink(Loop loop, SinkChannel channel, String name) {
        super(loop, channel, name);
        this.channel = channel;
    }

    @Override
    String use() {
        return "writes";
    }

    /**
     * Writes everything, and waits as often as it takes. Any thread.
     *
     * @param source the bytes; its position moves
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread writes
     * @throws IOException if the pipe is closed, before or meanwhile; {@code "Broken pipe"} if its other end is
     */
    public void writeFully(ByteBuffer source) throws IOException {
        write(source, null, 0, source.remaining());
    }

    /**
     * Writes everything, and waits as often as it takes. Any thread.
     *
     * @param bytes what is written
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread writes
     * @throws IOException as {@link #writeFully}
     */
    public void sendAll(byte[] bytes) throws IOException {
        write(null, bytes, 0, bytes.length);
    }

    private void write(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        if (length == 0) {
            return;
        }
        checkWhole();
        begin(Readiness.WRITE);
        int written = 0;
        try {
            Deadline deadline = null;
            while (true) {
                written += writeOnce(buffer, array, offset + written, length - written);
                if (written == length) {
                    return;
                }
                if (deadline == null) {
                    deadline = Deadline.NEVER;
                }
                deadline.await(waits(), Readiness.WRITE, closer());
            }
        } catch (Throwable e) {
            endedEarly(e, written, length);
            throw e;
        } finally {
            waits().release(Readiness.WRITE);
        }
    }

    private int writeOnce(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        try {
            return Tries.write(waits(), channel, buffer, array, offset, length);
        } catch (IOException e) {
            throw asClosed(e);
        }
    }

    private void endedEarly(Throwable e, int written, int length) {
        if ((e instanceof IOException || e instanceof IllegalStateException) && !Green.isDelivered(e)) {
            return;
        }
        String what = "A write of " + length + " bytes ended after " + written + ", by " + e + "; the pipe was closed";
        cutOff = what;
        e.addSuppressed(new SocketException(what));
        close();
    }

    private void checkWhole() throws SocketException {
        String what = cutOff;
        if (what != null) {
            throw new SocketException(what);
        }
    }

    /**
     * Writes what there is room for now. It does not wait for a reader; like every call, it may let other green threads run first. Any thread.
     *
     * @param source the bytes; its position moves
     * @return the number of bytes that were taken, 0 if there is no room
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread writes
     * @throws IOException if the pipe is closed; {@code "Broken pipe"} if its other end is
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        int length = source.remaining();
        if (length == 0) {
            return 0;
        }
        checkWhole();
        begin(Readiness.WRITE);
        try {
            return writeOnce(source, null, 0, length);
        } finally {
            waits().release(Readiness.WRITE);
        }
    }

    /**
     * Waits until a write may take something, or would fail, and sends nothing. It may return early: try first, and wait if there was no room. Any
     * thread.
     *
     * @param timeout for how long at the most; null for ever, zero only looks
     * @return false if the time has passed first
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread writes
     * @throws IOException if the pipe is closed, before or meanwhile
     */
    public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
        return await(Readiness.WRITE, timeout);
    }

    /**
     * Returns a stream whose writes are writes to this end, and whose close closes it. Any thread.
     *
     * @return a new view; it holds nothing back, and its {@code flush} does nothing
     */
    public OutputStream outputStream() {
        return new Out();
    }

    private final class Out extends OutputStream {

        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, source.length);
            PipeSink.this.write(null, source, offset, length);
        }

        @Override
        public void close() {
            PipeSink.this.close();
        }
    }
}
