package dev.verdant.green;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Several loops, to use several processors. Any thread may call.
 *
 * <p>Each loop is as if it were alone: its green threads never run in parallel with each other, but they do with those of another loop. What
 * two loops share needs {@code java.util.concurrent}, all of which waits without holding a loop; {@link EventLoop#spawn} calls from one to another.
 */
public final class EventLoopGroup implements AutoCloseable {

    private final List<EventLoop> loops;
    private final AtomicInteger turn = new AtomicInteger();

    private EventLoopGroup(List<EventLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    /**
     * Starts loops on the hub that {@link dev.verdant.hub.Hubs#select()} picks.
     *
     * @param loops how many, at least 1; as many as there are processors use them all
     * @return the running loops; close them
     * @throws dev.verdant.hub.HubUnavailableException if there is no hub
     * @throws IllegalStateException if the JVM lacks a flag; the message says which
     */
    public static EventLoopGroup start(int loops) {
        return start(loops, options -> {});
    }

    /**
     * Starts loops. If one cannot be started, those before it are closed.
     *
     * @param loops how many, at least 1
     * @param configure sets the options of a loop, and is called for each; a name that it gives gets {@code -1}, {@code -2} and so on behind it
     * @return the running loops; close them
     * @throws dev.verdant.hub.HubUnavailableException if there is no hub
     * @throws IllegalStateException if the JVM lacks a flag; the message says which
     */
    public static EventLoopGroup start(int loops, Consumer<? super EventLoop.Options> configure) {
        if (loops < 1) {
            throw new IllegalArgumentException("loops: " + loops + " (expected: >= 1)");
        }
        Objects.requireNonNull(configure, "configure");
        var started = new ArrayList<EventLoop>(loops);
        boolean all = false;
        try {
            for (int number = 1; number <= loops; number++) {
                started.add(EventLoop.start(configure, number));
            }
            all = true;
            return new EventLoopGroup(started);
        } finally {
            if (!all) {
                close(started);
            }
        }
    }

    /**
     * Returns the loops in turn.
     *
     * @return the loop after the one that the last call, of whatever thread, has returned
     */
    public EventLoop next() {
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    /**
     * Returns the loops.
     *
     * @return all of them, in the order of their numbers
     */
    public List<EventLoop> loops() {
        return loops;
    }

    /**
     * Closes every loop, all at the same time, as {@link EventLoop#close()} does. Called on one of them, that one closes last, and the caller is killed with
     * its other green threads. Twice does nothing more.
     */
    @Override
    public void close() {
        close(loops);
    }

    private static void close(List<EventLoop> loops) {
        EventLoop own = EventLoop.current();
        for (EventLoop loop : loops) {
            if (loop != own) {
                loop.kernel().beginClose();
            }
        }
        for (EventLoop loop : loops) {
            if (loop != own) {
                loop.close();
            }
        }
        if (own != null && loops.contains(own)) {
            own.close();
        }
    }

    @Override
    public String toString() {
        return "EventLoopGroup" + loops;
    }
}
