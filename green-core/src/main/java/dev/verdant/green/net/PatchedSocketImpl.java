package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection beneath a {@link java.net.Socket} of other people's. */
final class PatchedSocketImpl extends StreamSocketImpl {

    private final Roaming roaming = new Roaming();

    PatchedSocketImpl(@Nullable ProxyRoute route) {
        super(route);
    }

    @Override
    Loop home() {
        return Roaming.here();
    }

    @Override
    Pollable take(Loop loop, StreamChannel opened) {
        return Roaming.roaming(super.take(loop, opened));
    }

    @Override
    void await(Deadline deadline, Pollable until, int op) throws IOException {
        roaming.follow(until, op, deadline.left());
        super.await(deadline, until, op);
    }

    @Override
    void accepted(Loop loop, StreamChannel channel, int listenersPort) throws IOException {
        super.accepted(Roaming.arrived(channel, loop), channel, listenersPort);
    }

    // ---- calls

    /** Something with bytes. */
    @FunctionalInterface
    private interface Call {
        int run() throws IOException;
    }

    /** Nobody else calls in that direction meanwhile, and whatever ends the call is an exception that sockets throw. */
    private int call(int op, int timeoutMillis, Call call) throws IOException {
        try {
            roaming.begin(op, timeoutMillis, "Read timed out");
            try {
                return call.run();
            } finally {
                roaming.end(op);
            }
        } catch (Throwable e) {
            Roaming.surface(e, this::close);
            throw e;
        }
    }

    /** Who connects counts as a reader, as at the JDK's; nobody writes before it has connected. */
    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        int _ = call(Readiness.READ, 0, () -> {
            roaming.follow(waits(), Readiness.READ,
                    timeoutMillis == 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
            super.connect(remote, timeoutMillis);
            return 0;
        });
    }

    /** Nothing is taken out of another reader's hands. */
    @Override
    protected int available() throws IOException {
        if (!roaming.tryBegin(Readiness.READ)) {
            return buffered();
        }
        try {
            return super.available();
        } catch (Throwable e) {
            Roaming.surface(e, this::close);
            throw e;
        } finally {
            roaming.end(Readiness.READ);
        }
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        int _ = call(Readiness.WRITE, 0, () -> {
            super.sendUrgentData(data);
            return 0;
        });
    }

    @Override
    int readSome(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        try {
            return call(Readiness.READ, timeoutMillis(), () -> super.readSome(target, offset, length));
        } catch (IOException e) {
            throw Roaming.told(e);
        }
    }

    @Override
    void writeAll(byte[] source, int offset, int length) throws IOException {
        if (length == 0) {
            return;
        }
        try {
            int _ = call(Readiness.WRITE, 0, () -> {
                super.writeAll(source, offset, length);
                return length;
            });
        } catch (IOException e) {
            throw Roaming.told(e);
        }
    }
}
