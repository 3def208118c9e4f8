package dev.verdant.benchmarks.sections;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.verdant.benchmarks.harness.LoadClient;
import dev.verdant.benchmarks.harness.Memory;
import dev.verdant.benchmarks.harness.RunningServer;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Numbers;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an idle connection takes of a server's memory. */
public final class MemorySection implements Section {

    private static final String[] SERVERS = {Peers.C, Peers.NETTY, Peers.EPOLL, Peers.NIO, Peers.GO, Peers.JDK_VIRTUAL};

    /** Descriptors that a server or the load generator has besides those of connections. */
    private static final long OTHER_DESCRIPTORS = 1_000;

    /** So much load, and such a share of the connections, come before: what the first bring with them is not counted with those that follow. */
    private static final int WARM_MILLIS = 500;
    private static final int WARM_SHARE = 10;

    private static final double AIM_BYTES = 3 * 1024;

    /** Creates it. */
    public MemorySection() {}

    @Override
    public String id() {
        return "memory";
    }

    @Override
    public String title() {
        return "Memory of idle connections";
    }

    @Override
    public String family() {
        return "memory";
    }

    private static int rounds(Settings settings) {
        return settings.quick() ? 1 : 3;
    }

    @Override
    public double seconds(Settings settings) {
        return rounds(settings) * SERVERS.length * (4 + settings.idleConnections() / 2000.0);
    }

    /** What a server had in memory before the connections and with them, for each connection. */
    private record Footprint(double rss, double heap) {}

    @Override
    public Part measure(Workshop workshop) throws Exception {
        int connections = (int) Math.min(workshop.settings().idleConnections(), descriptors() - OTHER_DESCRIPTORS);
        Server.Choice choice = Peers.hello(workshop.folder()).only(SERVERS);
        Map<String, String> failures = new LinkedHashMap<>();
        Map<String, List<Footprint>> found = new LinkedHashMap<>();
        for (int round = 0; round < rounds(workshop.settings()); round++) {
            for (Server server : choice.servers()) {
                if (failures.containsKey(server.label())) {
                    continue;
                }
                workshop.progress().phase(server.label());
                long begin = System.nanoTime();
                try (var running = RunningServer.start(server, workshop.machine().forServers(), workshop.folder())) {
                    found.computeIfAbsent(server.name(), _ -> new ArrayList<>())
                            .add(measure(workshop, running, connections));
                } catch (IOException e) {
                    failures.put(server.label(), String.valueOf(e.getMessage()));
                }
                workshop.progress().advance((System.nanoTime() - begin) / 1e9);
            }
        }
        var rows = new ArrayList<List<String>>();
        var rss = new ArrayList<Chart.Bar>();
        var heap = new ArrayList<Chart.Bar>();
        for (Server server : choice.servers()) {
            Estimate resident = estimate(found, server, true);
            Estimate live = estimate(found, server, false);
            rows.add(List.of(server.label(), Numbers.withInterval(resident), Numbers.withInterval(live)));
            rss.add(new Chart.Bar(Tables.plain(server.label()), resident, server.ours()));
            if (server.jvm()) {
                heap.add(new Chart.Bar(Tables.plain(server.label()), live, server.ours()));
            }
        }
        var aims = new ArrayList<Aim>();
        for (String hub : Peers.hubs()) {
            choice.servers().stream().filter(server -> server.name().equals(hub)).findFirst()
                    .ifPresent(server -> aims.add(new Aim("heap of an idle connection, " + hub, AIM_BYTES, true,
                            estimate(found, server, false), " bytes")));
        }
        return new Part(id(), title(), List.of(Numbers.plain(connections)
                + " connections to the smallest server that have each been answered once and then say nothing. RSS is what the process has in memory besides, with the heap as"
                + " the JVM happens to have grown it; heap is what lives after a full collection. The kernel's own memory for sockets is not counted. "
                + (rounds(workshop.settings()) == 1 ? "One round." : rounds(workshop.settings()) + " rounds.")),
                List.of(new Table("", List.of("server", "RSS, bytes a connection", "heap, bytes a connection"), rows)),
                List.of(new Chart.Bars("RSS, bytes a connection", rss),
                        new Chart.Bars("Heap, bytes a connection", heap)),
                aims, choice.missingLines(), Tables.notes(failures, List.of()));
    }

    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 4_096;
    }

    private static Estimate estimate(Map<String, List<Footprint>> found, Server server, boolean resident) {
        return Estimate.of(found.getOrDefault(server.name(), List.of()).stream()
                .mapToDouble(each -> resident ? each.rss() : each.heap()).toArray());
    }

    private static Footprint measure(Workshop workshop, RunningServer server, int connections) throws IOException {
        LoadClient load = workshop.load();
        load.load(Workshop.Warming.CLOSED_LOOP.command(server.port(), WARM_MILLIS), LoadClient.Watch.NOTHING);
        load.load("hold " + server.port() + " " + connections / WARM_SHARE, LoadClient.Watch.NOTHING);
        var before = new Look(server);
        before.look();
        var with = new Look(server);
        load.load("hold " + server.port() + " " + connections, with);
        return new Footprint((with.rss - before.rss) / connections, (with.heap - before.heap) / connections);
    }

    /** Looks at a server's memory while connections are open. */
    private static final class Look implements LoadClient.Watch {

        private final RunningServer server;
        private double rss = Double.NaN;
        private double heap = Double.NaN;

        Look(RunningServer server) {
            this.server = server;
        }

        void look() {
            long pid = server.servingPid();
            if (server.server().jvm()) {
                heap = Memory.live(pid).stream().mapToDouble(bytes -> bytes).findFirst().orElse(Double.NaN);
            }
            rss = Memory.resident(pid).stream().mapToDouble(bytes -> bytes).findFirst().orElse(Double.NaN);
        }

        @Override
        public void begin() {
            look();
        }

        @Override
        public void end() {
            // They are the same connections still.
        }
    }
}
