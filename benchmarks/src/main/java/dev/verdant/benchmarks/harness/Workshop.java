package dev.verdant.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where sections measure: servers that stay until they are put away, one load generator, rounds in which servers take turns. Not for several threads.
 */
public final class Workshop implements AutoCloseable {

    private static final int WARM_CONNECTIONS = 64;
    private static final int NATIVE_WARM_MILLIS = 300;
    private static final int WARM_PIECES = 5;
    private static final int MOST_WARM_PIECES = 4 * WARM_PIECES;
    private static final double STILL_WARMING = 0.95;

    private final Settings settings;
    private final Machine machine;
    private final Progress progress;
    private final Path folder;
    private final Map<String, RunningServer> running = new LinkedHashMap<>();
    private @Nullable LoadClient load;

    /**
     * Creates a workshop.
     *
     * @param settings how much is measured
     * @param machine where
     * @param progress who is told
     * @param folder for what is compiled, and what processes say
     */
    public Workshop(Settings settings, Machine machine, Progress progress, Path folder) {
        this.settings = settings;
        this.machine = machine;
        this.progress = progress;
        this.folder = folder;
    }

    /**
     * Returns how much is measured.
     *
     * @return the settings
     */
    public Settings settings() {
        return settings;
    }

    /**
     * Returns this machine.
     *
     * @return the machine
     */
    public Machine machine() {
        return machine;
    }

    /**
     * Returns who is told how far it is.
     *
     * @return the progress
     */
    public Progress progress() {
        return progress;
    }

    /**
     * Returns where files may be left.
     *
     * @return a folder
     */
    public Path folder() {
        return folder;
    }

    /**
     * Returns the load generator, started at the first call.
     *
     * @return the load generator
     * @throws IOException if it cannot be started
     */
    public LoadClient load() throws IOException {
        LoadClient client = load;
        if (client == null) {
            client = new LoadClient(machine, folder);
            load = client;
        }
        return client;
    }

    /**
     * Starts servers and warms them up with the load that they will be measured with. One that runs already is taken as it is.
     *
     * @param choice the servers
     * @param failures where it is said who could not be started
     * @param warming makes the line for the load generator, of a port and milliseconds
     * @return those that run
     * @throws IOException if the load generator cannot be started
     */
    public List<RunningServer> start(Server.Choice choice, Map<String, String> failures, Warming warming)
            throws IOException {
        var started = new ArrayList<RunningServer>();
        for (Server server : choice.servers()) {
            RunningServer already = running.get(server.name());
            if (already != null && already.isAlive()) {
                started.add(already);
                continue;
            }
            progress.phase("starting " + server.label());
            try {
                var fresh = RunningServer.start(server, machine.forServers(), folder);
                running.put(server.name(), fresh);
                warmUp(fresh, warming);
                started.add(fresh);
            } catch (IOException e) {
                failures.put(server.label(), String.valueOf(e.getMessage()));
                restartLoadIfBroken();
            }
        }
        return started;
    }

    /** The load of a round. */
    public interface Loading {

        /**
         * Makes the line for the load generator.
         *
         * @param port the server's
         * @param round counted from 0
         * @return the line
         */
        String command(int port, int round);
    }

    /** The load that warms a server up. */
    public interface Warming {

        /** Every connection asks again as soon as it is answered. */
        Warming CLOSED_LOOP = (port, millis) -> "closed " + port + " " + WARM_CONNECTIONS + " " + millis;

        /**
         * Makes the line for the load generator.
         *
         * @param port the server's
         * @param millis how long
         * @return the line
         */
        String command(int port, int millis);
    }

    /**
     * Warms a server up: as long as the settings say, and on a slow machine longer, until the CPU time for a request falls no more.
     *
     * @param server the server
     * @param warming the load
     * @throws IOException if it cannot be loaded
     */
    public void warmUp(RunningServer server, Warming warming) throws IOException {
        if (!server.server().jvm()) {
            load().load(warming.command(server.port(), NATIVE_WARM_MILLIS), LoadClient.Watch.NOTHING);
            return;
        }
        int piece = Math.max(1, settings.warmMillis() / WARM_PIECES);
        String command = warming.command(server.port(), piece);
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < MOST_WARM_PIECES; i++) {
            double now = sample(server, command).cpuMicros();
            progress.advance(piece / 1e3);
            if (i + 1 >= WARM_PIECES && now > best * STILL_WARMING) {
                return;
            }
            best = Math.min(best, now);
        }
    }

    /**
     * Loads a server once.
     *
     * @param server the server
     * @param command the line for the load generator
     * @return what came of it
     * @throws IOException if it cannot be loaded
     */
    public Sample sample(RunningServer server, String command) throws IOException {
        var clock = new CpuClock(server);
        var figures = load().load(command, clock);
        if (machine.isRealTime()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(settings.roundMillis())); // The others want to get on, too.
        }
        if (figures.get("requests") == 0) {
            throw new IOException("not one request was answered: " + figures.firstError());
        }
        return new Sample(figures, clock.used);
    }

    private static final class CpuClock implements LoadClient.Watch {

        private final RunningServer server;
        private @Nullable Cpu begin;
        private long used;

        CpuClock(RunningServer server) {
            this.server = server;
        }

        @Override
        public void begin() {
            begin = Cpu.now(server.family());
        }

        @Override
        public void end() {
            Cpu then = begin;
            used = then == null ? 0 : Cpu.now(server.family()).since(then);
        }
    }

    /**
     * Loads servers in turns, round after round, each round beginning with another one.
     *
     * @param servers the servers; the first is what others are compared with
     * @param rounds how often
     * @param failures where it is said who failed; whoever does is left out from there on
     * @param command makes the line for the load generator
     * @return what came of it
     * @throws IOException if the load generator cannot be started
     */
    public Comparison compare(List<RunningServer> servers, int rounds, Map<String, String> failures,
            Loading command) throws IOException {
        var left = new ArrayList<>(servers);
        var samples = new LinkedHashMap<String, List<Sample>>();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < servers.size(); i++) {
                RunningServer server = servers.get((round + i) % servers.size());
                if (!left.contains(server)) {
                    continue;
                }
                long begin = System.nanoTime();
                try {
                    samples.computeIfAbsent(server.server().name(), _ -> new ArrayList<>())
                            .add(sample(server, command.command(server.port(), round)));
                } catch (IOException e) {
                    failures.put(server.server().label(), String.valueOf(e.getMessage()));
                    left.remove(server);
                    samples.remove(server.server().name());
                    restartLoadIfBroken();
                }
                progress.advance((System.nanoTime() - begin) / 1e9);
            }
        }
        return new Comparison(left.stream().map(RunningServer::server).toList(), samples, failures);
    }

    private void restartLoadIfBroken() {
        if (load != null && load.isBroken()) {
            stopLoad();
        }
    }

    private void stopLoad() {
        if (load != null) {
            load.close();
            load = null;
        }
    }

    /** Puts all servers away. */
    public void stopServers() {
        running.values().forEach(RunningServer::close);
        running.clear();
    }

    @Override
    public void close() {
        stopLoad();
        stopServers();
    }
}
