package dev.verdant.testkit;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.spi.LoopSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.ToIntFunction;

/** Finds what a test has left behind. */
final class Leftovers {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** Threads that are ending may take a few turns more. */
    private static final int TURNS = 1000;

    private Leftovers() {}

    /**
     * Fails if the loop has channels, timers, or green threads besides the caller, or if something was borrowed that is not given back. On a green thread.
     *
     * @param channels how many channels are open, if not all that the loop has count
     */
    static void requireNone(ToIntFunction<LoopSnapshot> channels, Loans loans) {
        var loop = Objects.requireNonNull(EventLoop.current());
        LoopSnapshot left = loop.snapshot();
        for (int turn = 0; turn < TURNS && !(isClean(left, channels) && loans.areNone()); turn++) {
            Green.sleep();
            left = loop.snapshot();
        }
        if (!isClean(left, channels)) {
            throw new AssertionError(
                    "The test has left behind " + channels.applyAsInt(left) + " channels, " + left.timers()
                            + " timers, " + (left.threads().size() - 1)
                            + " green threads: close, cancel, and await or kill them.\n" + loans.describe()
                            + Green.dump());
        }
        if (!loans.areNone()) {
            throw new AssertionError("The test has not given back " + loans.count()
                    + " of what pools have lent: put it back, or close its lease.\n" + loans.describe());
        }
    }

    /** Who is ready may not have begun yet. */
    private static boolean isClean(LoopSnapshot left, ToIntFunction<LoopSnapshot> channels) {
        return channels.applyAsInt(left) == 0 && left.timers() == 0 && left.threads().size() == 1 && left.ready() == 0;
    }

    /** Counts the process's sockets and pollers, where the system tells; the JVM opens files when it likes. */
    static long descriptors() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (var each = Files.list(DESCRIPTORS)) {
            return each.filter(Leftovers::isSocketOrPoller).count();
        } catch (IOException e) {
            return 0;
        }
    }

    private static boolean isSocketOrPoller(Path descriptor) {
        try {
            String what = Files.readSymbolicLink(descriptor).toString();
            return what.startsWith("socket:") || what.startsWith("anon_inode:");
        } catch (IOException e) {
            return false; // Closed meanwhile.
        }
    }
}
