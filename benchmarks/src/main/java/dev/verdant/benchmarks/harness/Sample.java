package dev.verdant.benchmarks.harness;

import dev.verdant.benchmarks.load.Figures;

/**
 * What one round has shown of one server.
 *
 * @param figures what the load generator found
 * @param cpuNanos the CPU time of the server's processes in that round
 */
public record Sample(Figures figures, long cpuNanos) {

    /** The share of requests that the generator itself may ask late, beyond which a round's latencies are marked. */
    private static final double LATE = 0.01;

    /**
     * Returns the CPU time for a request.
     *
     * @return microseconds
     */
    public double cpuMicros() {
        return cpuNanos / 1e3 / figures.get("requests");
    }

    /**
     * Returns the throughput.
     *
     * @return requests a second
     */
    public double perSecond() {
        return figures.get("requests") * 1e9 / figures.get("nanos");
    }

    /**
     * Returns a latency.
     *
     * @param name {@code p50}, {@code p90}, {@code p99}, {@code p999} or {@code max}
     * @return microseconds; not a number if nothing was answered
     */
    public double micros(String name) {
        return figures.values().containsKey(name) ? figures.get(name) / 1e3 : Double.NaN;
    }

    /**
     * Tells whether the generator itself was late too often for the latencies to be believed.
     *
     * @return true if more than 1 % of the requests were asked more than a millisecond late
     */
    public boolean isGeneratorLate() {
        return figures.get("late") > LATE * figures.get("requests");
    }
}
