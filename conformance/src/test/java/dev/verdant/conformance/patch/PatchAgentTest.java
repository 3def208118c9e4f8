package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.ChildJvm;
import dev.verdant.green.Green;
import dev.verdant.green.patch.Agent;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent that patches an application before its main method: it must be there from a JVM's beginning, so these look at what children print. */
@Timeout(180)
class PatchAgentTest {

    @TempDir
    static Path folder;

    private static String option = "";

    /** The jar itself where there is one; else one that stands for it, with its manifest alone: the classes are on the class path. */
    @BeforeAll
    static void findAgent() throws Exception {
        Path code = Path.of(Agent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (Files.isRegularFile(code)) {
            try (var file = new JarFile(code.toFile())) {
                assertThat(file.getManifest().getMainAttributes().getValue("Premain-Class"))
                        .isEqualTo(Agent.class.getName());
            }
            option = "-javaagent:" + code;
            return;
        }
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", Agent.class.getName());
        Path jar = folder.resolve("agent.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        option = "-javaagent:" + jar;
    }

    @Test
    void anApplicationNeedsNoOtherFlagAndNothingIsSaidOnStandardError() throws Exception {
        assertThat(ChildJvm.of(Application.class).withoutFlags().option(option).run()).containsExactly(
                "SOCKET: true", "DNS: true", "PROCESS: true", "a green thread", "green ProcessBuilder.start: green",
                "green reference: green", "green bound reference: green", "green Runtime.exec: green",
                "green words: green",
                "green environment: green", "green derived: green", "platform: the JDK's");
    }

    @Test
    void theOptionNamesWhatIsPatched() throws Exception {
        assertThat(ChildJvm.of(Application.class).withoutFlags().option(option + "=socket, dns").run()).contains(
                "SOCKET: true", "DNS: true", "PROCESS: false", "green ProcessBuilder.start: the JDK's");
        assertThat(ChildJvm.of(Application.class).withoutFlags().option(option + "=process").run()).contains(
                "SOCKET: false", "DNS: false", "PROCESS: true", "green ProcessBuilder.start: green");
    }

    @Test
    void anExecutableJarThatNamesItNeedsNoOptionAtAll() throws Exception {
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, Application.class.getName());
        attributes.put(Attributes.Name.CLASS_PATH,
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                        .map(each -> Path.of(each).toUri().toString()).collect(Collectors.joining(" ")));
        attributes.putValue("Launcher-Agent-Class", Agent.class.getName());
        Path jar = folder.resolve("application.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        Path output = folder.resolve("application.out");
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dverdant.watch=0", "-jar", jar.toString()).redirectErrorStream(true).redirectOutput(output.toFile())
                .start();
        assertThat(child.waitFor()).isZero();
        assertThat(Files.readAllLines(output))
                .startsWith("SOCKET: true", "DNS: true", "PROCESS: true", "a green thread")
                .endsWith("green derived: green", "platform: the JDK's");
    }

    @Test
    void anUnknownNameStopsTheJvmAndSaysWhatIsKnown() throws Exception {
        Path output = folder.resolve("output");
        Process child = ChildJvm.of(Application.class).option(option + "=sokket").process()
                .redirectOutput(output.toFile()).start();
        assertThat(child.waitFor()).isNotZero();
        assertThat(Files.readString(output))
                .contains("-javaagent: sokket (expected: some of socket, dns and process, with commas between)")
                .doesNotContain("PROCESS: ");
    }

    /** What it starts is rewritten in it, and it knows nothing of that. */
    static final class Application {

        private Application() {}

        public static void main(String[] args) throws Exception {
            for (Patch each : Patch.values()) {
                System.out.println(each + ": " + Patcher.isMonkeyPatched(each));
            }
            Green.run(() -> {
                System.out.println(Green.isGreen() ? "a green thread" : "no green thread");
                show("green ProcessBuilder.start", new ProcessBuilder("true").start());
                Starting reference = ProcessBuilder::start;
                show("green reference", reference.start(new ProcessBuilder("true")));
                Callable<Process> bound = new ProcessBuilder("true")::start;
                show("green bound reference", bound.call());
                show("green Runtime.exec", Runtime.getRuntime().exec(new String[]{"true"}));
                show("green words", words());
                show("green environment",
                        Runtime.getRuntime().exec(new String[]{"sh", "-c", "test \"$A$PATH\" = b=c -a $PWD = /"},
                                new String[]{"A=b=c", "PATH=", "junk", "PWD=/"}, new File("/")));
                show("green derived", new Derived().begin());
            });
            show("platform", new ProcessBuilder("true").start());
        }

        @FunctionalInterface
        private interface Starting {
            Process start(ProcessBuilder builder) throws IOException;
        }

        @SuppressWarnings("deprecation") // that is what old programs call
        private static Process words() throws IOException {
            return Runtime.getRuntime().exec("test  a = a");
        }

        private static void show(String what, Process process) throws InterruptedException {
            int exit = process.waitFor();
            System.out.println(
                    what + ": " + (process.getClass().getName().startsWith("dev.verdant.") ? "green" : "the JDK's")
                            + (exit == 0 ? "" : ", ended by " + exit));
        }

        /** Calls by a class of its own. */
        private static final class Derived {

            private final List<String> command = List.of("true");

            Process begin() throws IOException {
                return new ProcessBuilder(command).start();
            }
        }
    }
}
