package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
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
     * @param to where to; a name that is not resolved yet is resolved off the loop
     * @return the connection
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    public static GreenSocket connect(SocketAddress to) throws IOException {
        return connect(to, null);
    }

    /**
     * Connects.
     *
     * @param to where to; a name that is not resolved yet is resolved off the loop
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
     * @param to where to; a name that is not resolved yet is resolved off the loop
     * @param timeout how long it may take; null for ever
     * @param bind the local address, or null for the system's choice
     * @return the connection
     * @throws java.net.SocketTimeoutException if it took longer
     * @throws IOException a {@link java.net.ConnectException} or its kin, with the address in its message
     */
    public static GreenSocket connect(SocketAddress to, @Nullable Duration timeout, @Nullable SocketAddress bind)
            throws IOException {
        Loop.requireFiber("Net.connect");
        var remote = resolved(inet(to, "to"));
        var socket = new GreenSocket();
        boolean connected = false;
        try {
            if (bind != null) {
                socket.bind(bind);
            }
            socket.connect(remote, millis(timeout));
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** {@code Socket.connect} takes milliseconds, and zero is for ever there. */
    private static int millis(@Nullable Duration timeout) {
        long nanos = Waiter.nanos(timeout);
        return nanos < 0 ? 0 : Math.clamp(Math.ceilDiv(nanos, 1_000_000L), 1, Integer.MAX_VALUE);
    }

    private static InetSocketAddress resolved(InetSocketAddress address) throws IOException {
        if (!address.isUnresolved()) {
            return address;
        }
        String host = address.getHostString();
        return new InetSocketAddress(Offload.call("the address of " + host, () -> InetAddress.getByName(host)),
                address.getPort());
    }

    private static InetSocketAddress inet(SocketAddress address, String name) {
        Objects.requireNonNull(address, name);
        if (!(address instanceof InetSocketAddress inet)) {
            throw new IllegalArgumentException(name + ": " + address + " (expected: an InetSocketAddress)");
        }
        return inet;
    }

    /**
     * Listens with room for 50 connections to wait.
     *
     * @param at the address; port 0 takes a free one
     * @return the listener
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GreenServerSocket listen(SocketAddress at) throws IOException {
        return listen(at, options -> {});
    }

    /**
     * Listens.
     *
     * @param at the address; port 0 takes a free one
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
     * @param at the address; port 0 takes a free one
     * @param configure sets the options
     * @return the listener
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public static GreenServerSocket listen(SocketAddress at, Consumer<? super ListenOptions> configure)
            throws IOException {
        Loop.requireFiber("Net.listen");
        var address = inet(at, "at");
        var options = new ListenOptions();
        configure.accept(options);
        var listener = new GreenServerSocket();
        boolean listening = false;
        try {
            listener.setReuseAddress(options.isReuseAddress());
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
}
