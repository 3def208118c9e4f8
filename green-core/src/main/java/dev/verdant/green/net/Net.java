package dev.verdant.green.net;

import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connecting, listening, serving. Called on a green thread; on a thread that is on no loop every method fails with an
 * {@link IllegalStateException}.
 */
public final class Net {

    private static final int DEFAULT_CONCURRENCY = 1000;

    private Net() {}

    /**
     * Connects, however long it takes.
     *
     * @param to where to, Unix-domain included; a name that is not resolved yet is looked up, see {@link #connect(String, int, Duration)}
     * @return the connection
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    public static GreenSocket connect(SocketAddress to) throws IOException {
        return connect(to, null);
    }

    /**
     * Connects.
     *
     * @param to where to, Unix-domain included; a name that is not resolved yet is looked up, see {@link #connect(String, int, Duration)}
     * @param timeout how long it may take; null for ever
     * @return the connection
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    public static GreenSocket connect(SocketAddress to, @Nullable Duration timeout) throws IOException {
        return connect(to, timeout, null);
    }

    /**
     * Connects from a local address.
     *
     * @param to where to, Unix-domain included; a name that is not resolved yet is looked up, see {@link #connect(String, int, Duration)}
     * @param timeout how long it may take; null for ever
     * @param bind the local address, or null for the system's choice; of a name's several addresses, those of the other family are tried without it
     * @return the connection
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    public static GreenSocket connect(SocketAddress to, @Nullable Duration timeout, @Nullable SocketAddress bind)
            throws IOException {
        Loop loop = Loop.requireFiber("Net.connect").loop();
        return new Connecting(loop, Waiter.nanos(timeout), bind, null).to(known(to, "to"));
    }

    /**
     * Connects to a name, however long it takes; see {@link #connect(String, int, Duration)}.
     *
     * @param host a name or an address
     * @param port the port, 0 to 65535
     * @return the connection
     * @throws java.net.UnknownHostException if the name has no address
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    public static GreenSocket connect(String host, int port) throws IOException {
        return connect(host, port, null);
    }

    /**
     * Connects to a name. If it has several addresses they are tried as RFC 8305 says: the families in turn, beginning with that of the first
     * address; each 250 ms after the one before it, or as soon as one has failed. The first that answers is taken and the others are closed.
     *
     * @param host a name or an address
     * @param port the port, 0 to 65535
     * @param timeout how long it may take, the look-up counted in; null for ever
     * @return the connection
     * @throws java.net.UnknownHostException if the name has no address
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message: what the last attempt failed by, with the
     *         failures of the others suppressed
     */
    public static GreenSocket connect(String host, int port, @Nullable Duration timeout) throws IOException {
        return connect(InetSocketAddress.createUnresolved(host, port), timeout, null);
    }

    /**
     * Connects to whichever of several addresses answers first, tried in the way of {@link #connect(String, int, Duration)}.
     *
     * @param addresses where to, resolved, at least one; they may differ in their ports
     * @param timeout how long it may take; null for ever
     * @return the connection
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException what the last attempt failed by, with the failures of the others suppressed
     */
    public static GreenSocket connect(List<InetSocketAddress> addresses, @Nullable Duration timeout)
            throws IOException {
        return connectToFirstOf(addresses, timeout, null, null);
    }

    /**
     * Connects to whichever of several addresses answers first, and tells how it goes.
     *
     * @param addresses where to, resolved, at least one; they may differ in their ports
     * @param timeout how long it may take; null for ever
     * @param bind the local address for the attempts of its family, or null for the system's choice
     * @param observer is told of each step, on the calling green thread, before the call returns; a slow one delays the attempts that follow, and
     *        what it throws ends the call. It is not told any more once the call ends by a kill, an interrupt or a {@code Timeout}
     * @return the connection
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException what the last attempt failed by, with the failures of the others suppressed
     */
    public static GreenSocket connect(List<InetSocketAddress> addresses, @Nullable Duration timeout,
            @Nullable SocketAddress bind, Consumer<? super ConnectEvent> observer) throws IOException {
        Objects.requireNonNull(observer, "observer");
        return connectToFirstOf(addresses, timeout, bind, observer);
    }

    private static GreenSocket connectToFirstOf(List<InetSocketAddress> addresses, @Nullable Duration timeout,
            @Nullable SocketAddress bind, @Nullable Consumer<? super ConnectEvent> observer) throws IOException {
        Loop loop = Loop.requireFiber("Net.connect").loop();
        var resolved = List.copyOf(addresses);
        if (resolved.isEmpty() || resolved.stream().anyMatch(InetSocketAddress::isUnresolved)) {
            throw new IllegalArgumentException(
                    "addresses: " + resolved + " (expected: at least one, and all of them resolved)");
        }
        return new Connecting(loop, Waiter.nanos(timeout), bind, observer).toFirstOf(resolved.toString(), resolved);
    }

    /**
     * Looks up the addresses of a name, however long it takes; see {@link #resolve(String, Duration)}.
     *
     * @param host a name or an address
     * @return its addresses, at least one
     * @throws java.net.UnknownHostException if there is none
     * @throws IOException only that one
     * @throws InterruptedException if a user interrupted the thread
     */
    public static List<InetAddress> resolve(String host) throws IOException, InterruptedException {
        return resolve(host, null);
    }

    /**
     * Looks up the addresses of a name: what {@link InetAddress#getAllByName} gives, in its order, from its cache and with its failures. That
     * runs on a native thread, up to 64 at a time, while the calling green thread waits; a name that many ask for at a time is looked up once. A
     * wait that ends early ends at once: a look-up that has not begun is dropped if nobody else waits for it, and one that has begun ends by itself. An address
     * ({@code 127.0.0.1}, {@code ::1}, {@code [fe80::1%eth0]}) needs neither thread nor wait.
     *
     * <p>The JDK puts IPv4 first, unless {@code -Djava.net.preferIPv6Addresses} is {@code true} (IPv6 first) or {@code system} (the operating
     * system's order).
     *
     * @param host a name or an address
     * @param timeout how long it may take; null for ever
     * @return its addresses, at least one
     * @throws java.net.UnknownHostException if there is none
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException only these two
     * @throws InterruptedException if a user interrupted the thread
     */
    public static List<InetAddress> resolve(String host, @Nullable Duration timeout)
            throws IOException, InterruptedException {
        Loop.requireFiber("Net.resolve");
        return Names.resolve(Objects.requireNonNull(host, "host"), Waiter.nanos(timeout));
    }

    private static SocketAddress known(SocketAddress address, String name) {
        // No switch over types, see SocketDomain.
        if (Objects.requireNonNull(address, name) instanceof InetSocketAddress
                || address instanceof UnixDomainSocketAddress || address instanceof AbstractUnixAddress) {
            return address;
        }
        throw new IllegalArgumentException(name + ": " + address
                + " (expected: an InetSocketAddress, a UnixDomainSocketAddress or an AbstractUnixAddress)");
    }

    /**
     * Listens with room for 50 connections to wait.
     *
     * @param at the address; port 0 takes a free one; a Unix-domain path must not exist, and its file is not deleted by the close
     * @return the listener
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GreenServerSocket listen(SocketAddress at) throws IOException {
        return listen(at, options -> {});
    }

    /**
     * Listens.
     *
     * @param at the address; port 0 takes a free one; a Unix-domain path must not exist, and its file is not deleted by the close
     * @param backlog how many connections may wait to be accepted, at least 1
     * @return the listener
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GreenServerSocket listen(SocketAddress at, int backlog) throws IOException {
        return listen(at, options -> options.backlog(backlog));
    }

    /**
     * Listens.
     *
     * @param at the address; port 0 takes a free one; a Unix-domain path must not exist, and its file is not deleted by the close
     * @param configure sets the options
     * @return the listener
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GreenServerSocket listen(SocketAddress at, Consumer<? super ListenOptions> configure)
            throws IOException {
        Loop loop = Loop.requireFiber("Net.listen").loop();
        var options = new ListenOptions();
        Objects.requireNonNull(configure, "configure").accept(options);
        return listen(loop, at, options);
    }

    /** Listens on a loop. Any thread. */
    static GreenServerSocket listen(Loop loop, SocketAddress at, ListenOptions options) throws IOException {
        var address = known(at, "at");
        var listener = new GreenServerSocket(loop);
        boolean listening = false;
        try {
            if (!listener.becomesUnix(address)) { // Paths have no TIME_WAIT.
                listener.setReuseAddress(options.isReuseAddress());
            }
            if (options.isReusePort()) {
                listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            Integer receiveBuffer = options.receiveBuffer();
            if (receiveBuffer != null) {
                listener.setReceiveBufferSize(receiveBuffer);
            }
            listener.bind(address, options.backlog());
            listening = true;
            return listener;
        } finally {
            if (!listening) {
                listener.close();
            }
        }
    }

    /**
     * Serves up to 1000 connections at a time; see {@link #serve(GreenServerSocket, SocketHandler, int)}.
     *
     * @param listener where connections come from
     * @param handler what is done with each
     */
    public static void serve(GreenServerSocket listener, SocketHandler handler) {
        serve(listener, handler, DEFAULT_CONCURRENCY);
    }

    /**
     * Accepts connections and handles each in a green thread of its own, until the listener is closed or a handler throws {@link StopServe}.
     * Running out of descriptors, connections that die early, and handlers that throw are reported and do not end it. The listener
     * stays open, and handlers that run go on.
     *
     * @param listener where connections come from
     * @param handler what is done with each; the connection is closed when it returns
     * @param concurrency how many at a time, at least 1; further connections wait in the backlog
     */
    public static void serve(GreenServerSocket listener, SocketHandler handler, int concurrency) {
        Objects.requireNonNull(listener, "listener");
        Objects.requireNonNull(handler, "handler");
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency: " + concurrency + " (expected: >= 1)");
        }
        new Serving(Loop.requireFiber("Net.serve"), listener, handler, concurrency).run();
    }

    /**
     * Waits until at least one of several channels is ready, and returns all that are: select(2) for sockets of ours. Takes nothing, and leaves the
     * channels open whatever ends it. Each direction is claimed meanwhile, as by a read or a write.
     *
     * @param readable channels of which a read, an accept or a receive is wanted
     * @param writable channels of which a write or a send is wanted
     * @param timeout for how long at the most; null for ever, zero only looks
     * @return what is ready; empty if the time has passed first
     * @throws ConcurrentUseException if another thread reads or writes there
     * @throws IOException if one of them is closed, before or meanwhile
     * @throws InterruptedException if a user interrupted the thread
     */
    public static Selection select(Collection<? extends GreenChannel> readable,
            Collection<? extends GreenChannel> writable, @Nullable Duration timeout)
            throws IOException, InterruptedException {
        Objects.requireNonNull(readable, "readable");
        Objects.requireNonNull(writable, "writable");
        if (readable.isEmpty() && writable.isEmpty() && timeout == null) {
            throw new IllegalArgumentException(
                    "readable and writable: empty, and no timeout (expected: something to wait for)");
        }
        var selecting = new Selecting("Net.select");
        for (GreenChannel channel : new LinkedHashSet<>(readable)) {
            selecting.add(channel, Readiness.READ);
        }
        for (GreenChannel channel : new LinkedHashSet<>(writable)) {
            selecting.add(channel, Readiness.WRITE);
        }
        return selecting.await(timeout)
                ? new Selection(selecting.ready(Readiness.READ), selecting.ready(Readiness.WRITE))
                : new Selection(List.of(), List.of());
    }

    // ---- several loops

    /**
     * Listens on every loop of a group, with room for 50 connections to wait at each; see {@link #listen(EventLoopGroup, SocketAddress, Consumer)}.
     *
     * @param group the loops
     * @param at the address; port 0 takes a free one, the same for all
     * @return the listeners
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GroupServer listen(EventLoopGroup group, SocketAddress at) throws IOException {
        return listen(group, at, options -> {});
    }

    /**
     * Listens on every loop of a group. Where the system shares a port's connections out (Linux, TCP), each loop has a listener of its own; elsewhere, and
     * with {@code reusePort(false)}, the first loop accepts and hands connections over in turn. Any thread.
     *
     * @param group the loops
     * @param at the address; port 0 takes a free one, the same for all
     * @param configure sets the options
     * @return the listeners
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GroupServer listen(EventLoopGroup group, SocketAddress at,
            Consumer<? super ListenOptions> configure) throws IOException {
        return GroupServer.open(group, at, configure);
    }

    /**
     * Listens on every loop of a group and serves there, until a handler throws {@link StopServe} or the group is closed; then the listeners are closed.
     * {@link #listen(EventLoopGroup, SocketAddress)} and {@link #serve(GroupServer, SocketHandler)} are the two halves, for who wants to know the address
     * or to end it otherwise.
     *
     * @param group the loops
     * @param at the address
     * @param handler what is done with each connection, on its loop
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static void serve(EventLoopGroup group, SocketAddress at, SocketHandler handler) throws IOException {
        Objects.requireNonNull(handler, "handler");
        try (var server = listen(group, at)) {
            serve(server, handler);
        }
    }

    /**
     * Serves up to 1000 connections at a time on each loop; see {@link #serve(GroupServer, SocketHandler, int)}.
     *
     * @param server where connections come from
     * @param handler what is done with each, on its loop
     */
    public static void serve(GroupServer server, SocketHandler handler) {
        serve(server, handler, DEFAULT_CONCURRENCY);
    }

    /**
     * Accepts connections and handles each in a green thread of its own on one of the loops, where it stays, until the server is closed, a handler throws
     * {@link StopServe}, or the loops have closed. Running out of descriptors, connections that die early, and handlers that throw are reported and do not end
     * it. Handlers that run go on, and unless it was closed, the server stays open. Any thread, of a loop or not; an interrupt or a kill of it ends the
     * serving.
     *
     * @param server where connections come from
     * @param handler what is done with each, on its loop; handlers of two loops run in parallel
     * @param concurrency how many at a time on each loop, at least 1; further connections wait in the backlog
     * @throws IllegalStateException if it is served already
     */
    public static void serve(GroupServer server, SocketHandler handler, int concurrency) {
        Objects.requireNonNull(server, "server");
        Objects.requireNonNull(handler, "handler");
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency: " + concurrency + " (expected: >= 1)");
        }
        server.serve(handler, concurrency);
    }

    /**
     * Accepts connections and gives each to somebody who does as he likes with it, until the listener is closed: for servers that have no green thread for each
     * connection. Running out of descriptors, connections that die early, and takers that throw are reported and do not end it. On a green thread.
     *
     * @param listener where connections come from
     * @param taker who closes each connection when it is over; must not wait. If he throws, it is closed
     */
    public static void accept(GreenServerSocket listener, Consumer<? super GreenSocket> taker) {
        Objects.requireNonNull(taker, "taker");
        Loop.requireFiber("Net.accept");
        try {
            new TakingAcceptor(listener, taker).run();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
    }

    // ---- ending well

    /**
     * Stops a server in good order: accepts who waits in the backlog, closes the listener, so that nothing new begins, and waits for the handlers that run. A {@link #serve} of it returns when
     * they have finished, or when the grace is over, and so keeps their loop alive.
     *
     * <p>Every connection that was accepted is handled. Who comes in the very moment of the close, or finds no place among as many handlers as there may be, the
     * system resets (Linux), and may try elsewhere, having had no answer. A handler that keeps its connection between requests ends sooner if it looks at
     * {@link GreenServerSocket#isClosed()} there.
     *
     * <p>Any thread, also a handler of this server, which is not waited for then. Several may stop it, and each waits as long as it asked for. A listener that
     * nobody serves is closed, and that is all.
     *
     * @param server what is stopped
     * @param grace how long to wait at the most; null for ever, zero does not wait
     * @return the handlers that have not finished; they run on until somebody kills them
     * @throws InterruptedException if a user interrupted the caller; the listener is closed, the handlers go on
     * @throws IOException never by ours; the close of a subclass may
     */
    public static List<Unfinished> stop(GreenServerSocket server, @Nullable Duration grace)
            throws IOException, InterruptedException {
        Objects.requireNonNull(server, "server");
        return server.handlers().stop(server.loop(), server, grace);
    }

    /**
     * Stops a group's server in good order; see {@link #stop(GreenServerSocket, Duration)}.
     *
     * @param server what is stopped
     * @param grace how long to wait at the most; null for ever, zero does not wait
     * @return the handlers that have not finished, of every loop; they run on until somebody kills them
     * @throws InterruptedException if a user interrupted the caller; the listeners are closed, the handlers go on
     */
    public static List<Unfinished> stop(GroupServer server, @Nullable Duration grace) throws InterruptedException {
        Objects.requireNonNull(server, "server");
        try {
            return server.handlers().stop(server.loops().getFirst(), server::close, grace);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Not by a close of ours.
        }
    }

    /**
     * Has the server stopped, as {@link #stop(GreenServerSocket, Duration)} does, when the JVM shuts down: by SIGTERM, SIGINT, {@code System.exit}, or because
     * the last thread that keeps it has ended. The JVM waits for that, so handlers finish; who has not finished is named on
     * standard error, because loggers close themselves in shutdown hooks of their own. All servers stop at the same time. Forgotten when the server is closed otherwise. Any
     * thread.
     *
     * @param server what is stopped
     * @param grace how long the JVM waits at the most; a second call changes it
     * @throws IllegalStateException if the JVM is shutting down already
     */
    public static void stopOnShutdown(GreenServerSocket server, Duration grace) {
        Objects.requireNonNull(server, "server");
        Objects.requireNonNull(grace, "grace");
        server.handlers().stopOnShutdown(List.of(server.loop()), server, grace, server::isClosed);
    }

    /**
     * Has a group's server stopped when the JVM shuts down; see {@link #stopOnShutdown(GreenServerSocket, Duration)}.
     *
     * @param server what is stopped
     * @param grace how long the JVM waits at the most; a second call changes it
     * @throws IllegalStateException if the JVM is shutting down already
     */
    public static void stopOnShutdown(GroupServer server, Duration grace) {
        Objects.requireNonNull(server, "server");
        Objects.requireNonNull(grace, "grace");
        server.handlers().stopOnShutdown(server.loops(), server::close, grace, server::isClosed);
    }
}
