package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that runs in a process of its own: where tests need a world that this one must not have. */
public final class ChildJvm {

    private static final long PATIENCE_SECONDS = 60;

    private final Class<?> main;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private boolean flagged = true;

    private ChildJvm(Class<?> main) {
        this.main = main;
    }

    /**
     * Returns a child that runs {@code main}, without the watch, which has more to say in a JVM that is just starting. It does not live long enough to gain from
     * the second compiler or a parallel collector.
     */
    public static ChildJvm of(Class<?> main) {
        return new ChildJvm(main).option("-Dverdant.watch=0").option("-XX:TieredStopAtLevel=1")
                .option("-XX:+UseSerialGC");
    }

    /** Has the child run on a hub. */
    public ChildJvm hub(String name) {
        return option("-Dverdant.hub=" + name);
    }

    /** Passes an option to the JVM. */
    public ChildJvm option(String option) {
        options.add(option);
        return this;
    }

    /** Leaves away the flags that Verdant asks for. */
    public ChildJvm withoutFlags() {
        flagged = false;
        return this;
    }

    /** Has {@code command} start the JVM: the JVM's command line is added to it. */
    public ChildJvm under(String... command) {
        wrapper.addAll(0, List.of(command));
        return this;
    }

    /** Has a shell do something first. */
    public ChildJvm after(String script) {
        return under("sh", "-c", script + " && exec \"$0\" \"$@\"");
    }

    /** Returns a process that has not been started; what it prints is one stream. */
    public ProcessBuilder process(String... arguments) {
        var command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (flagged) {
            command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    /** Runs it to its end, which must be a good one and come in time, and returns what it printed. */
    public List<String> run(String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("child", ".out");
        Process child = process(arguments).redirectOutput(output.toFile()).start();
        try {
            boolean ended = child.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            List<String> lines = Files.readAllLines(output);
            assertThat(ended).as("ended in time: %s", lines).isTrue();
            assertThat(child.exitValue()).as("exit of %s: %s", main, lines).isZero();
            return lines;
        } finally {
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly();
            Files.delete(output);
        }
    }

    /** Tells whether a command can be run here: for tests that are skipped where it cannot. */
    public static boolean can(String... command) {
        boolean installed = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command[0])));
        try {
            return installed && new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
