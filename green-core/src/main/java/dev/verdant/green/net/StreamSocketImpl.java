package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.net.SocketWaits.Deadline;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection, beneath {@link GreenSocket}. */
final class StreamSocketImpl extends GreenSocketImpl<StreamChannel> {

    /** Why nothing more can be written, or null. */
    private volatile @Nullable String outputShut;

    @Override
    StreamChannel open(Loop loop) throws IOException {
        return loop.hub().openStream(SocketDomain.INTERNET);
    }

    @Override
    public String toString() {
        return address == null
                ? "GreenSocket[unconnected]"
                : "GreenSocket[addr=" + address + ",port=" + port + ",localport=" + getLocalPort() + "]";
    }

    // ---- connecting

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        channel().bind(new InetSocketAddress(host, localPort));
    }

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        if (!(remote instanceof InetSocketAddress to)) {
            throw new IllegalArgumentException("remote: " + remote + " (expected: an InetSocketAddress)");
        }
        if (to.isUnresolved()) {
            close();
            throw new UnknownHostException(to.getHostName());
        }
        connect(to, new Deadline(timeoutMillis, "Connect timed out: " + to));
    }

    void connect(InetSocketAddress to, Deadline deadline) throws IOException {
        boolean connected = false;
        address = to.getAddress();
        port = to.getPort();
        try {
            Pollable waits = waits();
            if (channel().connect(to)) {
                waits.register();
            } else {
                waits.expectNothing();
                waits.register();
                awaitConnected(waits, deadline);
            }
            connected = true;
        } finally {
            if (!connected) {
                close(); // Whatever ended it, a half-made connection is of no use to anybody.
            }
        }
    }

    private void awaitConnected(Pollable waits, Deadline deadline) throws IOException {
        SocketWaits.claim(waits, Readiness.WRITE, this);
        try {
            while (true) {
                int state = waits.state(Readiness.WRITE);
                if (Pollable.isReady(state) && !waits.isClosed()) {
                    if (channel().finishConnect()) {
                        return;
                    }
                    waits.drained(Readiness.WRITE, state);
                }
                deadline.await(waits, Readiness.WRITE, this::close);
            }
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    /** Takes over a connection that a listener has accepted. */
    void accepted(Loop loop, StreamChannel channel) throws IOException {
        take(loop, channel);
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            address = remote.getAddress();
            port = remote.getPort();
        }
        waits().register();
    }

    // ---- reading

    int read(ByteBuffer target) throws IOException {
        return read(target, null, 0, target.remaining());
    }

    /** Reads into the buffer, or into the array if there is no buffer. */
    private int read(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Readiness.READ, this);
        try {
            SocketWaits.takeTurn(waits, this::close);
            Deadline deadline = null;
            while (true) {
                int state = waits.state(Readiness.READ);
                if (Pollable.isReady(state) && !waits.isClosed()) {
                    int count = tryRead(buffer, array, offset, length);
                    if (count == 0 || count > 0 && count < length && !Pollable.isUneven(state)) {
                        waits.drained(Readiness.READ, state);
                    }
                    if (count != 0) {
                        return count;
                    }
                }
                if (deadline == null) {
                    deadline = new Deadline(timeoutMillis(), "Read timed out");
                }
                deadline.await(waits, Readiness.READ, this::close);
            }
        } finally {
            waits.release(Readiness.READ);
        }
    }

    private int tryRead(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        return buffer != null ? channel().read(buffer) : channel().read(Objects.requireNonNull(array), offset, length);
    }

    // ---- writing

    void writeFully(ByteBuffer source) throws IOException {
        write(source, null, 0, source.remaining());
    }

    /** Writes the buffer, or the array if there is no buffer. */
    private void write(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        if (length == 0) {
            return;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Readiness.WRITE, this);
        int written = 0;
        try {
            SocketWaits.takeTurn(waits, this::close);
            Deadline deadline = null;
            while (true) {
                int state = waits.state(Readiness.WRITE);
                if (Pollable.isReady(state) && !waits.isClosed()) {
                    checkOutput();
                    int left = length - written;
                    int count = buffer != null
                            ? channel().write(buffer)
                            : channel().write(Objects.requireNonNull(array), offset + written, left);
                    written += count;
                    if (written == length) {
                        return;
                    }
                    waits.drained(Readiness.WRITE, state);
                }
                if (deadline == null) {
                    deadline = new Deadline(0, "");
                }
                deadline.await(waits, Readiness.WRITE, this::close);
            }
        } catch (Throwable e) {
            endedEarly(e, written, length);
            throw e;
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    private void checkOutput() throws SocketException {
        String why = outputShut;
        if (why != null) {
            throw new SocketException(why);
        }
    }

    /**
     * A write that ends early may have sent a part, and whatever came after it would be taken for the rest: the output is shut, and the exception
     * says how much went.
     */
    private void endedEarly(Throwable e, int written, int length) {
        if (e instanceof IOException || e instanceof IllegalStateException) {
            return;
        }
        String what = "A write of " + length + " bytes ended after " + written + ", by " + e + "; the output is shut";
        outputShut = what;
        e.addSuppressed(new SocketException(what));
        try {
            channel().shutdownOutput();
        } catch (IOException broken) {
            // Then nothing more can be sent anyway.
        }
    }

    // ---- half-close

    @Override
    protected void shutdownInput() throws IOException {
        channel().shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        outputShut = "Socket output is shutdown";
        channel().shutdownOutput();
    }

    // ---- streams

    @Override
    protected InputStream getInputStream() {
        return new In();
    }

    @Override
    protected OutputStream getOutputStream() {
        return new Out();
    }

    @Override
    protected int available() {
        return 0;
    }

    private final class In extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            return StreamSocketImpl.this.read(null, target, offset, length);
        }

        @Override
        public int available() {
            return StreamSocketImpl.this.available();
        }

        @Override
        public void close() {
            StreamSocketImpl.this.close();
        }
    }

    private final class Out extends OutputStream {

        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, source.length);
            StreamSocketImpl.this.write(null, source, offset, length);
        }

        @Override
        public void close() {
            StreamSocketImpl.this.close();
        }
    }

    // ---- what a listener does

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("A connection does not listen");
    }

    @Override
    protected void accept(SocketImpl connection) throws IOException {
        throw new SocketException("A connection does not accept");
    }
}
