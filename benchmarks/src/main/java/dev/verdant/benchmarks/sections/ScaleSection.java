package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Java;
import dev.verdant.benchmarks.harness.Machine;
import dev.verdant.benchmarks.harness.Memory;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Numbers;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import dev.verdant.benchmarks.scale.Crowd;
import dev.verdant.benchmarks.scale.PendingTimers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** More than a machine has descriptors for, on the simulated network; and a loop with a million timers. */
public final class ScaleSection implements Section {

    private static final int TIMERS = 1_000_000;
    private static final int FEW = 100_000;
    private static final int MANY = 1_000_000;

    /** The least heap, in MiB, with which the many are tried. */
    private static final long MANY_MIB = 8 * 1024;

    private static final int PATIENCE_SECONDS = 1_800;
    private static final Pattern LINE = Pattern.compile("(?m)^(\\w+) (\\d+)$");

    /** Creates it. */
    public ScaleSection() {}

    @Override
    public String id() {
        return "scale";
    }

    @Override
    public String title() {
        return "Many of everything";
    }

    @Override
    public String family() {
        return "scale";
    }

    @Override
    public double seconds(Settings settings) {
        return settings.quick() ? 30 : 180;
    }

    @Override
    public Part measure(Workshop workshop) {
        var rows = new ArrayList<List<String>>();
        var bars = new ArrayList<Chart.Bar>();
        var notes = new ArrayList<String>();
        var counts = new ArrayList<>(List.of(FEW));
        long heap = Memory.ofMachineMib() * 3 / 4;
        if (!workshop.settings().quick()) {
            if (heap >= MANY_MIB) {
                counts.add(MANY);
            } else {
                notes.add(
                        Numbers.plain(MANY) + " connections were left out: they need a heap of " + MANY_MIB + " MiB.");
            }
        }
        for (int count : counts) {
            String what = Numbers.plain(count) + " idle connections, simulated";
            workshop.progress().phase(what);
            Map<String, Long> found = run(workshop, Crowd.class, count == FEW ? Math.min(heap, 2_048) : heap, count);
            row(rows, notes, what, "heap, bytes", found.get("bytes"));
            row(rows, notes, what, "made in, ns", found.get("nanos"));
            bars.add(new Chart.Bar(what, estimate(found.get("bytes")), true));
            workshop.progress().advance(count == FEW ? 15 : 120);
        }
        workshop.progress().phase("timers");
        Map<String, Long> timers = run(workshop, PendingTimers.class, Math.min(heap, 2_048), TIMERS);
        for (String figure : List.of("set", "cancel", "fire", "bytes")) {
            row(rows, notes, Numbers.plain(TIMERS) + " pending timers",
                    figure.equals("bytes") ? "heap, bytes" : figure + ", ns", timers.get(figure));
        }
        return new Part(id(), title(), List.of(
                "For one of so many. A connection is a pair of sockets on the simulated network, so that no descriptor limits them, with a green thread that reads at one"
                        + " end; its bytes are those of both ends. A timer is a `Timeout`; what fires is a green thread that was to begin later, all of them due at once, its run included. One run of each."),
                List.of(new Table("", List.of("what", "figure", "for one"), rows)),
                List.of(new Chart.Bars("Heap of a simulated connection, both ends, bytes", bars)), List.<Aim>of(),
                List.of(), notes);
    }

    private static void row(List<List<String>> rows, List<String> notes, String what, String figure,
            @Nullable Long found) {
        if (found == null) {
            notes.add("Failed: " + what + ".");
        } else {
            rows.add(List.of(what, figure, Numbers.plain(found)));
        }
    }

    private static Estimate estimate(@Nullable Long found) {
        return found == null ? Estimate.of() : Estimate.of(found);
    }

    /** Runs a program of {@code scale} in a process of its own, on the servers' processor. Returns nothing if it fails. */
    private static Map<String, Long> run(Workshop workshop, Class<?> program, long heapMib, int count) {
        var command = new ArrayList<>(workshop.machine().forServers());
        command.addAll(Java.run(List.of("-Xmx" + heapMib + "m", "-Dverdant.watch=0"), program.getName(),
                Integer.toString(count)));
        var found = new HashMap<String, Long>();
        var lines = LINE.matcher(Machine.run(PATIENCE_SECONDS, command).orElse(""));
        while (lines.find()) {
            found.put(lines.group(1), Long.parseLong(lines.group(2)));
        }
        return found;
    }
}
