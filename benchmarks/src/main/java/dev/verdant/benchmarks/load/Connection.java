package dev.verdant.benchmarks.load;

import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the server, with at most one request under way. Makes no object while it asks and is answered. On the hub's thread only.
 */
final class Connection implements ReadinessHandler {

    private final Traffic traffic;

    /** Its number among the connections of its run, from 0. */
    final int number;

    /** From when the request under way counts, in nanoseconds of {@link System#nanoTime()}. */
    long since;

    /** How many requests have become due while one was under way. */
    int waiting;

    /** The place in the schedule of the last request that was asked. */
    int place;

    private @Nullable StreamChannel channel;
    private boolean connecting;
    private boolean asking;
    private boolean closed;

    /** What has come of an answer that did not come whole. */
    private @Nullable ByteBuffer begun;

    Connection(Traffic traffic, int number) {
        this.traffic = traffic;
        this.number = number;
    }

    /** Begins to connect, from an address of this machine's own if one is given. */
    void open(@Nullable InetAddress from) throws IOException {
        var opened = traffic.hub.openStream(SocketDomain.INTERNET);
        channel = opened;
        closed = false;
        connecting = true;
        asking = false;
        begun = null;
        try {
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (from != null) {
                opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                opened.bind(new InetSocketAddress(from, 0));
            }
            boolean connected = opened.connect(traffic.server);
            opened.register(this);
            if (connected) {
                established();
            } else {
                opened.arm(Readiness.WRITE);
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    boolean isAsking() {
        return asking;
    }

    boolean isOpen() {
        return !closed && channel != null;
    }

    private void established() {
        connecting = false;
        traffic.connected(this);
    }

    /** Sends a request. It counts from {@code since}. */
    void ask(long since) {
        this.since = since;
        this.asking = true;
        StreamChannel open = channel;
        if (open == null) {
            fail(new IOException("not connected"));
            return;
        }
        try {
            ByteBuffer request = traffic.request.rewind();
            while (request.hasRemaining()) {
                // A socket that was read empty before has room for as little as this.
                if (open.write(request) == 0) {
                    throw new IOException("a request was not taken whole");
                }
            }
            open.arm(Readiness.READ);
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public void ready(int ops) {
        StreamChannel open = channel;
        if (closed || open == null) {
            return;
        }
        try {
            if (connecting) {
                if (!open.finishConnect()) {
                    open.arm(Readiness.WRITE);
                    return;
                }
                established();
                return;
            }
            if ((ops & (Readiness.READ | Readiness.ENDED)) != 0) {
                read(open);
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    private void read(StreamChannel open) throws IOException {
        ByteBuffer in = traffic.in.clear();
        int count = open.read(in);
        if (count < 0) {
            throw new IOException("the server has closed the connection");
        }
        if (count == 0) {
            open.arm(Readiness.READ);
            return;
        }
        in.flip();
        if (!asking) {
            throw new IOException("the server says something that it was not asked");
        }
        if (begun != null) {
            if (in.remaining() > begun.remaining()) {
                throw new IOException("longer than an answer");
            }
            begun.put(in);
            in = begun.duplicate().flip();
        }
        if (traffic.answer.isWhole(in)) {
            begun = null;
            asking = false;
            traffic.answered(this);
            return;
        }
        if (begun == null) {
            begun = ByteBuffer.allocateDirect(Answer.LONGEST).put(in);
        }
        read(open); // Until nothing is left: an edge comes once.
    }

    private void fail(IOException e) {
        close();
        traffic.failed(this, e);
    }

    void close() {
        StreamChannel open = channel;
        if (open != null && !closed) {
            closed = true;
            asking = false;
            open.close();
        }
    }
}
