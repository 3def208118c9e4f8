package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;

/**
 * Requests come when they are due, whether or not the server has answered those before: at random moments (a Poisson process) that are the same for every
 * server, over all connections in turn. A latency counts from when the request was due, also if its connection was still waiting for an answer then, so a
 * server that stalls is charged for all that would have been asked meanwhile.
 */
final class OpenLoop extends Persistent {

    /** A request that this process itself asks later than this is counted. */
    static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Nearer moments are waited for by looking again and again, where there is a processor for that: a poller's timer is not so exact. */
    private static final long SPIN_NANOS = Runtime.getRuntime().availableProcessors() > 1 || isPinned() ? 60_000 : 0;

    private final long[] due;
    private long begin;
    private int next;
    private long late;
    private long latest;
    private int unanswered;

    OpenLoop(Hub hub, InetSocketAddress server, int connections, long durationNanos, double perSecond, long seed) {
        super(hub, server, connections);
        this.due = schedule(durationNanos, perSecond, seed);
    }

    /** Set by who starts this process on a processor of its own. */
    private static boolean isPinned() {
        return Boolean.getBoolean("verdant.load.pinned");
    }

    /** Returns the moments, in nanoseconds from the begin. */
    static long[] schedule(long durationNanos, double perSecond, long seed) {
        if (!(perSecond > 0)) {
            throw new IllegalArgumentException("rate: " + perSecond + " (expected: > 0)");
        }
        var random = new Random(seed);
        double gap = 1e9 / perSecond;
        return DoubleStream.iterate(-Math.log(1 - random.nextDouble()) * gap, at -> at < durationNanos,
                at -> at - Math.log(1 - random.nextDouble()) * gap)
                .mapToLong(at -> (long) at).toArray();
    }

    @Override
    public Figures run() {
        for (Connection connection : connections) {
            connection.place = connection.number - connections.size();
            connection.waiting = 0;
        }
        unanswered = due.length;
        begin = System.nanoTime();
        while (next < due.length && !isHopeless()) {
            askWhatIsDue();
            if (next < due.length) {
                long wait = begin + due[next] - System.nanoTime();
                hub.poll(wait > SPIN_NANOS ? wait - SPIN_NANOS : 0);
            }
        }
        long patience = System.nanoTime() + PATIENCE_NANOS;
        while (unanswered > 0 && !isHopeless() && System.nanoTime() < patience) {
            hub.poll(-1);
        }
        long took = System.nanoTime() - begin;
        giveUp();
        return figures(took, late, latest);
    }

    private void askWhatIsDue() {
        long now = System.nanoTime();
        while (next < due.length && begin + due[next] <= now) {
            Connection connection = connections.get(next % connections.size());
            next++;
            if (connection.isAsking() || !connection.isOpen()) {
                connection.waiting++;
            } else {
                askNext(connection);
                now = System.nanoTime();
                long lateness = now - connection.since;
                if (lateness > LATE_NANOS) {
                    late++;
                }
                latest = Math.max(latest, lateness);
            }
        }
    }

    private void askNext(Connection connection) {
        connection.place += connections.size();
        connection.ask(begin + due[connection.place]);
    }

    @Override
    void answered(Connection connection, long now) {
        record(now - connection.since);
        unanswered--;
        if (connection.waiting > 0) {
            connection.waiting--;
            askNext(connection);
        }
    }

    /** What has no answer yet counts as long as it has waited, and as an error. */
    private void giveUp() {
        long now = System.nanoTime();
        for (Connection connection : connections) {
            if (connection.isAsking()) {
                record(now - connection.since);
                error(new IOException("no answer in " + TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS) + " ms"));
            }
            for (; connection.waiting > 0; connection.waiting--) {
                connection.place += connections.size();
                record(now - begin - due[connection.place]);
                error(new IOException("never asked: its connection had no answer"));
            }
        }
    }

    @Override
    boolean replaces(Connection connection) {
        unanswered--;
        return true;
    }

    @Override
    void replaced(Connection connection) {
        if (connection.waiting > 0) {
            connection.waiting--;
            askNext(connection);
        }
    }
}
