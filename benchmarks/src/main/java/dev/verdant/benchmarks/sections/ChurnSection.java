package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.RunningServer;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Part;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a connection costs that is opened, asked once and closed. */
public final class ChurnSection implements Section {

    private static final int AT_A_TIME = 32;
    private static final String[] SERVERS = {Peers.C, Peers.NETTY, Peers.EPOLL, Peers.NIO, Peers.GO, Peers.JDK_VIRTUAL};

    /** Creates it. */
    public ChurnSection() {}

    @Override
    public String id() {
        return "churn";
    }

    @Override
    public String title() {
        return "Connection churn";
    }

    @Override
    public String family() {
        return "hello";
    }

    @Override
    public double seconds(Settings settings) {
        return 4 * settings.warmMillis() / 1e3
                + SERVERS.length * settings.rounds() * (settings.roundMillis() / 1e3 + 0.1);
    }

    private static String command(int port, int millis) {
        return "churn " + port + " " + AT_A_TIME + " " + millis;
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        Server.Choice choice = Peers.hello(workshop.folder()).only(SERVERS);
        Map<String, String> failures = new LinkedHashMap<>();
        List<RunningServer> servers = workshop.start(choice, failures, ChurnSection::command);
        workshop.progress().phase("warming up");
        for (RunningServer server : servers) {
            workshop.warmUp(server, ChurnSection::command); // Those that other sections have left know another load.
        }
        workshop.progress().phase(AT_A_TIME + " connections at a time");
        Comparison comparison = workshop.compare(servers, workshop.settings().rounds(), failures,
                (port, _) -> command(port, workshop.settings().roundMillis()));
        String base = Peers.base(comparison.servers());
        return new Part(id(), title(),
                List.of("Connect, ask once, read the answer, close; " + AT_A_TIME
                        + " at a time. The client closes first. A latency is from the beginning of the connect to the answer. "
                        + workshop.settings().rounds() + " rounds of " + workshop.settings().roundMillis()
                        + " ms each."),
                List.of(Tables.sideBySide("Ratios to " + base + ":", comparison, base, "connection")),
                List.of(Tables.cpu("CPU for a connection, µs", comparison),
                        Tables.throughput("Connections a second", comparison)),
                List.of(Aim.atMost("CPU a connection, epoll to C", 1.10,
                        comparison.ratio(Peers.EPOLL, Peers.C, Sample::cpuMicros))),
                choice.missingLines(), Tables.notes(failures, List.of(comparison)));
    }
}
