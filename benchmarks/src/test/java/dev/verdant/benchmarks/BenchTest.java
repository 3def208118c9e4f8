package dev.verdant.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.benchmarks.harness.Java;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTest {

    @Test
    void sectionsAreMeasuredInTheirOrderWhateverOrderTheyAreAskedForIn() {
        var options = Bench.Options.parse("--quick", "--only", "churn,hello", "--out", "x");
        assertThat(options.sections()).extracting(section -> section.id()).containsExactly("hello", "churn");
        assertThat(options.quick()).isTrue();
        assertThat(options.out()).isEqualTo(Path.of("x"));
        assertThat(options.command()).isEqualTo("./verdant bench --quick --only churn,hello --out x");
        assertThat(Bench.Options.parse().sections()).extracting(section -> section.id()).containsExactly("hello",
                "latency", "churn", "loops", "http", "tls", "datagrams", "memory", "scale", "startup", "micro");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
            "--fast; unknown option: --fast (expected: [--quick]",
            "--only; a value is missing after --only",
            "--only hallo; --only: hallo (expected: hello, latency,",
            "--rounds 0; --rounds: 0 (expected: 1 to 9999)"
    })
    void whatItDoesNotKnowItRefuses(String arguments, String complaint) {
        assertThatThrownBy(() -> Bench.Options.parse(arguments.split(" ", -1)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(complaint);
    }

    @Test
    @Timeout(300)
    @EnabledIfSystemProperty(named = "verdant.full", matches = "true")
    void aSectionIsMeasuredAndWritten(@TempDir Path folder) throws Exception {
        var process = new ProcessBuilder(Java.run(
                List.of("-Dverdant.checkout=" + Path.of("..").toAbsolutePath().normalize()), Bench.class.getName(),
                "--quick", "--only", "hello", "--rounds", "1", "--out", folder.toString()))
                .redirectErrorStream(true).redirectOutput(folder.resolve("said").toFile()).start();
        assertThat(process.waitFor()).as(Files.readString(folder.resolve("said"))).isZero();
        assertThat(Files.readString(folder.resolve("benchmarks.md"))).contains("## The smallest server",
                "64 connections;", "Verdant, ", "JDK virtual threads").doesNotContain("Failed:", "Errors of");
        assertThat(folder.resolve("benchmarks.html")).isNotEmptyFile();
    }
}
