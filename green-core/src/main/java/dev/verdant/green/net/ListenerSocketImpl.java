package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.net.SocketWaits.Deadline;
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
final class ListenerSocketImpl extends GreenSocketImpl<ListenerChannel> {

    private @Nullable InetSocketAddress bound;

    @Override
    ListenerChannel open(Loop loop) throws IOException {
        return loop.hub().openListener(SocketDomain.INTERNET);
    }

    @Override
    public String toString() {
        return bound == null
                ? "GreenServerSocket[unbound]"
                : "GreenServerSocket[addr=" + bound.getAddress() + ",localport=" + getLocalPort() + "]";
    }

    @Override
    protected void bind(InetAddress host, int localPort) {
        bound = new InetSocketAddress(host, localPort);
        address = host;
    }

    @Override
    protected void listen(int backlog) throws IOException {
        InetSocketAddress at = bound;
        if (at == null) {
            throw new SocketException("Socket is not bound");
        }
        channel().bind(at, backlog);
        waits().register();
    }

    @Override
    protected void accept(SocketImpl connection) throws IOException {
        if (!(connection instanceof StreamSocketImpl stream)) {
            throw new SocketException(
                    "A green listener accepts green connections only, not " + connection.getClass().getName());
        }
        Pollable waits = waits();
        SocketWaits.claim(waits, Readiness.READ, this);
        try {
            SocketWaits.takeTurn(waits, this::close);
            stream.accepted(waits.loop(), accept(waits));
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
            }
            if (deadline == null) {
                deadline = new Deadline(timeoutMillis(), "Accept timed out");
            }
            deadline.await(waits, Readiness.READ, this::close);
        }
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
}
