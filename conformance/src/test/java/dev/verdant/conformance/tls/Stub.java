package dev.verdant.conformance.tls;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection to nobody: takes everything, and has nothing to read until it is closed. */
class Stub extends Socket implements GreenStream {

    private final CountDownLatch end = new CountDownLatch(1);

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isClosed() {
        return end.getCount() == 0;
    }

    @Override
    public void close() throws IOException {
        end.countDown();
    }

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return 0;
    }

    @Override
    public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
        try {
            if (timeout != null) {
                boolean _ = end.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
            } else {
                end.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("interrupted");
        }
        if (isClosed()) {
            throw new SocketException("Socket closed");
        }
        return false;
    }

    @Override
    public void writeFully(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        int count = source.remaining();
        source.position(source.limit());
        return count;
    }

    @Override
    public boolean awaitWritable(@Nullable Duration timeout) {
        return true;
    }

    @Override
    public String toString() {
        return "Stub";
    }
}
