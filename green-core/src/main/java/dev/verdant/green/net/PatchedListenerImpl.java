package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketImpl;

/** A listener beneath a {@link java.net.ServerSocket} of other people's. */
final class PatchedListenerImpl extends ListenerSocketImpl {

    private final Roaming roaming = new Roaming();

    PatchedListenerImpl() {
        super(null);
    }

    @Override
    Loop home() {
        return Roaming.here();
    }

    @Override
    Pollable take(Loop loop, ListenerChannel opened) {
        return Roaming.roaming(super.take(loop, opened));
    }

    @Override
    void await(Deadline deadline, Pollable until, int op) throws IOException {
        roaming.follow(until, op, deadline.left());
        super.await(deadline, until, op);
    }

    /** A loop that accepts until its listener is closed must find it closed: a {@link java.net.ServerSocket} closes itself for this exception only. */
    @Override
    protected void accept(SocketImpl connection) throws IOException {
        try {
            roaming.begin(Readiness.READ, timeoutMillis(), "Accept timed out");
            try {
                super.accept(connection);
            } finally {
                roaming.end(Readiness.READ);
            }
        } catch (Throwable e) {
            try {
                Roaming.surface(e, this::close);
            } catch (SocketException closed) {
                throw Thread.currentThread().isInterrupted() ? new InterruptedIOException(closed.getMessage()) : closed;
            }
            if (e instanceof IOException known) {
                throw Roaming.told(known);
            }
            throw e;
        }
    }
}
