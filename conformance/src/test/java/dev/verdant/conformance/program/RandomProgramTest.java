package dev.verdant.conformance.program;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.hub.HubProvider;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;

/**
 * Put, take, timeout, kill, interrupt and resize in random programs, each on a loop of its own: no item is lost, doubled or out of order, nobody is served out of
 * turn or left behind. Half of them run their ready green threads in the order of the seed, the others first come, first served.
 *
 * <p>Seeds are printed; {@code -Dverdant.seed} runs one again.
 */
@Tag("hot")
class RandomProgramTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** What is run for each seed. */
    private interface Program {
        void run(long seed) throws Exception;
    }

    @HubTest(seconds = 900)
    void queuesKeepToTheModel(HubProvider hub) throws Exception {
        forEachSeed(10_000, seed -> run(hub, seed));
    }

    @HubTest(seconds = 300)
    void queuesBetweenLoopsLoseNothing(HubProvider hub) throws Exception {
        try (var one = EventLoop.start(options -> options.hub(hub));
                var other = EventLoop.start(options -> options.hub(hub))) {
            forEachSeed(1000, seed -> {
                var program = new FutureTask<>(() -> {
                    new CrossingProgram(seed).run(one, other);
                    return seed;
                });
                Thread.ofPlatform().daemon().start(program);
                try {
                    program.get(30, TimeUnit.SECONDS);
                } catch (ExecutionException | TimeoutException e) {
                    throw new AssertionError("seed " + seed + "\n" + Green.dump(), e);
                }
            });
        }
    }

    private static void forEachSeed(int full, Program program) throws Exception {
        Long wanted = Long.getLong("verdant.seed");
        if (wanted != null) {
            program.run(wanted);
            return;
        }
        int count = Counts.of(full);
        long first = new Random().nextLong();
        System.out.println(count + " programs, seeds " + first + " to " + (first + count - 1));
        for (int i = 0; i < count; i++) {
            program.run(first + i);
        }
    }

    private static void run(HubProvider hub, long seed) {
        var program = new QueueProgram(seed);
        try {
            Green.run(options -> {
                options.hub(hub);
                if (seed % 2 == 0) {
                    var order = new Random(seed);
                    options.order(ready -> order.nextInt(ready.size()));
                }
            }, () -> Timeout.call(DEADLINE, program::run));
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ": " + program, e);
        }
    }
}
