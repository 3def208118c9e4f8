package dev.verdant.benchmarks.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** This machine: what it is, what is installed on it, and on which processors things run. */
public final class Machine {

    private static final Pattern MODEL = Pattern.compile("model name\\s*:\\s*(.+)");
    private static final List<String> MORE_PLACES = List.of("/usr/sbin", "/usr/local/sbin", "/sbin");

    private final int processors = Runtime.getRuntime().availableProcessors();
    private final boolean realTime;

    /**
     * Looks around.
     *
     * @param realTime true to put what is measured before whatever else runs; needs {@code chrt} and the right to
     */
    public Machine(boolean realTime) {
        this.realTime = realTime;
        if (realTime && tool("chrt").isEmpty()) {
            throw new IllegalArgumentException("--real-time: chrt was not found");
        }
    }

    /**
     * Finds a program.
     *
     * @param name its name
     * @return where it is; nothing if it is not installed
     */
    public static Optional<Path> tool(String name) {
        var places = new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
        places.addAll(MORE_PLACES);
        return places.stream().filter(place -> !place.isEmpty()).map(place -> Path.of(place, name))
                .filter(Files::isExecutable).findFirst();
    }

    /**
     * Returns the words to put before a command so that it has the first processor.
     *
     * @return none where that cannot be
     */
    public List<String> forServers() {
        return first(0);
    }

    /**
     * Returns the words to put before a command so that it has the last processor.
     *
     * @return none where that cannot be
     */
    public List<String> forLoad() {
        return first(processors - 1);
    }

    private List<String> first(int processor) {
        var words = new ArrayList<String>();
        if (realTime) {
            words.addAll(List.of("chrt", "--rr", "10"));
        }
        if (isPinned()) {
            words.addAll(List.of("taskset", "-c", Integer.toString(processor)));
        }
        return words;
    }

    /**
     * Tells whether servers and load have processors of their own.
     *
     * @return false if there is one processor only, or no {@code taskset}
     */
    public boolean isPinned() {
        return processors > 1 && tool("taskset").isPresent();
    }

    /**
     * Tells whether what is measured goes before whatever else runs, and hence has to rest now and then.
     *
     * @return true if so
     */
    public boolean isRealTime() {
        return realTime;
    }

    /**
     * Describes it.
     *
     * @return a few lines
     */
    public List<String> describe() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return List.of(
                processors + " processors (" + model() + "), " + System.getProperty("os.name") + " "
                        + System.getProperty("os.version") + " " + System.getProperty("os.arch")
                        + (load < 0 ? "" : String.format(Locale.ROOT, ", load %.1f at the start", load)),
                "JDK " + System.getProperty("java.vendor.version", System.getProperty("java.vendor")) + " ("
                        + System.getProperty("java.version") + "), `-XX:+UseSerialGC`",
                (isPinned()
                        ? "servers on processor 0, load on processor " + (processors - 1)
                        : "servers and load on no processor of their own"
                                + (processors > 1 ? ", because there is no taskset" : ""))
                        + (realTime ? ", in real time" : ""));
    }

    private static String model() {
        try {
            var found = MODEL.matcher(Files.readString(Path.of("/proc/cpuinfo")));
            return found.find() ? found.group(1).strip() : System.getProperty("os.arch");
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    /**
     * Runs a program to its end.
     *
     * @param seconds how long it may take
     * @param command the program and its arguments
     * @return what it said, on both outputs; nothing if it failed, took too long or is not there
     */
    public static Optional<String> run(int seconds, List<String> command) {
        try {
            Path said = Files.createTempFile("bench", ".out");
            try {
                var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
                if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return Optional.empty();
                }
                return process.exitValue() == 0
                        ? Optional.of(Files.readString(said, StandardCharsets.ISO_8859_1))
                        : Optional.empty();
            } finally {
                Files.delete(said);
            }
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }
}
