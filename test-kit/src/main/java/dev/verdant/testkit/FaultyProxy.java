package dev.verdant.testkit;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on the loopback that makes a real network misbehave on command: for tests against real programs, which no simulation can hold.
 *
 * {@snippet :
 * try (var proxy = FaultyProxy.to(new InetSocketAddress("127.0.0.1", 5432))) {
 *     var pool = connectTo(proxy.address());
 *     proxy.fromServer().latency(Duration.ofMillis(200), Duration.ofMillis(50));
 *     ...
 *     proxy.down();
 *     ...
 * }
 * }
 *
 * <p>It has an event loop of its own, on the hub that {@link dev.verdant.hub.Hubs#select()} takes. Any thread may call.
 */
public final class FaultyProxy implements AutoCloseable {

    private final SocketAddress upstream;
    private final EventLoop loop;
    private final InetSocketAddress address;
    private final Toxics fromClient = new Toxics();
    private final Toxics fromServer = new Toxics();
    private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();

    // Confined to the loop.
    private @Nullable GreenServerSocket listener;

    private FaultyProxy(SocketAddress upstream) {
        this.upstream = upstream;
        this.loop = EventLoop.start(options -> options.name("faulty-proxy").onUncaught((_, _) -> {
            // A connection that breaks is what this is for.
        }));
        boolean up = false;
        try {
            address = await(() -> listen(new InetSocketAddress("127.0.0.1", 0)));
            up = true;
        } finally {
            if (!up) {
                loop.close();
            }
        }
    }

    /**
     * Begins to listen on a free port of the loopback.
     *
     * @param upstream where connections are forwarded to
     * @return a proxy that is up and lets everything through
     * @throws UncheckedIOException if it cannot listen
     */
    public static FaultyProxy to(SocketAddress upstream) {
        return new FaultyProxy(Objects.requireNonNull(upstream, "upstream"));
    }

    /**
     * Returns where it listens, or did while it was up.
     *
     * @return an address of the loopback
     */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Returns what is done to bytes that clients send.
     *
     * @return the same for all connections
     */
    public Toxics fromClient() {
        return fromClient;
    }

    /**
     * Returns what is done to bytes that the server sends.
     *
     * @return the same for all connections
     */
    public Toxics fromServer() {
        return fromServer;
    }

    /** Takes it down: all connections are closed, and new ones refused, until {@link #up()}. */
    public void down() {
        await(() -> {
            GreenServerSocket open = listener;
            listener = null;
            if (open != null) {
                open.close();
            }
            connections.forEach(ProxiedConnection::close);
            return address;
        });
    }

    /**
     * Takes {@link #down()} back: it listens again, where it did.
     *
     * @throws UncheckedIOException if somebody else has taken the port
     */
    public void up() {
        await(() -> listener == null ? listen(address) : address);
    }

    /** Breaks all connections: both ends find them reset. */
    public void reset() {
        await(() -> {
            connections.forEach(ProxiedConnection::reset);
            return address;
        });
    }

    /** Ends it, with all connections. */
    @Override
    public void close() {
        loop.close();
    }

    // ---- on the loop

    private interface OnLoop {
        InetSocketAddress run() throws IOException;
    }

    private InetSocketAddress await(OnLoop what) {
        try {
            return loop.spawn(what::run).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw new UncheckedIOException(failure);
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private InetSocketAddress listen(InetSocketAddress at) throws IOException {
        GreenServerSocket opened = Net.listen(at);
        listener = opened;
        Green.spawnN(() -> Net.serve(opened, client -> forward(opened, client)));
        return (InetSocketAddress) opened.getLocalSocketAddress();
    }

    private void forward(GreenServerSocket by, GreenSocket client) throws Exception {
        if (by != listener) {
            return; // Accepted in the moment in which it went down.
        }
        var connection = new ProxiedConnection(client);
        connections.add(connection);
        try {
            connection.run(upstream, fromClient, fromServer);
        } finally {
            connections.remove(connection);
        }
    }

    @Override
    public String toString() {
        return "FaultyProxy[" + address + " to " + upstream + "]";
    }
}
