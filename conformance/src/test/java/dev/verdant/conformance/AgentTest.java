package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.verdant.green.Green;
import dev.verdant.testkit.Disturbances;
import dev.verdant.testkit.GreenTest;
import dev.verdant.testkit.Simulation;
import dev.verdant.testkit.agent.Agent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The agent that tells simulations what does not follow from their seed. It must be there from a JVM's beginning, so these look at what children print. */
@Timeout(180)
class AgentTest {

    @TempDir
    static Path folder;

    private static String option = "";

    private static List<String> told = List.of();

    @BeforeAll
    static void runWithAgent() throws Exception {
        option = findAgent();
        told = ChildJvm.of(LeakyProgram.class).option(option).run();
    }

    /** The jar itself where there is one; else one that stands for it, with its manifest alone: the classes are on the class path. */
    private static String findAgent() throws IOException {
        String option = Agent.option();
        Path jar = Path.of(option.substring("-javaagent:".length()));
        if (Files.exists(jar)) {
            try (var file = new JarFile(jar.toFile())) {
                assertThat(file.getManifest().getMainAttributes().getValue("Premain-Class"))
                        .isEqualTo(Agent.class.getName());
            }
            return option;
        }
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", Agent.class.getName());
        jar = folder.resolve("agent.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return "-javaagent:" + jar;
    }

    // ---- what is told

    @Test
    void whatDoesNotFollowFromTheSeedIsToldWithTheAgentAndNothingElseIs() {
        List<String> lines = told;
        for (String clock : List.of("System.nanoTime", "System.currentTimeMillis", "Instant.now", "LocalDate.now",
                "ZonedDateTime.now", "Clock.systemUTC", "Clock.tickMillis", "InstantSource.system", "new Date")) {
            assertThat(lines).as(clock).anyMatch(
                    line -> line.contains("the thread 'main' reads the machine's clock by " + clock + " (use ")
                            && line.endsWith(" in dev.verdant.conformance.LeakyProgram"));
        }
        for (String chance : List.of("new Random", "new SplittableRandom", "ThreadLocalRandom.current", "Math.random",
                "new SecureRandom", "UUID.randomUUID", "Collections.shuffle")) {
            assertThat(lines).as(chance).anyMatch(
                    line -> line.contains("takes chance from outside by " + chance + " (use simulation.random())"));
        }
        assertThat(lines).contains("nanoTime: 1 in all", "reference: 1 in all",
                "reference to a constructor: 1 in all", "derived Random: 1 in all", "branches: 2 in all",
                "two places: 2 in all", "again: 1 in all", "Thread: 1 in all", "derived Thread: 1 in all",
                "ofPlatform: 1 in all");
        assertThat(lines).filteredOn(line -> line.startsWith("Thread: the")).singleElement().asString()
                .contains("starts a platform thread");
        assertThat(lines).filteredOn(line -> line.startsWith("none:")).hasSize(9)
                .allMatch(line -> line.endsWith(": 0 in all"));
        assertThat(lines).contains("stranger: works", "stranger: 0 in all");
    }

    @Test
    void withoutTheAgentNothingOfItIsTold() throws Exception {
        assertThat(LeakyProgram.run()).contains("nanoTime: 0 in all", "branches: 0 in all", "Thread: 0 in all",
                "strict: passes", "stranger: works").noneMatch(line -> line.contains("the thread 'main' "));
    }

    @Test
    void packagesThatAreNamedAreLeftAlone() throws Exception {
        assertThat(ChildJvm.of(LeakyProgram.class).option(option + "=org.example, dev.verdant.conformance").run())
                .contains("nanoTime: 0 in all", "strict: passes");
    }

    // ---- what becomes of it

    @Test
    void aStrictRunFailsByWhatDoesNotFollowFromTheSeed() {
        assertThat(told).contains("strict and clean: passes",
                "strict and failing: java.lang.IllegalArgumentException: of its own");
        assertThat(told).filteredOn(line -> line.startsWith("strict:")).singleElement().asString()
                .contains("The run was disturbed", "System.nanoTime", "LeakyProgram.java:", "with 1");
    }

    @Test
    void testsNameWhatDoesNotFollowFromTheirSeed() throws Exception {
        List<String> lines = ChildJvm.of(Samples.class).option(option).run();
        assertThat(lines).anyMatch(line -> line.contains("does not do the same each time"))
                .anyMatch(line -> line.contains("takes chance from outside by new Random"))
                .anyMatch(line -> line.contains("AgentTest$Samples$Tests.drawsOtherwiseEachTime"))
                .noneMatch(line -> line.contains("-javaagent"));
        assertThat(lines).contains("looksAtTheClock() passes")
                .anyMatch(line -> line.startsWith("looksAtTheClockStrictly() fails"))
                .anyMatch(line -> line.contains("The run was disturbed"))
                .anyMatch(line -> line.startsWith("failsByTheClock() fails"))
                .anyMatch(line -> line.contains("It was disturbed by what does not follow from the seed"));
    }

    /** Runs tests that are to fail, and prints how. */
    static final class Samples {

        private Samples() {}

        public static void main(String[] args) {
            var request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(Tests.class)).build();
            LauncherFactory.create().execute(request, new TestExecutionListener() {

                @Override
                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                    String name = test.getParentId().map(Object::toString).orElse("")
                            .replaceAll(".*template:(\\w+)\\(.*", "$1()");
                    if (test.isTest()) {
                        System.out.println(name + result.getThrowable()
                                .map(e -> " fails: " + Objects.toString(e.getMessage())).orElse(" passes"));
                    }
                }
            });
        }

        static class Tests {

            @GreenTest(twice = true)
            void drawsOtherwiseEachTime() {
                Green.sleep(Duration.ofNanos(new Random().nextInt(1, 1_000_000_000)));
            }

            @GreenTest
            void looksAtTheClock() {
                assertThat(Instant.now()).isNotNull();
            }

            @GreenTest(disturbances = Disturbances.FAIL)
            void looksAtTheClockStrictly(Simulation simulation) {
                assertThat(simulation.disturbances()).isEmpty();
                assertThat(Instant.now()).isNotNull();
            }

            @GreenTest
            void failsByTheClock() {
                assertThat(Instant.now()).isNull();
            }
        }
    }
}
