package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Every connection asks again as soon as it is answered: shows what a server can do at most, and says little about latency. */
final class ClosedLoop extends Persistent {

    private final long duration;
    private long end;
    private int asking;

    ClosedLoop(Hub hub, InetSocketAddress server, int connections, long durationNanos) {
        super(hub, server, connections);
        this.duration = durationNanos;
    }

    @Override
    public Figures run() {
        long begin = System.nanoTime();
        end = begin + duration;
        asking = connections.size();
        for (Connection connection : connections) {
            connection.ask(System.nanoTime());
        }
        while (asking > 0 && !isHopeless() && System.nanoTime() < end + PATIENCE_NANOS) {
            hub.poll(-1);
        }
        long took = System.nanoTime() - begin;
        for (Connection connection : connections) {
            if (connection.isAsking()) {
                error(new IOException("no answer"));
            }
        }
        return figures(took, 0, 0);
    }

    @Override
    void answered(Connection connection, long now) {
        record(now - connection.since);
        if (now < end) {
            connection.ask(now);
        } else {
            asking--;
        }
    }

    @Override
    boolean replaces(Connection connection) {
        if (System.nanoTime() < end) {
            return true;
        }
        asking--;
        return false;
    }

    @Override
    void replaced(Connection connection) {
        connection.ask(System.nanoTime());
    }
}
