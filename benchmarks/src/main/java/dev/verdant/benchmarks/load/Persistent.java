package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Load over connections that are kept. Each has been answered once before the figures are taken; one that fails is replaced. */
abstract class Persistent extends Traffic {

    private static final long PATIENCE_TO_OPEN_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int OPENED_AT_A_TIME = 64;

    final List<Connection> connections = new ArrayList<>();
    private final int count;
    private boolean opening;
    private int answeredOnce;

    Persistent(Hub hub, InetSocketAddress server, int count) {
        super(hub, server);
        if (count < 1) {
            throw new IllegalArgumentException("connections: " + count + " (expected: >= 1)");
        }
        this.count = count;
    }

    @Override
    public final void open() throws IOException {
        opening = true;
        long deadline = System.nanoTime() + PATIENCE_TO_OPEN_NANOS;
        while (answeredOnce < count) {
            while (connections.size() < count && connections.size() < answeredOnce + OPENED_AT_A_TIME) {
                var connection = new Connection(this, connections.size());
                connections.add(connection);
                connection.open(null);
            }
            hub.poll(-1);
            if (isHopeless() || System.nanoTime() > deadline) {
                throw new IOException(
                        answeredOnce + " of " + count + " connections were answered; " + figures(0, 0, 0));
            }
        }
        opening = false;
    }

    @Override
    final void connected(Connection connection) {
        if (opening) {
            connection.ask(System.nanoTime());
        } else {
            replaced(connection);
        }
    }

    @Override
    final void answered(Connection connection) {
        if (opening) {
            answeredOnce++;
        } else {
            answered(connection, System.nanoTime());
        }
    }

    abstract void answered(Connection connection, long now);

    @Override
    final void failed(Connection connection, IOException why) {
        error(why);
        if (!isHopeless() && (opening || replaces(connection))) {
            try {
                connection.open(null);
            } catch (IOException e) {
                error(e);
            }
        }
    }

    /** Whether a connection that has failed, with what it had asked, is to be opened again. */
    abstract boolean replaces(Connection connection);

    /** A connection that had failed is there again. */
    abstract void replaced(Connection connection);

    @Override
    public void close() {
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
