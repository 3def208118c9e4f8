package dev.verdant.conformance.schedule;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.Timeout;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;

/**
 * Connect, accept, read, write, half-close, close, reset, kill and timeout, in random order on real connections. What comes out is held against a
 * model: no byte is lost, foreign or out of order, nothing ends or breaks that nobody ended or broke, and nothing hangs.
 *
 * <p>Seeds are printed; {@code -Dverdant.seed} runs one again. The choices are the seed's, the order of events is the kernel's.
 */
@Tag("hot")
class RandomScheduleTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @HubTest(seconds = 600)
    void randomSchedulesKeepToTheModel() throws Exception {
        Long wanted = Long.getLong("verdant.seed");
        if (wanted != null) {
            run(wanted);
            return;
        }
        int count = Counts.of(1000);
        long first = new Random().nextLong();
        System.out.println(count + " schedules, seeds " + first + " to " + (first + count - 1));
        for (int i = 0; i < count; i++) {
            run(first + i);
        }
    }

    private static void run(long seed) throws Exception {
        var schedule = new Schedule(seed);
        try {
            Timeout.call(DEADLINE, () -> {
                schedule.run();
                return null;
            });
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ": " + schedule, e);
        }
    }
}
