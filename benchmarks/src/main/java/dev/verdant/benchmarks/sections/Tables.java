package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Numbers;
import dev.verdant.benchmarks.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tables and charts that several sections have. */
final class Tables {

    private Tables() {}

    /** CPU, its ratio, throughput, latencies. */
    static Table sideBySide(String title, Comparison comparison, String base, String what) {
        var rows = new ArrayList<List<String>>();
        for (Server server : comparison.servers()) {
            String name = server.name();
            Estimate ratio = comparison.ratio(name, base, Sample::cpuMicros);
            rows.add(List.of(server.label(), Numbers.plain(comparison.of(name, Sample::cpuMicros).median()),
                    Numbers.ratio(ratio.median()), name.equals(base) ? "" : Numbers.interval(ratio),
                    Numbers.plain(Math.rint(comparison.of(name, Sample::perSecond).median())),
                    Numbers.plain(comparison.of(name, sample -> sample.micros("p50")).median()),
                    Numbers.plain(comparison.of(name, sample -> sample.micros("p99")).median()),
                    Long.toString(comparison.errors(name))));
        }
        return new Table(title,
                List.of("server", "CPU µs a " + what, "ratio", "95 %",
                        (what.equals("MB") ? what : what + "s") + " a second", "p50 µs",
                        "p99 µs", "errors"),
                rows);
    }

    static Chart cpu(String title, Comparison comparison) {
        return new Chart.Bars(title, comparison.servers().stream().map(
                server -> new Chart.Bar(plain(server.label()), comparison.of(server.name(), Sample::cpuMicros),
                        server.ours()))
                .toList());
    }

    static Chart throughput(String title, Comparison comparison) {
        return new Chart.Bars(title, comparison.servers().stream().map(
                server -> new Chart.Bar(plain(server.label()), comparison.of(server.name(), Sample::perSecond),
                        server.ours()))
                .toList());
    }

    /** Without Markdown's marks. */
    static String plain(String label) {
        return label.replace("**", "").replace("`", "");
    }

    /** For where there is little room: what stands before the comma, but for ours, which differ behind it. */
    static String shortened(Server server) {
        String label = plain(server.label());
        return server.ours() ? label : label.split(",", -1)[0];
    }

    /** What a reader has to know to judge the figures. */
    static List<String> notes(Map<String, String> failures, List<Comparison> comparisons) {
        var notes = new ArrayList<String>();
        failures.forEach((label, why) -> notes.add("Failed: " + plain(label) + ": " + why + "."));
        long late = comparisons.stream().mapToLong(
                each -> each.servers().stream().mapToLong(server -> each.lateRounds(server.name())).sum()).sum();
        long rounds = comparisons.stream()
                .mapToLong(each -> each.samples().values().stream().mapToLong(List::size).sum()).sum();
        if (late > 0) {
            notes.add("**In " + late + " of " + rounds
                    + " rounds the load generator itself was late: their latencies are the machine's rather than the servers'.**");
        }
        for (Comparison comparison : comparisons) {
            for (Server server : comparison.servers()) {
                if (comparison.errors(server.name()) > 0) {
                    notes.add(
                            "Errors of " + plain(server.label()) + ": " + comparison.errors(server.name()) + ", first: "
                                    + comparison.firstError(server.name()) + ".");
                }
            }
        }
        return notes;
    }
}
