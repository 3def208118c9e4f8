package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.RunningServer;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Numbers;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** How long answers take when requests keep coming on a schedule, at shares of what Netty can do at most. */
public final class LatencySection implements Section {

    private static final int CONNECTIONS = 64;
    private static final int[] SHARES = {10, 25, 50, 75, 90};
    private static final int AIM_SHARE = 50;
    private static final List<String> FIGURES = List.of("p50", "p99", "p999");
    private static final String[] SERVERS = {Peers.C, Peers.NETTY, Peers.EPOLL, Peers.NIO, Peers.GO, Peers.JDK_VIRTUAL};

    /** Creates it. */
    public LatencySection() {}

    @Override
    public String id() {
        return "latency";
    }

    @Override
    public String title() {
        return "Latency against load";
    }

    @Override
    public String family() {
        return "hello";
    }

    private static int rounds(Settings settings) {
        return settings.quick() ? Math.min(2, settings.rounds()) : Math.max(5, settings.rounds() / 2);
    }

    private static int millis(Settings settings) {
        return settings.quick() ? 500 : 2 * settings.roundMillis();
    }

    @Override
    public double seconds(Settings settings) {
        return 2 + 4 * settings.warmMillis() / 1e3
                + SHARES.length * SERVERS.length * rounds(settings) * (millis(settings) / 1e3 + 0.1);
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        Server.Choice choice = Peers.hello(workshop.folder()).only(SERVERS);
        Map<String, String> failures = new LinkedHashMap<>();
        List<RunningServer> servers = workshop.start(choice, failures, Workshop.Warming.CLOSED_LOOP);
        RunningServer measure = servers.stream().filter(server -> server.server().name().equals(Peers.NETTY))
                .findFirst().orElse(servers.getFirst());
        workshop.progress().phase("what " + Tables.plain(measure.server().label()) + " can do at most");
        double capacity = capacity(workshop, measure);
        for (RunningServer server : servers) {
            workshop.progress().phase("warming up " + Tables.plain(server.server().label()));
            // Waiting is code of its own, which is compiled on the processor that is to answer.
            workshop.warmUp(server, (port, millis) -> command(port, millis, capacity, AIM_SHARE, 0));
        }
        int rounds = rounds(workshop.settings());
        var comparisons = new LinkedHashMap<Integer, Comparison>();
        for (int share : SHARES) {
            workshop.progress().phase(share + " % load");
            comparisons.put(share, workshop.compare(servers, rounds, failures, (port,
                    round) -> command(port, millis(workshop.settings()), capacity, share, round + 1)));
        }
        return new Part(id(), title(), List.of(
                "The smallest server again, over " + CONNECTIONS
                        + " connections, asked on a schedule (open loop): at random moments that are the same for all servers, at shares of the "
                        + Numbers.plain(Math.rint(capacity)) + " requests a second that "
                        + Tables.plain(measure.server().label())
                        + " can answer at most. A latency counts from the moment a request was due, also if its connection was busy then. "
                        + rounds + " rounds of " + millis(workshop.settings()) + " ms for each load.",
                "A round is marked as late if the load generator itself asked more than 1 % of its requests more than a millisecond late: then the machine was busy with something else."),
                tables(comparisons), charts(comparisons),
                List.of(Aim.atMost("p99 at " + AIM_SHARE + " % load, epoll to Netty", 1.00,
                        Objects.requireNonNull(comparisons.get(AIM_SHARE))
                                .ratio(Peers.EPOLL, Peers.NETTY, sample -> sample.micros("p99")))),
                choice.missingLines(), Tables.notes(failures, List.copyOf(comparisons.values())));
    }

    private static String command(int port, int millis, double capacity, int share, int seed) {
        return "open " + port + " " + CONNECTIONS + " " + millis + " " + capacity * share / 100 + " " + seed;
    }

    private static double capacity(Workshop workshop, RunningServer server) throws Exception {
        String command = Workshop.Warming.CLOSED_LOOP.command(server.port(), workshop.settings().roundMillis());
        double[] perSecond = new double[3];
        for (int i = 0; i < perSecond.length; i++) {
            perSecond[i] = workshop.sample(server, command).perSecond();
        }
        return Estimate.median(perSecond);
    }

    private static List<Table> tables(Map<Integer, Comparison> comparisons) {
        var tables = new ArrayList<Table>();
        comparisons.forEach((share, comparison) -> {
            var rows = new ArrayList<List<String>>();
            for (Server server : comparison.servers()) {
                var row = new ArrayList<>(List.of(server.label()));
                for (String figure : FIGURES) {
                    row.add(Numbers.withInterval(comparison.of(server.name(), sample -> sample.micros(figure))));
                }
                row.add(Numbers.plain(comparison.of(server.name(), Sample::cpuMicros).median()));
                row.add(Long.toString(comparison.lateRounds(server.name())));
                row.add(Long.toString(comparison.errors(server.name())));
                rows.add(row);
            }
            tables.add(new Table(share + " % load:",
                    List.of("server", "p50 µs", "p99 µs", "p99.9 µs", "CPU µs a request", "late rounds", "errors"),
                    rows));
        });
        return tables;
    }

    private static List<Chart> charts(Map<Integer, Comparison> comparisons) {
        List<Server> servers = comparisons.values().iterator().next().servers();
        return FIGURES.stream().<Chart>map(figure -> new Chart.Lines(
                figure.replace("p999", "p99.9") + " against load, µs", "load, % of what Netty can do at most",
                servers.stream().map(server -> line(comparisons, server, figure)).toList())).toList();
    }

    private static Chart.Line line(Map<Integer, Comparison> comparisons, Server server, String figure) {
        return new Chart.Line(Tables.shortened(server), IntStream
                .of(SHARES).mapToObj(share -> new Chart.Point(share,
                        Objects.requireNonNull(comparisons.get(share))
                                .of(server.name(), sample -> sample.micros(figure)).median()))
                .filter(point -> point.y() > 0).toList(), server.ours());
    }
}
