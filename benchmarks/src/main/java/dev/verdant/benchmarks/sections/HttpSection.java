package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.Machine;
import dev.verdant.benchmarks.harness.RunningServer;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import dev.verdant.benchmarks.servers.HttpHello;
import io.netty.channel.epoll.Epoll;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The smallest HTTP server: what a request costs that is parsed whole. */
public final class HttpSection implements Section {

    private static final int SOME = 64;
    private static final int MANY = 512;
    private static final String NGINX = "nginx";

    /** Those that aims speak of, and what a quick run measures with many connections. */
    private static final List<String> CORE = List.of("http-nginx", "http-netty", "http-epoll", "http-nio");

    /** What a quick run leaves out. */
    private static final List<String> LONG = List.of("http-jetty-blocking", "http-robaho");

    /** Creates it. */
    public HttpSection() {}

    @Override
    public String id() {
        return "http";
    }

    @Override
    public String title() {
        return "The smallest HTTP server";
    }

    @Override
    public String family() {
        return "http";
    }

    @Override
    public double seconds(Settings settings) {
        int servers = settings.quick() ? 11 : 18;
        return (settings.quick() ? 7 : 9) * (1.5 + settings.warmMillis() / 1e3)
                + settings.rounds() * servers * (settings.roundMillis() / 1e3 + 0.1);
    }

    private static Server.Choice choice(boolean quick) {
        var servers = new ArrayList<Server>();
        Map<String, String> missing = new LinkedHashMap<>();
        Machine.tool(NGINX).ifPresentOrElse(
                nginx -> servers.add(peer(NGINX, "nginx, one worker", List.of("-Dverdant.nginx=" + nginx))),
                () -> missing.put(NGINX, "not installed"));
        if (Epoll.isAvailable()) {
            servers.add(peer("netty", "Netty, `HttpServerCodec`", List.of()));
        } else {
            missing.put("Netty", "no epoll here");
        }
        for (String hub : Peers.hubs()) {
            servers.add(Server.java("http-" + hub, Peers.ourLabel(hub), true, List.of("-Dverdant.hub=" + hub),
                    HttpHello.class.getName()));
        }
        servers.add(peer("helidon", "Helidon", List.of()));
        servers.add(peer("jetty", "Jetty, a handler that never blocks", List.of()));
        servers.add(peer("jetty-blocking", "Jetty, a handler that may block", List.of()));
        servers.add(peer("robaho", "`io.github.robaho:httpserver`", List.of()));
        servers.add(peer("jdk", "the JDK's `HttpServer`, virtual threads", List.of()));
        servers.removeIf(server -> quick && LONG.contains(server.name()));
        return new Server.Choice(servers, missing);
    }

    private static Server peer(String name, String label, List<String> options) {
        return Server.java("http-" + name, label, false, options, HttpHello.class.getName(), "--peer", name);
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        boolean quick = workshop.settings().quick();
        Server.Choice choice = choice(quick);
        Map<String, String> failures = new LinkedHashMap<>();
        List<RunningServer> servers = workshop.start(choice, failures, Workshop.Warming.CLOSED_LOOP);
        var tables = new ArrayList<Table>();
        var charts = new ArrayList<Chart>();
        var aims = new ArrayList<Aim>();
        var comparisons = new ArrayList<Comparison>();
        String base = servers.getFirst().server().name();
        for (int connections : new int[]{SOME, MANY}) {
            workshop.progress().phase(connections + " connections");
            var those = quick && connections == MANY
                    ? servers.stream().filter(server -> CORE.contains(server.server().name())).toList()
                    : servers;
            Comparison comparison = workshop.compare(those, workshop.settings().rounds(), failures,
                    (port, _) -> "closed " + port + " " + connections + " " + workshop.settings().roundMillis());
            comparisons.add(comparison);
            tables.add(Tables.sideBySide(connections + " connections; ratios to " + base.replace("http-", "") + ":",
                    comparison, base, "request"));
            charts.add(Tables.cpu("CPU for a request, µs, " + connections + " connections", comparison));
            aims.add(Aim.atMost("CPU a request over HTTP, " + connections + " connections, epoll to nginx",
                    connections == SOME ? 1.05 : 1.10,
                    comparison.ratio("http-epoll", "http-nginx", Sample::cpuMicros)));
            aims.add(Aim.atMost("CPU a request over HTTP, " + connections + " connections, epoll to Netty", 1.05,
                    comparison.ratio("http-epoll", "http-netty", Sample::cpuMicros)));
        }
        return new Part(id(), title(),
                List.of("Parse a whole request, answer 13 bytes, keep alive (`http-hello`). "
                        + workshop.settings().rounds()
                        + " rounds of " + workshop.settings().roundMillis() + " ms each."),
                tables, charts, aims, choice.missingLines(), Tables.notes(failures, comparisons));
    }
}
