package dev.verdant.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.benchmarks.load.Figures;
import dev.verdant.benchmarks.servers.Hello;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class HarnessTest {

    private static Sample sample(long requests, long cpuNanos, long late) {
        return new Sample(new Figures(Map.of("requests", requests, "nanos", 1_000_000_000L, "late", late), ""),
                cpuNanos);
    }

    private static Server server(String name) {
        return new Server(name, name, false, false, false, _ -> List.of());
    }

    @Test
    void aRatioIsTakenWithinARound() {
        // The machine was twice as slow in the second round, for both.
        var comparison = new Comparison(List.of(server("a"), server("b")),
                Map.of("a", List.of(sample(1000, 1_000_000, 0), sample(1000, 2_000_000, 0)), "b",
                        List.of(sample(1000, 1_500_000, 0), sample(1000, 3_000_000, 0))),
                Map.of());
        var ratio = comparison.ratio("b", "a", Sample::cpuMicros);
        assertThat(ratio.low()).isEqualTo(1.5);
        assertThat(ratio.high()).isEqualTo(1.5);
        assertThat(comparison.ratio("b", "nobody", Sample::cpuMicros).isKnown()).isFalse();
    }

    @Test
    void aRoundInWhichTheGeneratorWasLateTooOftenIsMarked() {
        assertThat(sample(1000, 1, 10).isGeneratorLate()).isFalse();
        assertThat(sample(1000, 1, 11).isGeneratorLate()).isTrue();
    }

    @Test
    void theCpuTimeOfAProcessIsWhatItsThreadsUsed() {
        var self = List.of(ProcessHandle.current());
        var threads = ManagementFactory.getThreadMXBean();
        Cpu begin = Cpu.now(self);
        long mine = threads.getCurrentThreadCpuTime();
        while (threads.getCurrentThreadCpuTime() < mine + 200_000_000) {
            Thread.onSpinWait();
        }
        assertThat(Cpu.now(self).since(begin)).isGreaterThan(150_000_000);
    }

    @Test
    void whatHasNoTerminalGetsALineForEachPhase() {
        var out = new ByteArrayOutputStream();
        var progress = new Progress(new PrintStream(out), false);
        progress.plan(10);
        progress.section("hello", 10);
        progress.phase("64 connections");
        progress.advance(5);
        progress.end();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("hello\n  64 connections\n".replace("\n",
                System.lineSeparator()));
    }

    @Test
    void aTerminalGetsABarThatReachesItsEnd() {
        var out = new ByteArrayOutputStream();
        var progress = new Progress(new PrintStream(out), true);
        progress.plan(10);
        progress.section("hello", 4);
        progress.advance(100); // A section that takes longer than it should does not take from the others.
        progress.section("tls", 6);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("] " + " 40 %").doesNotContain("100 %");
        progress.end();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("[########################] 100 %");
    }

    @Test
    void aServerThatDoesNotStartIsNamedAndTheOthersAreMeasured(@TempDir Path folder) throws Exception {
        var broken = new Server("broken", "a broken one", false, false, false, _ -> List.of("false"));
        var ours = Server.java("ours", "ours", true, List.of("-XX:TieredStopAtLevel=1"), Hello.class.getName());
        var settings = new Settings(true, 2, 50, 50, 10, false);
        Map<String, String> failures = new LinkedHashMap<>();
        Comparison comparison;
        ProcessHandle process;
        var out = new PrintStream(new ByteArrayOutputStream());
        try (var workshop = new Workshop(settings, new Machine(false), new Progress(out, false), folder)) {
            var running = workshop.start(new Server.Choice(List.of(broken, ours), Map.of()), failures,
                    Workshop.Warming.CLOSED_LOOP);
            assertThat(running).hasSize(1);
            process = running.getFirst().family().getFirst();
            comparison = workshop.compare(running, 2, failures, (port, _) -> "closed " + port + " 4 50");
        }
        assertThat(failures).containsOnlyKeys("a broken one");
        assertThat(failures.get("a broken one")).contains("does not listen");
        assertThat(comparison.samples().get("ours")).hasSize(2)
                .allSatisfy(sample -> assertThat(sample.cpuMicros()).isPositive());
        assertThat(comparison.errors("ours")).isZero();
        assertThat(process.isAlive()).isFalse();
    }
}
