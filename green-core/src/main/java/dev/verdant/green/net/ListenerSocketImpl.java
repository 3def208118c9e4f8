package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Tries;
import dev.verdant.green.net.SocketWaits.Use;
import dev.verdant.hub.ListenerChannel;
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
import org.jspecify.annotations.Nullable;

/** A listener, beneath {@link GreenServerSocket}. */
class ListenerSocketImpl extends GreenSocketImpl<ListenerChannel> {

    private final @Nullable Loop home;
    private @Nullable SocketAddress bound;

    /** No more connections are wanted than those that are there. */
    private volatile boolean closesWhenEmpty;

    /** Creates one for a loop, or for the caller's if that is null. */
    ListenerSocketImpl(@Nullable Loop home) {
        this.home = home;
    }

    @Override
    Loop home() {
        return home == null ? super.home() : home;
    }

    @Override
    ListenerChannel open(Loop loop, SocketDomain domain) throws IOException {
        return loop.hub().openListener(domain);
    }

    @Override
    public String toString() {
        return switch (bound) {
            case null -> "GreenServerSocket[unbound]";
            case InetSocketAddress at ->
                "GreenServerSocket[addr=" + at.getAddress() + ",localport=" + getLocalPort() + "]";
            case SocketAddress path -> "GreenServerSocket[path=" + path + "]";
        };
    }

    /** Only says where: the descriptor is bound by {@link #listen}. */
    @Override
    protected void bind(InetAddress host, int localPort) {
        SocketAddress path = unixAddress();
        bound = path != null ? path : new InetSocketAddress(host, localPort);
        address = path != null ? null : host;
    }

    @Override
    protected void listen(int backlog) throws IOException {
        SocketAddress at = bound;
        if (at == null) {
            throw new SocketException("Not bound");
        }
        boolean listening = false;
        try {
            channel().bind(at, backlog);
            listening = true;
        } finally {
            if (!listening) {
                bound = null;
            }
        }
        rememberLocalPort();
        waits().register();
    }

    @Override
    protected void accept(SocketImpl connection) throws IOException {
        if (!(connection instanceof StreamSocketImpl stream)) {
            throw new SocketException(
                    "A green listener accepts green connections only, not " + connection.getClass().getName());
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Use.ACCEPT, this);
        try {
            Tries.takeTurn(waits, this::close);
            StreamChannel accepted = accept(waits);
            stream.accepted(waits.loop(), accepted, localport); // Which may have changed in the wait.
        } finally {
            waits.release(Readiness.READ);
        }
    }

    private StreamChannel accept(Pollable waits) throws IOException {
        Deadline deadline = null;
        while (true) {
            int state = waits.state(Readiness.READ);
            if (Pollable.isReady(state) && !waits.isClosed()) {
                StreamChannel connection = channel().accept();
                if (connection != null) {
                    return connection;
                }
                waits.drained(Readiness.READ, state);
                if (closesWhenEmpty) {
                    close();
                    throw new SocketException("Socket closed");
                }
            }
            if (deadline == null) {
                deadline = Deadline.ofMillis(timeoutMillis(), "Accept timed out");
            }
            await(deadline, waits, Readiness.READ);
        }
    }

    /** Has who accepts, if anybody does, accept what is there and then close the listener. Any thread. */
    void closeWhenEmpty() throws SocketException {
        closesWhenEmpty = true;
        Pollable waits = waits();
        waits.loop().tell(() -> waits.ready(Readiness.READ), () -> {});
    }

    boolean closesWhenEmpty() {
        return closesWhenEmpty;
    }

    // ---- what a connection does

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        throw new SocketException("A listener does not connect");
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        throw new SocketException("A listener has no streams");
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        throw new SocketException("A listener has no streams");
    }

    @Override
    protected int available() {
        return 0;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("A listener sends nothing");
    }
}
