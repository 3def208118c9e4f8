package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Java;
import dev.verdant.benchmarks.harness.Machine;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.micro.GreenThreads;
import dev.verdant.benchmarks.micro.HandOver;
import dev.verdant.benchmarks.micro.Pools;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Numbers;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.Main;

/** What the primitives cost, by JMH, and beside them Go's. */
public final class MicroSection implements Section {

    /**
     * A benchmark.
     *
     * @param type its class
     * @param method its method
     * @param label what the table calls it
     * @param go what Go's program calls the like of it; empty if it has none
     */
    private record Benchmark(Class<?> type, String method, String label, String go) {

        String pattern() {
            return "^" + Pattern.quote(type.getName() + "." + method) + "$";
        }
    }

    private static final String SWITCH = "switchByYielding";
    private static final String FORGET = "spawnAndForget";
    private static final String TIMEOUT = "timeoutThatDoesNotFire";
    private static final String RENDEZVOUS = "greenRendezvous";
    private static final String ALONE = "greenUncontended";
    private static final String IMAP = "imap";
    private static final String GO_SWITCH = "switch";
    private static final String GO_SPAWN = "spawn and join";

    private static final List<Benchmark> BENCHMARKS = List.of(
            new Benchmark(GreenThreads.class, SWITCH, "a switch by yielding", GO_SWITCH),
            new Benchmark(GreenThreads.class, FORGET, "spawn, run, finish", GO_SPAWN),
            new Benchmark(GreenThreads.class, "spawnAndAwait", "spawn, run, finish, await", GO_SPAWN),
            new Benchmark(GreenThreads.class, "timerThatFires", "the shortest sleep: a timer set and fired", ""),
            new Benchmark(GreenThreads.class, TIMEOUT, "`Timeout.call` that does not fire", ""),
            new Benchmark(HandOver.class, RENDEZVOUS, "an item through a `LightQueue` without room", "rendezvous"),
            new Benchmark(HandOver.class, "greenBuffered", "an item through a `LightQueue` with room for 100",
                    "room for 100"),
            new Benchmark(HandOver.class, ALONE, "put and take, alone", "put and take, alone"),
            new Benchmark(HandOver.class, "virtualSynchronousQueue",
                    "JDK virtual threads, one carrier: a `SynchronousQueue`", "rendezvous"),
            new Benchmark(HandOver.class, "virtualArrayBlockingQueue",
                    "JDK virtual threads, one carrier: an `ArrayBlockingQueue` of 100", "room for 100"),
            new Benchmark(Pools.class, IMAP, "an item of `GreenPool.imap`", ""));

    private static final int GO_SECONDS = 120;
    private static final int JMH_SECONDS = 300;

    /** Columns of JMH's CSV. */
    private static final int SCORE = 4;
    private static final int ERROR = 5;

    /** Creates it. */
    public MicroSection() {}

    @Override
    public String id() {
        return "micro";
    }

    @Override
    public String title() {
        return "Primitives";
    }

    @Override
    public String family() {
        return "micro";
    }

    private static int iterations(Settings settings) {
        return settings.quick() ? 5 : 10;
    }

    private static int warmIterations(Settings settings) {
        return settings.quick() ? 3 : 5;
    }

    private static int millis(Settings settings) {
        return settings.quick() ? 200 : 1000;
    }

    private static double secondsEach(Settings settings) {
        return 1.5 + (iterations(settings) + warmIterations(settings)) * millis(settings) / 1e3;
    }

    @Override
    public double seconds(Settings settings) {
        return BENCHMARKS.size() * secondsEach(settings) + 5;
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        var nanos = new HashMap<String, Estimate>();
        var notes = new ArrayList<String>();
        for (Benchmark benchmark : BENCHMARKS) {
            workshop.progress().phase(Tables.plain(benchmark.label()));
            try {
                nanos.put(benchmark.method(), run(workshop, benchmark));
            } catch (IOException e) {
                notes.add("Failed: " + Tables.plain(benchmark.label()) + ": " + e.getMessage() + ".");
            }
            workshop.progress().advance(secondsEach(workshop.settings()));
        }
        Map<String, String> missing = new LinkedHashMap<>();
        workshop.progress().phase("Go");
        Map<String, Double> go = go(workshop, missing);
        var rows = new ArrayList<List<String>>();
        var bars = new ArrayList<Chart.Bar>();
        for (Benchmark benchmark : BENCHMARKS) {
            Estimate estimate = nanos.getOrDefault(benchmark.method(), Estimate.of());
            Double theirs = go.get(benchmark.go());
            rows.add(List.of(benchmark.label(), Numbers.withInterval(estimate),
                    theirs == null ? "–" : Numbers.plain(theirs)));
            bars.add(new Chart.Bar(Tables.plain(benchmark.label()), estimate,
                    !benchmark.method().startsWith("virtual")));
        }
        return new Part(id(), title(), List.of(
                "JMH, one fork, " + iterations(workshop.settings()) + " iterations of " + millis(workshop.settings())
                        + " ms after " + warmIterations(workshop.settings())
                        + " to warm up; the mean with its 99.9 % error. Go's is one run of each with `GOMAXPROCS=1`"
                        + " (`benchmarks/peers/hand_over.go`), after a run to warm up."),
                List.of(new Table("", List.of("what", "ns", "Go, ns"), rows)),
                List.of(new Chart.Bars("Nanoseconds", bars)), aims(nanos, go),
                missing.entrySet().stream().map(each -> each.getKey() + " (" + each.getValue() + ")").toList(), notes);
    }

    /** Runs one benchmark in a process of its own, on the servers' processor. */
    private static Estimate run(Workshop workshop, Benchmark benchmark) throws IOException {
        Settings settings = workshop.settings();
        Path results = workshop.folder().resolve("jmh-" + benchmark.method() + ".csv");
        var command = new ArrayList<>(workshop.machine().forServers());
        command.addAll(Java.run(List.of("-Djmh.ignoreLock=true"), Main.class.getName(), benchmark.pattern(), "-f", "1",
                "-wi", Integer.toString(warmIterations(settings)), "-w", millis(settings) + "ms", "-i",
                Integer.toString(iterations(settings)), "-r", millis(settings) + "ms", "-foe", "true", "-rf", "csv",
                "-rff", results.toString()));
        if (Machine.run(JMH_SECONDS, command).isEmpty()) {
            throw new IOException("JMH has failed");
        }
        List<String> lines = Files.readAllLines(results);
        String[] row = lines.getLast().split(",", -1);
        if (lines.size() != 2 || row.length <= ERROR) {
            throw new IOException("not what JMH writes: " + lines);
        }
        double score = Double.parseDouble(row[SCORE]);
        double error = Double.parseDouble(row[ERROR]);
        return Double.isNaN(error)
                ? new Estimate(score, score, score, iterations(settings))
                : new Estimate(score, Math.max(0, score - error), score + error, iterations(settings));
    }

    /** Returns nanoseconds by what Go's program calls it; nothing if it cannot be run. */
    private static Map<String, Double> go(Workshop workshop, Map<String, String> missing) {
        Optional<Path> go = Machine.tool("go");
        if (go.isEmpty()) {
            missing.put("Go", "not installed");
            return Map.of();
        }
        Path program = workshop.folder().resolve("hand_over");
        var said = Machine
                .run(GO_SECONDS,
                        List.of(go.get().toString(), "build", "-o", program.toString(),
                                Peers.sources().resolve("hand_over.go").toString()))
                .flatMap(_ -> Machine.run(GO_SECONDS, List.of("env", "GOMAXPROCS=1", program.toString())));
        if (said.isEmpty()) {
            missing.put("Go", "its program does not compile or run");
            return Map.of();
        }
        var found = new HashMap<String, Double>();
        var line = Pattern.compile("(?m)^(\\S.*?)\\s+(\\d+) ns$").matcher(said.get());
        while (line.find()) {
            found.put(line.group(1), Double.parseDouble(line.group(2)));
        }
        return found;
    }

    private static List<Aim> aims(Map<String, Estimate> nanos, Map<String, Double> go) {
        var aims = new ArrayList<Aim>();
        ratio(aims, "a switch, to Go's", 1.3, nanos.get(SWITCH), go.get(GO_SWITCH));
        ratio(aims, "spawn, run, finish, to Go's spawn and join", 1.0, nanos.get(FORGET), go.get(GO_SPAWN));
        Estimate turn = nanos.get(SWITCH);
        ratio(aims, "an item without room, in switches", 1.25, nanos.get(RENDEZVOUS),
                turn == null ? null : turn.median());
        time(aims, "put and take, alone", 40, nanos.get(ALONE));
        time(aims, "`Timeout.call` that does not fire", 60, nanos.get(TIMEOUT));
        time(aims, "an item of `imap`", 500, nanos.get(IMAP));
        return aims;
    }

    private static void ratio(List<Aim> aims, String what, double bound, @Nullable Estimate ours,
            @Nullable Double theirs) {
        aims.add(Aim.atMost(what, bound, ours == null || theirs == null
                ? Estimate.of()
                : new Estimate(ours.median() / theirs, ours.low() / theirs, ours.high() / theirs, ours.rounds())));
    }

    private static void time(List<Aim> aims, String what, double bound, @Nullable Estimate ours) {
        aims.add(new Aim(what, bound, true, ours == null ? Estimate.of() : ours, " ns"));
    }
}
