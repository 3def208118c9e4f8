package dev.verdant.conformance.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.spi.LoopSnapshot;
import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.sim.World;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;

/**
 * Writes, reads and closes in random programs, each on a loop of its own: every read brings what the plainest search over what was written says, every call is told
 * once, and nothing is left. Half of them run their ready green threads in the order of the seed, the others first come, first served; on the simulated hub what is
 * written comes in slices.
 *
 * <p>Seeds are printed; {@code -Dverdant.seed} runs one again.
 */
class StreamProgramTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @HubTest(seconds = 3600) // all of them, on the simulated hub in slices
    void streamsKeepToTheModel(HubProvider hub) throws Exception {
        StreamProgram.STATISTICS.clear();
        Long wanted = Long.getLong("verdant.seed");
        long first = wanted == null ? new Random().nextLong() : wanted;
        int count = wanted == null ? Counts.of(10_000) : 1;
        System.out.println(count + " stream programs on " + hub.name() + ", seeds " + first + " to "
                + (first + count - 1));
        for (long seed = first; seed < first + count; seed++) {
            run(hub, seed);
        }
        System.out.println(StreamProgram.STATISTICS);
    }

    private static void run(HubProvider hub, long seed) {
        var program = new StreamProgram(seed);
        var random = new Random(~seed);
        boolean anyOrder = random.nextBoolean();
        HubProvider provider = hub.name().equals("sim") ? sliced(seed, random) : hub;
        try {
            Green.run(options -> {
                options.hub(provider);
                if (anyOrder) {
                    options.order(ready -> random.nextInt(ready.size()));
                }
            }, () -> {
                Timeout.call(DEADLINE, program::run);
                assertNothingIsLeft();
            });
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ":\n" + program, e);
        }
    }

    private static HubProvider sliced(long seed, Random random) {
        var world = new World(seed);
        if (random.nextInt(4) != 0) {
            world.link(world.here(), world.here()).latency(Duration.ofNanos(random.nextInt(50_000)))
                    .slices(1 + random.nextInt(random.nextBoolean() ? 10 : 2000));
        }
        return world.provider();
    }

    /** A goodbye in TLS takes a moment. */
    private static void assertNothingIsLeft() {
        LoopSnapshot left = Objects.requireNonNull(EventLoop.current()).snapshot();
        for (int more = 0; more < 1000 && !isClean(left); more++) {
            Green.sleep(Duration.ofNanos(more < 100 ? 0 : 5_000_000));
            left = Objects.requireNonNull(EventLoop.current()).snapshot();
        }
        assertThat(isClean(left)).as("left behind: %s", left).isTrue();
    }

    private static boolean isClean(LoopSnapshot left) {
        return left.channels() == 0 && left.timers() == 0 && left.threads().size() == 1;
    }
}
