package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.servers.Hello;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a second loop costs. What it gains needs four processors. */
public final class LoopsSection implements Section {

    private static final String ONE = "one-loop";
    private static final String TWO = "two-loops";

    /** Creates it. */
    public LoopsSection() {}

    @Override
    public String id() {
        return "loops";
    }

    @Override
    public String title() {
        return "Two loops";
    }

    @Override
    public String family() {
        return "loops";
    }

    @Override
    public double seconds(Settings settings) {
        return 2 + 2 * settings.warmMillis() / 1e3 + 2 * settings.rounds() * (settings.roundMillis() / 1e3 + 0.1);
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        var choice = new Server.Choice(
                List.of(Server.java(ONE, "**one loop**", true, List.of(), Hello.class.getName()),
                        Server.java(TWO, "**two loops**", true, List.of(), Hello.class.getName(), "--loops", "2")),
                Map.of());
        Map<String, String> failures = new LinkedHashMap<>();
        var servers = workshop.start(choice, failures, Workshop.Warming.CLOSED_LOOP);
        workshop.progress().phase("64 connections");
        Comparison comparison = workshop.compare(servers, workshop.settings().rounds(), failures,
                (port, _) -> "closed " + port + " 64 " + workshop.settings().roundMillis());
        return new Part(id(), title(),
                List.of("The smallest server with `--loops 2`, 64 connections, against one loop, both on one processor, so that the load is the same. What two loops gain in"
                        + " throughput needs four processors, two for the load: not measured. "
                        + workshop.settings().rounds() + " rounds of " + workshop.settings().roundMillis()
                        + " ms each."),
                List.of(Tables.sideBySide("", comparison, ONE, "request")),
                List.of(Tables.cpu("CPU for a request, µs", comparison)),
                List.of(Aim.atMost("CPU a request, two loops to one", 1.15,
                        comparison.ratio(TWO, ONE, Sample::cpuMicros))),
                List.of(), Tables.notes(failures, List.of(comparison)));
    }
}
