package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a socket that is not ours, such as a library may bring for TLS to be put on. It cannot be tried: whoever waits reads into a buffer of this,
 * and a write waits as long as it takes.
 */
final class SocketStream implements GreenStream {

    private static final int SIZE = 8 * 1024;

    private final Socket socket;

    /** Read and not taken yet. Confined to the reader. */
    private ByteBuffer ahead;

    private boolean atEnd;

    /** {@code before} comes first. */
    SocketStream(Socket socket, byte[] before) {
        this.socket = socket;
        this.ahead = ByteBuffer.wrap(before);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            int count = tryRead(target);
            if (count != 0) {
                return count;
            }
            boolean _ = awaitReadable(null);
        }
        return 0;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        int count = Math.min(ahead.remaining(), target.remaining());
        if (count == 0) {
            return atEnd ? -1 : 0;
        }
        target.put(target.position(), ahead, ahead.position(), count);
        target.position(target.position() + count);
        ahead.position(ahead.position() + count);
        return count;
    }

    @Override
    public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
        if (ahead.hasRemaining() || atEnd) {
            return true;
        }
        byte[] into = ahead.capacity() >= SIZE ? ahead.array() : new byte[SIZE];
        int before = socket.getSoTimeout();
        socket.setSoTimeout(millis(timeout));
        try {
            int count = socket.getInputStream().read(into);
            atEnd = count < 0;
            ahead = ByteBuffer.wrap(into, 0, Math.max(0, count));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } finally {
            if (!socket.isClosed()) {
                socket.setSoTimeout(before);
            }
        }
    }

    /** Zero of ours is to look only, zero of theirs for ever. */
    private static int millis(@Nullable Duration timeout) {
        return timeout == null ? 0 : Math.clamp(timeout.plusNanos(999_999).toMillis(), 1, Integer.MAX_VALUE);
    }

    @Override
    public void writeFully(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            int _ = tryWrite(source);
        }
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        int count = source.remaining();
        if (source.hasArray()) {
            socket.getOutputStream().write(source.array(), source.arrayOffset() + source.position(), count);
            source.position(source.limit());
        } else {
            byte[] copy = new byte[count];
            source.get(copy);
            socket.getOutputStream().write(copy);
        }
        return count;
    }

    @Override
    public boolean awaitWritable(@Nullable Duration timeout) {
        return true;
    }
}
