package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import java.net.InetSocketAddress;

/** Connections that have been answered once and then say nothing. */
final class Hold extends Persistent {

    Hold(Hub hub, InetSocketAddress server, int connections) {
        super(hub, server, connections);
    }

    @Override
    public Figures run() {
        hub.poll(0);
        return figures(0, 0, 0);
    }

    @Override
    void answered(Connection connection, long now) {
        // Nothing is asked.
    }

    @Override
    boolean replaces(Connection connection) {
        return false;
    }

    @Override
    void replaced(Connection connection) {
        // None is.
    }
}
