package dev.verdant.green.net;

import dev.verdant.green.Green;
import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Tries;
import dev.verdant.green.net.SocketWaits.Use;
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
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection, beneath {@link GreenSocket}. */
class StreamSocketImpl extends GreenSocketImpl<StreamChannel> {

    /** The option whose value has names of a user and a group. */
    private static final String CREDENTIALS = "SO_PEERCRED";

    /** Asks the system's directory of users for names: it may be a server in the network, and would hold the loop. */
    private static final Offload DIRECTORY = new Offload("users", 1, 4);

    private static final String BROKEN_PIPE = "Broken pipe";

    /** Why nothing more can be written, or null. */
    private volatile @Nullable String outputShut;

    private volatile boolean inputShut;

    /** The connection stands, or has stood. */
    private volatile boolean established;

    /** What was read ahead, if ever anybody asked for that; {@link ReadAhead#AT_END} once the end was told. Written by who has claimed the reading. */
    private @Nullable ReadAhead ahead;

    /** The peer of a Unix-domain connection, which {@link #address} has no place for. */
    private volatile @Nullable SocketAddress unixPeer;

    /** The peer, if its name was left to the proxy to resolve. */
    private volatile @Nullable String nameAtProxy;

    /** How connections are made; null is directly. */
    private final @Nullable ProxyRoute route;

    StreamSocketImpl(@Nullable ProxyRoute route) {
        this.route = route;
    }

    @Override
    StreamChannel open(Loop loop, SocketDomain domain) throws IOException {
        return loop.hub().openStream(domain);
    }

    @Override
    public String toString() {
        SocketAddress peer = unixPeer;
        if (peer != null) {
            return "GreenSocket[path=" + nameOf(peer) + "]";
        }
        String name = nameAtProxy;
        if (address == null && name == null) {
            return "GreenSocket[unconnected]";
        }
        return "GreenSocket[addr=" + (name == null ? address : name + "/<unresolved>") + ",port=" + port + ",localport="
                + getLocalPort() + "]";
    }

    /** The side that connects has no name of its own: the connection goes by the name of the side that listens. */
    private String nameOf(SocketAddress peer) {
        if (!peer.toString().isEmpty()) {
            return peer.toString();
        }
        SocketAddress local = askUnixAddress();
        return local == null ? "" : local.toString();
    }

    /** Returns the peer's address, or null if the connection is not a Unix-domain one. */
    @Nullable SocketAddress unixPeer() {
        return unixPeer;
    }

    // ---- options

    /** Elsewhere than on a loop, or for any other option, the channel is asked at once. */
    @Override
    protected <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        if (!CREDENTIALS.equals(option.name()) || Loop.currentFiber() == null) {
            return super.getOption(option);
        }
        var work = DIRECTORY.work("the user at the other end of " + this, () -> super.getOption(option));
        try {
            boolean _ = work.await(-1);
            return work.result();
        } catch (InterruptedException e) {
            throw Tries.closedByInterrupt(this::close);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("an option threw what it does not declare; please report", e);
        }
    }

    // ---- connecting

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        SocketAddress path = unixAddress();
        channel().bind(path != null ? path : new InetSocketAddress(host, localPort));
        if (path == null) {
            rememberLocalPort();
        }
    }

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        if (remote instanceof UnixTarget target) {
            connect(target.path(), Deadline.ofMillis(timeoutMillis, "Connect timed out: " + target.path()));
            return;
        }
        if (!(remote instanceof InetSocketAddress to)) {
            throw new IOException("Unsupported address type");
        }
        var deadline = Deadline.ofMillis(timeoutMillis, "Connect timed out: " + to);
        if (route != null) {
            connect(to, route, deadline);
        } else if (to.isUnresolved()) {
            close();
            throw new UnknownHostException(to.getHostName());
        } else {
            connect(to, deadline);
        }
    }

    private void connect(InetSocketAddress to, ProxyRoute through, Deadline deadline) throws IOException {
        boolean connected = false;
        try {
            through.connect(this, to, deadline);
            address = to.getAddress();
            port = to.getPort();
            nameAtProxy = to.isUnresolved() ? to.getHostString() : null;
            connected = true;
        } finally {
            if (!connected) {
                close();
            }
        }
    }

    void connect(SocketAddress to, Deadline deadline) throws IOException {
        boolean connected = false;
        if (to instanceof InetSocketAddress inet) {
            address = inet.getAddress();
            port = inet.getPort();
        }
        try {
            Pollable waits = waits();
            if (channel().connect(to)) {
                waits.register();
            } else {
                waits.expectNothing();
                waits.register();
                awaitConnected(waits, deadline);
            }
            if (to instanceof InetSocketAddress) {
                rememberLocalPort();
            } else {
                unixPeer = to;
            }
            established = true;
            connected = true;
        } finally {
            if (!connected) {
                close(); // Whatever ended it, a half-made connection is of no use to anybody.
            }
        }
    }

    private void awaitConnected(Pollable waits, Deadline deadline) throws IOException {
        SocketWaits.claim(waits, Use.CONNECT, this);
        try {
            while (true) {
                int state = waits.state(Readiness.WRITE);
                if (Pollable.isReady(state) && !waits.isClosed()) {
                    if (channel().finishConnect()) {
                        return;
                    }
                    waits.drained(Readiness.WRITE, state);
                }
                await(deadline, waits, Readiness.WRITE);
            }
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    /** Takes over a connection that a listener has accepted. */
    void accepted(Loop loop, StreamChannel channel, int listenersPort) throws IOException {
        Pollable taken = take(loop, channel);
        fd = null; // The JDK has made one, for those who need it.
        SocketAddress remote = channel.remoteAddress();
        if (remote instanceof InetSocketAddress inet) {
            address = inet.getAddress();
            port = inet.getPort();
            presumeLocalPort(listenersPort);
        } else {
            unixPeer = remote;
        }
        established = true;
        taken.arrive();
    }

    // ---- moving

    void moveTo(Loop target) throws IOException {
        Pollable waits = waits();
        claimBoth(waits);
        try {
            checkTarget(waits, target);
            waits.moveTo(target);
        } finally {
            releaseBoth(waits);
        }
    }

    void leaveFor(Loop target) throws IOException {
        Pollable waits = waits();
        claimBoth(waits);
        try {
            waits.leaveFor(target);
        } finally {
            releaseBoth(waits);
        }
    }

    void arrive() throws IOException {
        waits().arrive();
    }

    private static void checkTarget(Pollable waits, Loop target) {
        if (!target.isOpen()) {
            throw target.closedException();
        }
        String here = waits.loop().hub().name();
        String there = target.hub().name();
        if (!here.equals(there)) {
            throw new IllegalArgumentException("target: the loop '" + target.name() + "' on " + there
                    + " (expected: a loop on " + here + " like the socket's; name one hub for both)");
        }
    }

    private void claimBoth(Pollable waits) throws ConcurrentUseException {
        SocketWaits.claim(waits, Use.READ, this);
        boolean both = false;
        try {
            SocketWaits.claim(waits, Use.WRITE, this);
            both = true;
        } finally {
            if (!both) {
                waits.release(Readiness.READ);
            }
        }
    }

    private static void releaseBoth(Pollable waits) {
        waits.release(Readiness.WRITE);
        waits.release(Readiness.READ);
    }

    // ---- reading

    int read(ByteBuffer target) throws IOException {
        return read(target, null, 0, target.remaining(), null);
    }

    /** Reads exactly so many bytes before the deadline; returns false if the stream ends before. */
    boolean readFully(byte[] target, Deadline deadline) throws IOException {
        for (int filled = 0; filled < target.length;) {
            int count = read(null, target, filled, target.length - filled, deadline);
            if (count < 0) {
                return false;
            }
            filled += count;
        }
        return true;
    }

    /** Reads into the buffer, or into the array if there is no buffer. The deadline is that of {@code SO_TIMEOUT} if there is none. */
    private int read(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length,
            @Nullable Deadline within) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (ahead == ReadAhead.AT_END) {
            return -1;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.READ, this);
        try {
            takeTurn(waits);
            ReadAhead had = ahead;
            if (had != null) {
                int count = readFrom(had, waits, buffer, array, offset, length);
                if (count != 0) {
                    return count;
                }
            }
            Deadline deadline = within;
            while (true) {
                int count = readOnce(waits, buffer, array, offset, length);
                if (count != 0) {
                    return count;
                }
                if (deadline == null) {
                    deadline = Deadline.ofMillis(timeoutMillis(), "Read timed out");
                }
                await(deadline, waits, Readiness.READ);
            }
        } finally {
            waits.release(Readiness.READ);
        }
    }

    /** Reads into several buffers. */
    long read(ByteBuffer[] targets) throws IOException {
        long room = remaining(targets, 0);
        if (room == 0) {
            return 0;
        }
        if (ahead == ReadAhead.AT_END) {
            return -1;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.READ, this);
        try {
            takeTurn(waits);
            ReadAhead had = ahead;
            if (had != null) {
                long count = readFrom(had, waits, targets);
                if (count != 0) {
                    return count;
                }
            }
            Deadline deadline = null;
            while (true) {
                long count = Tries.read(waits, channel(), targets, room);
                if (count != 0) {
                    return count < 0 ? ended() : count;
                }
                if (deadline == null) {
                    deadline = Deadline.ofMillis(timeoutMillis(), "Read timed out");
                }
                await(deadline, waits, Readiness.READ);
            }
        } finally {
            waits.release(Readiness.READ);
        }
    }

    /** Reads what was read ahead; returns 0 if that is nothing. */
    private long readFrom(ReadAhead had, Pollable waits, ByteBuffer[] targets) throws IOException {
        long total = 0;
        for (ByteBuffer target : targets) {
            if (target.hasRemaining() && (total == 0 || had.count() > 0)) {
                int count = readFrom(had, waits, target, null, 0, target.remaining());
                if (count <= 0) {
                    return count;
                }
                total += count;
            }
        }
        return total;
    }

    /** Returns how many bytes remain in the buffers from one on. */
    private static long remaining(ByteBuffer[] buffers, int from) {
        long remaining = 0;
        for (int i = from; i < buffers.length; i++) {
            remaining += buffers[i].remaining();
        }
        return remaining;
    }

    private void takeTurn(Pollable waits) throws IOException {
        if (Tries.isTurnDue(waits)) {
            Tries.takeTurn(waits, this::close);
        }
    }

    /** Reads what is there now, without waiting: 0 if that is nothing. */
    int tryRead(ByteBuffer target) throws IOException {
        int length = target.remaining();
        if (length == 0) {
            return 0;
        }
        if (ahead == ReadAhead.AT_END) {
            return -1;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.READ, this);
        try {
            takeTurn(waits);
            waits.checkOpen();
            ReadAhead had = ahead;
            int count = had == null ? 0 : readFrom(had, waits, target, null, 0, length);
            return count != 0 ? count : readOnce(waits, target, null, 0, length);
        } finally {
            waits.release(Readiness.READ);
        }
    }

    /** With the reading claimed and nothing read ahead: tries unless it is known to be in vain. Returns 0 if nothing is there. */
    private int readOnce(Pollable waits, @Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        int count = Tries.read(waits, channel(), buffer, array, offset, length);
        return count < 0 ? ended() : count;
    }

    /** Waits until a read may find something; false if the time has passed first. Less than 0 is for ever. */
    boolean awaitReadable(long nanos) throws IOException {
        return await(Use.READ, Readiness.READ, nanos);
    }

    /** Waits until a write may take something; false if the time has passed first. Less than 0 is for ever. */
    boolean awaitWritable(long nanos) throws IOException {
        return await(Use.WRITE, Readiness.WRITE, nanos);
    }

    private boolean await(Use use, int op, long nanos) throws IOException {
        Pollable waits = waits();
        SocketWaits.claim(waits, use, this);
        try {
            waits.checkOpen();
            return op == Readiness.READ && (isBuffered() || inputShut) || Tries.await(waits, op, nanos, this::close);
        } finally {
            waits.release(op);
        }
    }

    /** Gives bytes back: the next reads get them first. */
    void unread(ByteBuffer bytes) throws IOException {
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.READ, this);
        try {
            waits.checkOpen();
            if (ahead == ReadAhead.AT_END) {
                ahead = null; // The end will be met again behind these bytes.
            }
            readAhead().putBack(bytes);
        } finally {
            waits.release(Readiness.READ);
        }
    }

    private int ended() {
        ahead = ReadAhead.AT_END;
        return -1;
    }

    /** Reads what was read ahead; returns 0 if that is nothing. */
    private int readFrom(ReadAhead had, Pollable waits, @Nullable ByteBuffer buffer, byte @Nullable [] array,
            int offset,
            int length) throws IOException {
        waits.checkOpen();
        if (inputShut || had == ReadAhead.AT_END) {
            return ended();
        }
        int count = had.take(buffer, array, offset, length);
        if (count == 0) {
            had.throwFailure();
        }
        return count;
    }

    // ---- reading ahead

    /** Only while the reading is claimed. */
    private ReadAhead readAhead() {
        ReadAhead has = ahead;
        if (has == null) {
            has = ReadAhead.create();
            ahead = has;
        }
        return has;
    }

    /** Reads ahead once, without waiting. */
    private static int fill(ReadAhead into, Pollable waits, StreamChannel channel) {
        int state = waits.state(Readiness.READ);
        int count = into.fill(channel);
        if (count == 0 && into.hasRoom()) {
            waits.drained(Readiness.READ, state);
        }
        return count;
    }

    @Override
    protected int available() throws IOException {
        StreamChannel channel = channel();
        Pollable waits = waits();
        waits.checkOpen();
        if (inputShut) {
            return 0;
        }
        if (waits.claim(Readiness.READ) != null) {
            return buffered(); // Somebody reads. What is buffered is his, but may be counted.
        }
        try {
            takeTurn(waits); // Or who asks again and again would keep out whoever sends.
            ReadAhead into = readAhead();
            if (into != ReadAhead.AT_END && into.count() == 0) {
                int _ = fill(into, waits, channel);
            }
            return into.count();
        } finally {
            waits.release(Readiness.READ);
        }
    }

    /** Returns how much has been read ahead. A guess while somebody reads. */
    final int buffered() {
        ReadAhead seen = ahead;
        return seen == null ? 0 : seen.count();
    }

    /** Tells whether a read would be answered by what was read ahead. The caller has claimed the reading, or takes the answer for a guess. */
    boolean isBuffered() {
        ReadAhead has = ahead;
        return has != null && (has == ReadAhead.AT_END || has.count() > 0 || has.hasFailure());
    }

    /** Waits until there is something to read, and copies it. */
    int peek(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.READ, this);
        try {
            takeTurn(waits);
            StreamChannel channel = channel();
            Deadline deadline = null;
            while (true) {
                waits.checkOpen();
                ReadAhead into = readAhead();
                if (inputShut || into == ReadAhead.AT_END) {
                    return ended();
                }
                int met = into.count() < target.remaining() ? fill(into, waits, channel) : 0;
                if (into.count() > 0) {
                    return into.copyTo(target);
                }
                if (met < 0) {
                    into.throwFailure();
                    return ended();
                }
                if (deadline == null) {
                    deadline = Deadline.ofMillis(timeoutMillis(), "Read timed out");
                }
                await(deadline, waits, Readiness.READ);
            }
        } finally {
            waits.release(Readiness.READ);
        }
    }

    /** Reads one byte by way of reading ahead, for a protocol whose end nobody can foresee: what comes after it stays. Returns -1 at the end. */
    int readByte(Deadline deadline) throws IOException {
        byte[] one = new byte[1];
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.READ, this);
        try {
            ReadAhead into = readAhead();
            while (into.count() == 0) {
                int met = fill(into, waits, channel());
                if (met < 0) {
                    into.throwFailure();
                    return -1;
                }
                if (met == 0) {
                    await(deadline, waits, Readiness.READ);
                }
            }
            int _ = into.take(null, one, 0, 1);
            return one[0] & 0xff;
        } finally {
            waits.release(Readiness.READ);
        }
    }

    // ---- writing

    void writeFully(ByteBuffer source) throws IOException {
        write(source, null, 0, source.remaining(), null);
    }

    /** Writes everything before the deadline. */
    void writeFully(byte[] source, Deadline deadline) throws IOException {
        write(null, source, 0, source.length, deadline);
    }

    /** Writes the buffer, or the array if there is no buffer. */
    private void write(@Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length,
            @Nullable Deadline within) throws IOException {
        if (length == 0) {
            return;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.WRITE, this);
        int written = 0;
        try {
            takeTurn(waits);
            Deadline deadline = within;
            while (true) {
                written += writeOnce(waits, buffer, array, offset + written, length - written);
                if (written == length) {
                    return;
                }
                if (deadline == null) {
                    deadline = Deadline.NEVER;
                }
                await(deadline, waits, Readiness.WRITE);
            }
        } catch (Throwable e) {
            endedEarly(e, written, length);
            throw e;
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    /** Writes several buffers. */
    void writeFully(ByteBuffer[] sources) throws IOException {
        long length = remaining(sources, 0);
        if (length == 0) {
            return;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.WRITE, this);
        long left = length;
        try {
            takeTurn(waits);
            Deadline deadline = null;
            for (int from = 0; true;) {
                while (!sources[from].hasRemaining()) {
                    from++;
                }
                left -= writeOnce(waits, sources, from, left);
                if (left == 0) {
                    return;
                }
                if (deadline == null) {
                    deadline = Deadline.NEVER;
                }
                await(deadline, waits, Readiness.WRITE);
            }
        } catch (Throwable e) {
            endedEarly(e, length - left, length);
            throw e;
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    private long writeOnce(Pollable waits, ByteBuffer[] sources, int from, long length) throws IOException {
        if (waits.isClosed()) {
            return 0;
        }
        checkOutput();
        return Tries.write(waits, channel(), sources, from, length);
    }

    /** Writes what there is room for now, without waiting. */
    int tryWrite(ByteBuffer source) throws IOException {
        int length = source.remaining();
        if (length == 0) {
            return 0;
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.WRITE, this);
        try {
            takeTurn(waits);
            waits.checkOpen();
            return writeOnce(waits, source, null, 0, length);
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    /** With the writing claimed: tries unless it is known to be in vain. Returns how much was taken. */
    private int writeOnce(Pollable waits, @Nullable ByteBuffer buffer, byte @Nullable [] array, int offset, int length)
            throws IOException {
        if (waits.isClosed()) {
            return 0;
        }
        checkOutput(); // First: no room will come where nothing can be written any more.
        return Tries.write(waits, channel(), buffer, array, offset, length);
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
    private void endedEarly(Throwable e, long written, long length) {
        if ((e instanceof IOException || e instanceof IllegalStateException) && !Green.isDelivered(e)) {
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

    // ---- urgent data

    @Override
    protected boolean supportsUrgentData() {
        return true;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        Pollable waits = waits();
        waits.checkOpen();
        requireConnected();
        SocketWaits.claim(waits, Use.WRITE, this);
        try {
            checkOutput();
            if (!channel().sendUrgent(data)) {
                throw new SocketException("No buffer space available"); // It does not wait, nor does the JDK's.
            }
        } catch (UnsupportedOperationException e) {
            var refused = new SocketException(e.getMessage());
            refused.initCause(e);
            throw refused;
        } finally {
            waits.release(Readiness.WRITE);
        }
    }

    private void requireConnected() throws SocketException {
        if (!established) {
            throw new SocketException("Not connected");
        }
    }

    // ---- half-close

    /** Who reads is woken by us: not every hub says so. */
    @Override
    protected void shutdownInput() throws IOException {
        channel().shutdownInput();
        inputShut = true;
        waits().ready(Readiness.READ);
    }

    /** Who writes is woken by us: the operating system does not. */
    @Override
    protected void shutdownOutput() throws IOException {
        outputShut = BROKEN_PIPE;
        channel().shutdownOutput();
        waits().ready(Readiness.WRITE);
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

    /** What a read of the input stream does. */
    int readSome(byte[] target, int offset, int length) throws IOException {
        return read(null, target, offset, length, null);
    }

    /** What a write to the output stream does. */
    void writeAll(byte[] source, int offset, int length) throws IOException {
        write(null, source, offset, length, null);
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
            return readSome(target, offset, length);
        }

        @Override
        public int available() throws IOException {
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
            writeAll(source, offset, length);
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
