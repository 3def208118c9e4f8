package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.servers.DatagramEcho;
import io.netty.channel.epoll.Epoll;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a message costs that is sent back. */
public final class DatagramsSection implements Section {

    private static final String NETTY = "datagrams-netty";

    /** Creates it. */
    public DatagramsSection() {}

    @Override
    public String id() {
        return "datagrams";
    }

    @Override
    public String title() {
        return "Datagram echo";
    }

    @Override
    public String family() {
        return "datagrams";
    }

    @Override
    public double seconds(Settings settings) {
        return 4 * (1.5 + settings.warmMillis() / 1e3) + 4 * settings.rounds() * (settings.roundMillis() / 1e3 + 0.1);
    }

    private static Server.Choice choice() {
        var servers = new ArrayList<Server>();
        Map<String, String> missing = new LinkedHashMap<>();
        if (Epoll.isAvailable()) {
            servers.add(Server.java(NETTY, "Netty, a flush for all that a turn has brought (`sendmmsg`)", false,
                    List.of(), DatagramEcho.class.getName(), "--peer", "netty").ofDatagrams());
            servers.add(Server.java("datagrams-netty-each", "Netty, a flush for each message", false, List.of(),
                    DatagramEcho.class.getName(), "--peer", "netty-each").ofDatagrams());
        } else {
            missing.put("Netty", "no epoll here");
        }
        for (String hub : Peers.hubs()) {
            servers.add(Server.java("datagrams-" + hub, Peers.ourLabel(hub), true, List.of("-Dverdant.hub=" + hub),
                    DatagramEcho.class.getName()).ofDatagrams());
        }
        return new Server.Choice(servers, missing);
    }

    private static String command(int port, int millis) {
        return "datagrams " + port + " 16 8 " + millis;
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        Server.Choice choice = choice();
        Map<String, String> failures = new LinkedHashMap<>();
        var servers = workshop.start(choice, failures, DatagramsSection::command);
        workshop.progress().phase("16 clients");
        Settings settings = workshop.settings();
        Comparison comparison = workshop.compare(servers, settings.rounds(), failures,
                (port, _) -> command(port, settings.roundMillis()));
        String base = servers.getFirst().server().name();
        return new Part(id(), title(),
                List.of("Send every message of 64 bytes back; 16 clients with 8 messages under way each. An error is a message that was lost. "
                        + settings.rounds() + " rounds of " + settings.roundMillis() + " ms each."),
                List.of(Tables.sideBySide("Ratios to the first:", comparison, base, "message")),
                List.of(Tables.cpu("CPU for a message, µs", comparison)),
                List.of(Aim.atMost("CPU a message, epoll to Netty", 1.20,
                        comparison.ratio("datagrams-epoll", NETTY, Sample::cpuMicros))),
                choice.missingLines(), Tables.notes(failures, List.of(comparison)));
    }
}
