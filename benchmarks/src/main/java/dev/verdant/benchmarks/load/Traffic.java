package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One kind of load on one server: what is done when a connection is there, is answered, or fails; and the figures. All on the hub's thread.
 */
abstract class Traffic implements Load {

    /** Longer than any time that is taken. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    /** How long the last answers are waited for. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int MOST_ERRORS = 1000;

    final Hub hub;
    final InetSocketAddress server;
    final ByteBuffer request = ByteBuffer.allocateDirect(REQUEST.length())
            .put(REQUEST.getBytes(StandardCharsets.US_ASCII)).flip();
    final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
    final Answer answer = new Answer();

    /** Nanoseconds, to three digits. */
    final Histogram latencies = new Histogram(LONGEST_NANOS, 3);

    private long errors;
    private @Nullable IOException firstError;

    Traffic(Hub hub, InetSocketAddress server) {
        this.hub = hub;
        this.server = server;
    }

    /** A connection is established. */
    abstract void connected(Connection connection);

    /** A request has been answered, rightly and in full. */
    abstract void answered(Connection connection);

    /** A connection has failed, and is closed. */
    abstract void failed(Connection connection, IOException why);

    final void error(IOException e) {
        errors++;
        if (firstError == null) {
            firstError = e;
        }
    }

    /** Whether nothing is to be hoped for any more. */
    final boolean isHopeless() {
        return errors > MOST_ERRORS;
    }

    final long errors() {
        return errors;
    }

    final void record(long nanos) {
        latencies.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }

    final Figures figures(long nanos, long late, long latestNanos) {
        return Figures.of(latencies, nanos, errors, late, latestNanos, firstError);
    }
}
