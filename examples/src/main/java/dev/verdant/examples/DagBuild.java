package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.pool.DagPool;
import dev.verdant.green.pool.DagResults;
import dev.verdant.green.pool.KeyFailedException;
import dev.verdant.green.sync.GreenSemaphore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds targets that depend on each other, each as soon as what it needs is there: a small {@code make}. The file has lines as
 * {@code target: needed needed}, and below each the commands, indented. A command that fails fails its target, and all that need it; the others are built.
 *
 * <p>Run {@code ./verdant dag-build FILE --jobs 4}.
 */
public final class DagBuild {

    private final Map<String, List<String>> needs = new LinkedHashMap<>();
    private final Map<String, List<String>> commands = new LinkedHashMap<>();
    private final GreenSemaphore jobs;

    private DagBuild(int jobs) {
        this.jobs = new GreenSemaphore(jobs);
    }

    /**
     * Builds all targets of a file.
     *
     * @param args {@code FILE --jobs N}
     * @throws Exception if the file cannot be read
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "jobs");
        if (arguments.rest().size() != 1) {
            throw Arguments.refuse("expected: one file");
        }
        int jobs = arguments.number("jobs", 4, 1, 1000);
        try {
            List<String> lines = Files.readAllLines(Path.of(arguments.rest().getFirst()));
            if (!Green.call(() -> build(lines, jobs, System.out)).isEmpty()) {
                System.exit(1);
            }
        } catch (IllegalArgumentException | NoSuchFileException e) {
            throw Arguments.refuse(String.valueOf(e.getMessage()));
        }
    }

    /** Returns what has failed, and why. */
    static Map<String, Throwable> build(List<String> lines, int jobs, Appendable report) throws Exception {
        var build = new DagBuild(jobs);
        build.read(lines);
        return build.run(report);
    }

    private void read(List<String> lines) {
        String target = "";
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (!Character.isWhitespace(line.charAt(0))) {
                int colon = line.indexOf(':');
                if (colon < 1) {
                    throw new IllegalArgumentException(line + " (expected: \"target: what it needs\")");
                }
                target = line.substring(0, colon).strip();
                String needed = line.substring(colon + 1).strip();
                needs.put(target, needed.isEmpty() ? List.of() : List.of(needed.split("\\s+")));
            } else if (target.isEmpty()) {
                throw new IllegalArgumentException(line + " (expected: a target first)");
            } else {
                commands.computeIfAbsent(target, _ -> new ArrayList<>()).add(line.strip());
            }
        }
        for (Collection<String> each : needs.values()) {
            each.stream().filter(needed -> !needs.containsKey(needed)).findFirst().ifPresent(unknown -> {
                throw new IllegalArgumentException("nothing says how to build " + unknown);
            });
        }
    }

    private Map<String, Throwable> run(Appendable report) throws Exception {
        var pool = new DagPool<String, Integer>();
        pool.spawnMany(needs, this::make);
        var failed = new LinkedHashMap<String, Throwable>();
        for (var success : pool.waitEachSuccess(needs.keySet())) {
            report.append(success.getKey() + ": built, " + success.getValue() + " commands\n");
        }
        for (var failure : pool.waitEachException(needs.keySet())) {
            failed.put(failure.getKey(), failure.getValue());
            report.append(failure.getKey() + ": " + why(failure.getValue()) + "\n");
        }
        return failed;
    }

    private static String why(KeyFailedException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof KeyFailedException needed) {
            return "not built, for it needs " + needed.key();
        }
        return cause == null ? "failed" : String.valueOf(cause.getMessage());
    }

    /** Makes one target, once those that it needs are there. */
    private int make(String target, DagResults<String, Integer> needed) throws IOException, InterruptedException {
        needed.toMap();
        List<String> all = commands.getOrDefault(target, List.of());
        for (String command : all) {
            jobs.acquire();
            try {
                execute(command);
            } finally {
                jobs.release();
            }
        }
        return all.size();
    }

    private static void execute(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("/bin/sh", "-c", command).redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("\"" + command + "\" ended with " + status);
            }
        } finally {
            process.destroy();
        }
    }
}
