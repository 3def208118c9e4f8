package dev.verdant.hub.nio;

import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A listener on a {@link ServerSocketChannel}. */
final class NioListenerChannel extends NioNetworkChannel<ServerSocketChannel> implements ListenerChannel {

    /** On Windows the option would let two listeners have one port. */
    private static final boolean REUSE_ADDRESS = !System.getProperty("os.name", "").startsWith("Windows");

    /** So many dead connections in a row are not bad luck: then the error is told, and whoever accepts can back off. */
    private static final int MOST_DEAD = 100;

    private final SocketDomain domain;

    NioListenerChannel(NioHub hub, SocketDomain domain, ServerSocketChannel channel) throws IOException {
        super(hub, channel);
        this.domain = domain;
        if (domain == SocketDomain.INTERNET) {
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, REUSE_ADDRESS);
            } catch (IOException e) {
                closeQuietly();
                throw e;
            }
        }
    }

    @Override
    int interest(int ops) {
        return (ops & Readiness.READ) != 0 ? SelectionKey.OP_ACCEPT : 0;
    }

    @Override
    int readiness(int readyOps) {
        return (readyOps & SelectionKey.OP_ACCEPT) != 0 ? Readiness.READ : 0;
    }

    @Override
    public void bind(SocketAddress local, int backlog) throws IOException {
        if (backlog < 1) {
            throw new IllegalArgumentException("backlog: " + backlog + " (expected: >= 1)");
        }
        Addresses.require(domain, local);
        try {
            channel.bind(local, backlog);
        } catch (IOException | RuntimeException e) {
            throw Failures.at(local, e);
        }
    }

    @Override
    public @Nullable StreamChannel accept() throws IOException {
        try {
            SocketChannel connection = acceptAlive();
            return connection == null ? null : new NioStreamChannel(hub, domain, connection);
        } catch (IOException | RuntimeException e) {
            throw Failures.of(e);
        }
    }

    private @Nullable SocketChannel acceptAlive() throws IOException {
        for (int dead = 0;; dead++) {
            try {
                return channel.accept();
            } catch (IOException e) {
                if (dead == MOST_DEAD || !Failures.passesAway(e)) {
                    throw e;
                }
            }
        }
    }

    /** A server socket channel cannot be shut down. */
    @Override
    public void shutdown() {
        if (isOpen()) {
            end();
        }
    }
}
