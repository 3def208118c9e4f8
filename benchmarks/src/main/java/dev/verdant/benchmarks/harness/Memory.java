package dev.verdant.benchmarks.harness;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Memory of other processes. */
public final class Memory {

    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final int PATIENCE_SECONDS = 60;

    private Memory() {}

    /**
     * Returns how much memory this machine has.
     *
     * @return MiB
     */
    public static long ofMachineMib() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() >> 20;
    }

    /**
     * Returns what a process has in memory.
     *
     * @param pid the process
     * @return its resident set, in bytes; nothing where that cannot be found out
     */
    public static OptionalLong resident(long pid) {
        try {
            var found = RSS.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
            return found.find() ? OptionalLong.of(Long.parseLong(found.group(1)) * 1024) : OptionalLong.empty();
        } catch (IOException e) {
            return Machine.run(PATIENCE_SECONDS, List.of("ps", "-o", "rss=", "-p", Long.toString(pid)))
                    .map(said -> OptionalLong.of(Long.parseLong(said.strip()) * 1024)).orElse(OptionalLong.empty());
        }
    }

    /**
     * Collects the garbage of another JVM, and returns what lives in its heap.
     *
     * @param pid a process of a JVM
     * @return bytes; nothing if it cannot be asked
     */
    public static OptionalLong live(long pid) {
        return Machine.run(PATIENCE_SECONDS, List.of(Java.tool("jcmd"), Long.toString(pid), "GC.class_histogram"))
                .map(TOTAL::matcher).filter(java.util.regex.Matcher::find)
                .map(found -> OptionalLong.of(Long.parseLong(found.group(1)))).orElse(OptionalLong.empty());
    }
}
