package dev.verdant.benchmarks.harness;

/**
 * How much is measured.
 *
 * @param quick true to be done in a few minutes: fewer peers, fewer and shorter rounds
 * @param rounds how often each server is loaded
 * @param roundMillis for how long each time
 * @param warmMillis how long a JVM is loaded before that
 * @param idleConnections how many idle connections a server is asked to hold
 * @param realTime true to put servers and load before whatever else runs on the machine
 */
public record Settings(boolean quick, int rounds, int roundMillis, int warmMillis, int idleConnections,
        boolean realTime) {

    /**
     * The settings of {@code --quick}, and without it.
     *
     * @param quick true for a few minutes
     * @param rounds how often, or 0 for as often as is usual
     * @param realTime true to go before whatever else runs
     * @return the settings
     */
    public static Settings of(boolean quick, int rounds, boolean realTime) {
        return quick
                ? new Settings(true, rounds > 0 ? rounds : 5, 400, 4_000, 4_000, realTime)
                : new Settings(false, rounds > 0 ? rounds : 21, 1_000, 10_000, 18_000, realTime);
    }
}
