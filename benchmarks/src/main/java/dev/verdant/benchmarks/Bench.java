package dev.verdant.benchmarks;

import dev.verdant.benchmarks.harness.Machine;
import dev.verdant.benchmarks.harness.Progress;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Html;
import dev.verdant.benchmarks.report.Markdown;
import dev.verdant.benchmarks.report.Page;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.sections.ChurnSection;
import dev.verdant.benchmarks.sections.DatagramsSection;
import dev.verdant.benchmarks.sections.HelloSection;
import dev.verdant.benchmarks.sections.HttpSection;
import dev.verdant.benchmarks.sections.LatencySection;
import dev.verdant.benchmarks.sections.LoopsSection;
import dev.verdant.benchmarks.sections.MemorySection;
import dev.verdant.benchmarks.sections.MicroSection;
import dev.verdant.benchmarks.sections.ScaleSection;
import dev.verdant.benchmarks.sections.Section;
import dev.verdant.benchmarks.sections.StartupSection;
import dev.verdant.benchmarks.sections.TlsSection;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs our servers and their peers side by side, those that are installed, and writes {@code benchmarks.md} and {@code benchmarks.html}.
 *
 * <p>Run {@code ./verdant bench [--quick] [--only SECTION,...] [--out FOLDER] [--rounds N] [--real-time]}.
 */
public final class Bench {

    private static final List<Section> SECTIONS = List.of(new HelloSection(), new LatencySection(), new ChurnSection(),
            new LoopsSection(), new HttpSection(), new TlsSection(),
            new DatagramsSection(),
            new MemorySection(), new ScaleSection(), new StartupSection(),
            new MicroSection());

    private static final String USAGE = "[--quick] [--only SECTION,...] [--out FOLDER] [--rounds N] [--real-time]";

    private Bench() {}

    /**
     * Measures and writes.
     *
     * @param args {@code --quick --only SECTION,... --out FOLDER --rounds N --real-time}
     * @throws Exception if it cannot write
     */
    public static void main(String[] args) throws Exception {
        // Whatever was started ends with this process, however it ends.
        Runtime.getRuntime().addShutdownHook(
                new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        run(options);
    }

    /**
     * What was asked for.
     *
     * @param quick true for a few minutes
     * @param sections what is measured
     * @param out where the report goes
     * @param rounds how often each server is loaded; 0 for as often as is usual
     * @param realTime true to go before whatever else runs
     * @param command all of it in one line
     */
    record Options(boolean quick, List<Section> sections, Path out, int rounds, boolean realTime, String command) {

        static Options parse(String... args) {
            boolean quick = false;
            boolean realTime = false;
            int rounds = 0;
            List<Section> sections = SECTIONS;
            Path out = Path.of(System.getProperty("verdant.checkout", "")).resolve("docs");
            for (int i = 0; i < args.length; i++) {
                switch (args[i]) {
                    case "--quick" -> quick = true;
                    case "--real-time" -> realTime = true;
                    case "--only" -> sections = sections(value(args, i++));
                    case "--out" -> out = Path.of(value(args, i++));
                    case "--rounds" -> rounds = rounds(value(args, i++));
                    default -> throw new IllegalArgumentException(
                            "unknown option: " + args[i] + " (expected: " + USAGE + ")");
                }
            }
            return new Options(quick, sections, out, rounds, realTime,
                    String.join(" ", "./verdant bench", String.join(" ", args)).strip());
        }

        private static String value(String[] args, int i) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException("a value is missing after " + args[i]);
            }
            return args[i + 1];
        }

        private static int rounds(String value) {
            if (!value.matches("[1-9]\\d{0,3}")) {
                throw new IllegalArgumentException("--rounds: " + value + " (expected: 1 to 9999)");
            }
            return Integer.parseInt(value);
        }

        private static List<Section> sections(String value) {
            List<String> names = List.of(value.split(",", -1));
            List<String> known = SECTIONS.stream().map(Section::id).toList();
            for (String name : names) {
                if (!known.contains(name)) {
                    throw new IllegalArgumentException(
                            "--only: " + name + " (expected: " + String.join(", ", known) + ")");
                }
            }
            return SECTIONS.stream().filter(section -> names.contains(section.id())).toList();
        }
    }

    private static void run(Options options) throws IOException {
        var settings = Settings.of(options.quick(), options.rounds(), options.realTime());
        var machine = new Machine(options.realTime());
        List<String> described = machine.describe();
        var progress = new Progress(System.out, isTerminal());
        progress.plan(options.sections().stream().mapToDouble(section -> section.seconds(settings)).sum());
        Path folder = Files.createTempDirectory("verdant-bench");
        var parts = new ArrayList<Part>();
        try (var workshop = new Workshop(settings, machine, progress, folder)) {
            String family = "";
            for (Section section : options.sections()) {
                if (!section.family().equals(family)) {
                    workshop.stopServers();
                }
                family = section.family();
                progress.section(section.id(), section.seconds(settings));
                parts.add(measure(section, workshop));
            }
        }
        progress.end();
        var page = new Page(options.command(), LocalDate.now(java.time.ZoneId.systemDefault()).toString(), described,
                progress.elapsed() + " minutes", parts);
        Files.createDirectories(options.out());
        Files.writeString(options.out().resolve("benchmarks.md"), Markdown.of(page));
        Files.writeString(options.out().resolve("benchmarks.html"), Html.of(page));
        System.out.println(summary(page));
        System.out.println("written: " + options.out().resolve("benchmarks.md") + ", "
                + options.out().resolve("benchmarks.html") + "; what the servers said is in " + folder);
    }

    /** JDK 25 has no console where there is no terminal, whatever JDK 22 had. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** One section that fails does not take the others with it. */
    private static Part measure(Section section, Workshop workshop) {
        try {
            return section.measure(workshop);
        } catch (Exception e) {
            workshop.progress().say(section.id() + " has failed: " + e);
            return Part.failed(section.id(), section.title(), e.toString());
        }
    }

    private static String summary(Page page) {
        return page.parts().stream().flatMap(part -> part.aims().stream())
                .map(aim -> String.format(java.util.Locale.ROOT, "%-20s %s: %.2f (%.2f-%.2f), wanted %s %.2f%s",
                        aim.verdict(),
                        aim.what(), aim.reached().median(), aim.reached().low(), aim.reached().high(),
                        aim.atMost() ? "at most" : "at least", aim.bound(), aim.unit()))
                .collect(Collectors.joining("\n"));
    }
}
