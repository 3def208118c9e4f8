package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections that are opened, asked once and closed, a few at a time. The client closes first, as clients do; so that the ports that then rest for a
 * minute do not run out, the connections come from many addresses of the loopback network where there are such (Linux).
 */
final class Churn extends Traffic {

    private static final int SOURCES = 200;

    private final int atATime;
    private final long duration;
    private final List<Connection> connections = new ArrayList<>();
    private final List<InetAddress> sources;
    private int turn;
    private long end;
    private int open;

    Churn(Hub hub, InetSocketAddress server, int atATime, long durationNanos) {
        super(hub, server);
        if (atATime < 1) {
            throw new IllegalArgumentException("at a time: " + atATime + " (expected: >= 1)");
        }
        this.atATime = atATime;
        this.duration = durationNanos;
        this.sources = sources(server);
    }

    private static List<InetAddress> sources(InetSocketAddress server) {
        byte[] address = server.getAddress().getAddress();
        if (address.length != 4 || address[0] != 127 || !System.getProperty("os.name").equals("Linux")) {
            return List.of();
        }
        var sources = new ArrayList<InetAddress>();
        for (int i = 0; i < SOURCES; i++) {
            try {
                sources.add(InetAddress.getByAddress(new byte[]{127, 0, 1, (byte) (1 + i)}));
            } catch (IOException e) {
                throw new IllegalStateException(e); // Four bytes are an address.
            }
        }
        return sources;
    }

    @Override
    public void open() {
        // Opening is what is measured.
    }

    @Override
    public Figures run() {
        long begin = System.nanoTime();
        end = begin + duration;
        for (int i = 0; i < atATime; i++) {
            var connection = new Connection(this, i);
            connections.add(connection);
            open++;
            begin(connection);
        }
        while (open > 0 && !isHopeless() && System.nanoTime() < end + PATIENCE_NANOS) {
            hub.poll(-1);
        }
        long took = System.nanoTime() - begin;
        for (Connection connection : connections) {
            if (connection.isOpen()) {
                error(new IOException("no answer"));
            }
        }
        return figures(took, 0, 0);
    }

    private void begin(Connection connection) {
        connection.since = System.nanoTime();
        try {
            connection.open(source());
        } catch (IOException e) {
            failed(connection, e);
        }
    }

    private @Nullable InetAddress source() {
        return sources.isEmpty() ? null : sources.get(turn++ % sources.size());
    }

    @Override
    void connected(Connection connection) {
        connection.ask(connection.since);
    }

    @Override
    void answered(Connection connection) {
        long now = System.nanoTime();
        record(now - connection.since);
        connection.close();
        next(connection, now);
    }

    private void next(Connection connection, long now) {
        if (now < end && !isHopeless()) {
            begin(connection);
        } else {
            open--;
        }
    }

    @Override
    void failed(Connection connection, IOException why) {
        error(why);
        next(connection, System.nanoTime());
    }

    @Override
    public void close() {
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
