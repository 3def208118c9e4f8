package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clock on the wall, put forward and back by libfaketime while timers run. */
@org.junit.jupiter.api.Timeout(value = 120, unit = TimeUnit.SECONDS)
class ClockTest {

    /** The clock on the wall has to be put to another time before it is over. */
    private static final Duration TIME = Duration.ofSeconds(1);

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void timersKeepToTheirTimeWhenTheClockOnTheWallJumps(String hub, @TempDir Path folder) throws Exception {
        String library = library();
        assumeTrue(!library.isEmpty(), "libfaketime is not installed");
        Path offset = folder.resolve("offset");
        Files.writeString(offset, "+0");
        var child = ChildJvm.of(ClockTest.class).hub(hub).under("env", "LD_PRELOAD=" + library,
                "FAKETIME_TIMESTAMP_FILE=" + offset, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1");
        assertThat(child.run(offset.toString())).containsExactly("jumped +1h: timers in time",
                "jumped -1h: timers in time");
    }

    /** Debian has it in a folder that is named after the machine's architecture. */
    private static String library() throws IOException {
        try (var found = Files.find(Path.of("/usr/lib"), 3,
                (path, _) -> path.endsWith("faketime/libfaketimeMT.so.1"))) {
            return found.map(Path::toString).findFirst().orElse("");
        }
    }

    /** The child: has timers run while it changes the time of day that it sees. */
    public static void main(String[] args) throws Exception {
        Path offset = Path.of(args[0]);
        Green.run(() -> {
            for (String jump : new String[]{"+1h", "-1h"}) {
                long wall = System.currentTimeMillis();
                var sleeper = Green.spawn(() -> slept(TIME));
                var timeout = Green.spawn(
                        () -> Timeout.callOrElse(TIME, () -> slept(Duration.ofHours(1)), true));
                Green.sleep(Duration.ofMillis(50));
                jump(offset, jump);
                boolean slept = sleeper.await();
                boolean inTime = timeout.await() && slept;
                boolean jumped = Math.abs(System.currentTimeMillis() - wall) > 1_000_000;
                System.out.println((jumped ? "jumped " : "did not jump ") + jump + ": timers "
                        + (inTime ? "in time" : "late or early"));
            }
        });
    }

    /** Puts the clock to another time in one step: it is read all the while, and must not be found half written. */
    private static void jump(Path offset, String jump) throws IOException {
        Path next = Files.writeString(offset.resolveSibling("next"), jump);
        Files.move(next, offset, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Half an hour is neither late by the machine's slowness nor early. */
    private static boolean slept(Duration time) {
        long begin = System.nanoTime();
        Green.sleep(time);
        long took = System.nanoTime() - begin;
        return took >= time.toNanos() && took < Duration.ofMinutes(30).toNanos();
    }
}
