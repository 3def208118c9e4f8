package dev.verdant.testkit.sim;

import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listening socket. */
final class SimListener extends SimSocket implements ListenerChannel {

    // Guarded by the timeline's word.
    private int backlog;
    private boolean shut;
    /** Connections that are not confirmed yet. They have their place in the backlog. */
    private final Set<SimStream> answered = new LinkedHashSet<>();
    private final Deque<SimStream> pending = new ArrayDeque<>();

    SimListener(SimHub hub, SimHost host, SocketDomain domain) throws SocketException {
        super(hub, host, domain, host.tcp, OptionValues.ofListener(domain == SocketDomain.UNIX));
    }

    @Override
    public void bind(SocketAddress at, int newBacklog) throws IOException {
        if (newBacklog < 1) {
            throw new IllegalArgumentException("backlog: " + newBacklog + " (expected: >= 1)");
        }
        requireDomain(at);
        time.enter();
        try {
            bindNow(at);
            backlog = newBacklog;
        } finally {
            time.leave();
        }
    }

    @Override
    public @Nullable StreamChannel accept() throws IOException {
        time.enter();
        try {
            requireOpen();
            if (shut) {
                throw new SocketException("Socket closed");
            }
            if (local == null) {
                throw new SocketException("Socket is not bound yet");
            }
            if (!pending.isEmpty() && world.strikes(Mishap.ACCEPT_EXHAUSTED)) {
                tellAnew(Readiness.READ);
                throw SimHub.exhausted();
            }
            for (SimStream stream = pending.poll(); stream != null; stream = pending.poll()) {
                if (world.strikes(Mishap.ACCEPT_ABORTED)) {
                    stream.abort();
                    continue;
                }
                stream.taken(hub());
                time.tell(NetEvent.ACCEPTED, stream.number, stream.peerNumber(), 0);
                return stream;
            }
            return null;
        } finally {
            time.leave();
        }
    }

    @Override
    public void shutdown() {
        time.enter();
        try {
            if (!isGone() && !shut) {
                shut = true;
                tell(Readiness.READ | Readiness.ENDED);
            }
        } finally {
            time.leave();
        }
    }

    // ---- with the word taken

    boolean isListening() {
        return !shut && local != null && backlog > 0;
    }

    boolean isFull() {
        return answered.size() + pending.size() >= backlog;
    }

    /** Makes this end of a connection that {@code client} asks for. */
    void admit(SimStream client) {
        var stream = new SimStream(this, client);
        answered.add(stream);
        stream.answer();
    }

    void pending(SimStream stream) {
        answered.remove(stream);
        pending.add(stream);
        time.tell(NetEvent.PENDING, number, stream.number, 0);
        tell(Readiness.READ);
    }

    /** A connection ended before it was confirmed. */
    void forget(SimStream stream) {
        answered.remove(stream);
    }

    @Override
    int possible() {
        return shut ? Readiness.READ | Readiness.ENDED : pending.isEmpty() ? 0 : Readiness.READ;
    }

    @Override
    void release() {
        letGoOfAddress();
        new ArrayList<>(answered).forEach(SimStream::abort);
        new ArrayList<>(pending).forEach(SimStream::abort);
        answered.clear();
        pending.clear();
    }

    @Override
    void disappear() {
        letGoOfAddress();
        answered.clear();
        pending.clear();
    }

    @Override
    public String toString() {
        return "simulated listener " + number + " of " + host;
    }
}
