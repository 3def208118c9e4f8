package dev.verdant.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * CPU time of processes. Linux tells that of a process in ticks of 10 ms and, where the kernel keeps it, that of each thread in nanoseconds. The threads'
 * times are taken, unless they differ from the process's by more than ticks explain: then threads have ended meanwhile. Elsewhere the JDK is asked.
 *
 * @param processNanos of the processes, coarse
 * @param threadNanos of each of their threads; empty where the operating system does not tell
 */
record Cpu(long processNanos, Map<String, Long> threadNanos) {

    private static final Path PROC = Path.of("/proc");
    /** The ticks that Linux tells times in, whatever the kernel's own are. */
    private static final long TICK_NANOS = 10_000_000;
    private static final int UTIME = 11;

    static Cpu now(List<ProcessHandle> processes) {
        long process = 0;
        Map<String, Long> threads = new HashMap<>();
        for (ProcessHandle each : processes) {
            Path folder = PROC.resolve(Long.toString(each.pid()));
            try {
                String stat = Files.readString(folder.resolve("stat"));
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                process += (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1])) * TICK_NANOS;
                readThreads(folder.resolve("task"), threads);
            } catch (IOException e) {
                process += each.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
            }
        }
        return new Cpu(process, threads);
    }

    private static void readThreads(Path tasks, Map<String, Long> threads) throws IOException {
        try (var all = Files.newDirectoryStream(tasks)) {
            for (Path task : all) {
                try {
                    String schedule = Files.readString(task.resolve("schedstat"));
                    threads.put(task.toString(), Long.parseLong(schedule.substring(0, schedule.indexOf(' '))));
                } catch (IOException e) {
                    // It has ended, or the kernel does not keep this.
                }
            }
        }
    }

    /** Returns how much was used since then, in nanoseconds. */
    long since(Cpu begin) {
        long coarse = processNanos - begin.processNanos;
        if (threadNanos.isEmpty()) {
            return coarse;
        }
        long fine = 0;
        for (Map.Entry<String, Long> each : threadNanos.entrySet()) {
            fine += each.getValue() - begin.threadNanos.getOrDefault(each.getKey(), 0L);
        }
        return Math.abs(fine - coarse) > 3 * TICK_NANOS ? coarse : fine;
    }
}
