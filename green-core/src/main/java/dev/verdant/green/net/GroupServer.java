package dev.verdant.green.net;

import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One address at which every loop of a group serves; see {@link Net#listen(dev.verdant.green.EventLoopGroup, SocketAddress)}. Any thread may call.
 */
public final class GroupServer implements AutoCloseable {

    private static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");

    private final EventLoopGroup group;
    private final List<Loop> loops;

    /** One for each loop, or one alone whose connections are handed over. */
    private final List<GreenServerSocket> listeners;

    private final SocketAddress address;
    private final Handlers handlers = new Handlers(this);
    private final AtomicBoolean served = new AtomicBoolean();
    private volatile boolean closed;

    private GroupServer(EventLoopGroup group, List<Loop> loops, List<GreenServerSocket> listeners) {
        this.group = group;
        this.loops = loops;
        this.listeners = List.copyOf(listeners);
        this.address = Objects.requireNonNull(listeners.getFirst().getLocalSocketAddress());
    }

    static GroupServer open(EventLoopGroup group, SocketAddress at, Consumer<? super ListenOptions> configure)
            throws IOException {
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(at, "at");
        var options = new ListenOptions();
        configure.accept(options);
        List<Loop> loops = group.loops().stream().map(Handles::loopOf).toList();
        var listeners = new ArrayList<GreenServerSocket>();
        boolean opened = false;
        try {
            listeners.add(Net.listen(loops.getFirst(), at, options));
            if (loops.size() > 1) {
                if (spreads(listeners.getFirst(), at, options)) {
                    openOthers(loops, listeners, options);
                } else {
                    requireOneKind(group, loops);
                }
            }
            var server = new GroupServer(group, loops, listeners);
            opened = true;
            return server;
        } finally {
            if (!opened) {
                closeAll(listeners);
            }
        }
    }

    /** Whether the system gives each listener of a port its share of the connections. Elsewhere than on Linux the last one gets all. */
    private static boolean spreads(GreenServerSocket first, SocketAddress at, ListenOptions options) {
        return LINUX && !options.isOneListener() && at instanceof InetSocketAddress
                && first.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT);
    }

    /**
     * The first has bound without the option unless it was asked for, so that a port which another server has is refused as ever. It gets it now, and shares
     * with the others.
     */
    private static void openOthers(List<Loop> loops, List<GreenServerSocket> listeners, ListenOptions options)
            throws IOException {
        GreenServerSocket first = listeners.getFirst();
        first.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        options.reusePort(true);
        var at = Objects.requireNonNull(first.getLocalSocketAddress());
        for (Loop loop : loops.subList(1, loops.size())) {
            listeners.add(Net.listen(loop, at, options));
        }
    }

    private static void requireOneKind(EventLoopGroup group, List<Loop> loops) {
        if (loops.stream().map(loop -> loop.hub().name()).distinct().count() > 1) {
            throw new IllegalArgumentException("group: " + group
                    + " (expected: loops on hubs of one kind, because the connections of one listener are handed from loop to loop here)");
        }
    }

    List<Loop> loops() {
        return loops;
    }

    List<GreenServerSocket> listeners() {
        return listeners;
    }

    Handlers handlers() {
        return handlers;
    }

    void serve(SocketHandler handler, int concurrency) {
        if (!served.compareAndSet(false, true)) {
            throw new IllegalStateException(this + " is served already (expected: one Net.serve at a time)");
        }
        try {
            new GroupServing(this, handler, concurrency).run();
        } finally {
            served.set(false);
        }
    }

    /**
     * Returns the group.
     *
     * @return whose loops serve
     */
    public EventLoopGroup group() {
        return group;
    }

    /**
     * Returns where clients connect to.
     *
     * @return the address, with the port that was taken; also after the close
     */
    public SocketAddress getLocalSocketAddress() {
        return address;
    }

    /**
     * Tells whether {@link #close} has been called.
     *
     * @return true from then on
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Closes every listener; the port is free when it returns. A {@link Net#serve} of this ends, handlers that run go on. Twice does nothing more.
     */
    @Override
    public void close() {
        closed = true;
        closeAll(listeners);
        handlers.closed();
    }

    private static void closeAll(List<GreenServerSocket> listeners) {
        for (var listener : listeners) {
            try {
                listener.close();
            } catch (IOException e) {
                // What the operating system says at a close helps nobody.
            }
        }
    }

    @Override
    public String toString() {
        return "GroupServer[" + address + ", " + loops.size() + (loops.size() == 1 ? " loop]" : " loops]");
    }
}
