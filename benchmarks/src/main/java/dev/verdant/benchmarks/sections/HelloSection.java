package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The smallest server: what a request costs at 4, 64 and 512 connections that are never idle. */
public final class HelloSection implements Section {

    private static final int FEW = 4;
    private static final int SOME = 64;
    private static final int MANY = 512;

    /** Those that aims speak of. With few and many connections a quick run measures only these. */
    private static final String[] CORE = {Peers.C, Peers.NETTY, Peers.EPOLL, Peers.NIO, Peers.JDK_VIRTUAL};

    /** Creates it. */
    public HelloSection() {}

    @Override
    public String id() {
        return "hello";
    }

    @Override
    public String title() {
        return "The smallest server";
    }

    @Override
    public String family() {
        return "hello";
    }

    @Override
    public double seconds(Settings settings) {
        double round = settings.roundMillis() / 1e3 + 0.1;
        int servers = settings.quick() ? 2 * CORE.length + 12 : 3 * 13;
        return 10 + 11 + 6 * settings.warmMillis() / 1e3 + settings.rounds() * round * servers;
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        workshop.progress().phase("looking for peers");
        Server.Choice all = Peers.hello(workshop.folder());
        if (workshop.settings().quick()) {
            all = new Server.Choice(
                    all.servers().stream().filter(server -> !server.name().equals("jdk-platform")).toList(),
                    all.missing());
        }
        Map<String, String> failures = new LinkedHashMap<>();
        var servers = workshop.start(all, failures, Workshop.Warming.CLOSED_LOOP);
        var comparisons = new LinkedHashMap<Integer, Comparison>();
        for (int connections : new int[]{SOME, FEW, MANY}) {
            workshop.progress().phase(connections + " connections");
            var those = workshop.settings().quick() && connections != SOME
                    ? servers.stream().filter(server -> List.of(CORE).contains(server.server().name())).toList()
                    : servers;
            comparisons.put(connections, workshop.compare(those, workshop.settings().rounds(), failures,
                    (port, _) -> "closed " + port + " " + connections + " " + workshop.settings().roundMillis()));
        }
        String base = Peers.base(servers.stream().map(running -> running.server()).toList());
        var tables = new ArrayList<Table>();
        var charts = new ArrayList<Chart>();
        for (int connections : new int[]{FEW, SOME, MANY}) {
            Comparison comparison = Objects.requireNonNull(comparisons.get(connections));
            tables.add(Tables.sideBySide(connections + " connections; ratios to " + base + ":", comparison, base,
                    "request"));
            charts.add(Tables.cpu("CPU for a request, µs, " + connections + " connections", comparison));
            charts.add(Tables.throughput("Requests a second, " + connections + " connections", comparison));
        }
        return new Part(id(), title(), List.of(
                "Read, answer `Hello, world!`, keep alive; no parsing. Each connection asks again as soon as it is answered. Every byte of every answer is checked. "
                        + workshop.settings().rounds() + " rounds of " + workshop.settings().roundMillis()
                        + " ms each."),
                tables, charts, aims(comparisons), all.missingLines(),
                Tables.notes(failures, List.copyOf(comparisons.values())));
    }

    private static List<Aim> aims(Map<Integer, Comparison> comparisons) {
        var aims = new ArrayList<Aim>();
        for (int connections : new int[]{FEW, SOME, MANY}) {
            Comparison comparison = comparisons.get(connections);
            if (comparison == null || !comparison.has(Peers.EPOLL)) {
                continue;
            }
            String what = "CPU a request, " + connections + " connections, ";
            if (connections == FEW) {
                aims.add(Aim.atMost(what + "epoll to Netty", 1.03,
                        comparison.ratio(Peers.EPOLL, Peers.NETTY, Sample::cpuMicros)));
                continue;
            }
            boolean some = connections == SOME;
            aims.add(Aim.atMost(what + "epoll to C", some ? 1.05 : 1.12, ratio(comparison, Peers.EPOLL, Peers.C)));
            aims.add(Aim.atMost(what + "epoll to Netty", 1.00, ratio(comparison, Peers.EPOLL, Peers.NETTY)));
            aims.add(Aim.atMost(what + "epoll to JDK virtual threads", some ? 0.85 : 0.80,
                    ratio(comparison, Peers.EPOLL, Peers.JDK_VIRTUAL)));
            if (some) {
                aims.add(Aim.atMost(what + "callbacks to green threads", 1.10,
                        ratio(comparison, Peers.CALLBACKS, Peers.hubs().getFirst())));
                aims.add(Aim.atMost(what + "callbacks to tornado's", 0.50,
                        ratio(comparison, Peers.CALLBACKS, Peers.TORNADO_UNTIL)));
                aims.add(Aim.atMost(what + "NIO to epoll", 1.25, ratio(comparison, Peers.NIO, Peers.EPOLL)));
            }
        }
        return aims;
    }

    private static Estimate ratio(Comparison comparison, String ours, String theirs) {
        return comparison.ratio(ours, theirs, Sample::cpuMicros);
    }
}
