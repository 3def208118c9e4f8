package dev.verdant.examples.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.testkit.GreenTest;
import dev.verdant.testkit.Schedule;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Three replicas, one of which crashes now and then, a writer and two readers, on a network whose answers take their time. */
class RegisterTest {

    private static final int PORT = 7000;

    @GreenTest(seeds = 200, secondsInAll = 300)
    void noReaderSeesAnOlderValueThanAReaderBefore(Simulation simulation) throws Exception {
        check(simulation, Register::of);
    }

    @EnabledIfSystemProperty(named = "verdant.full", matches = "true")
    @GreenTest(seeds = 10_000, secondsInAll = 1800)
    void noReaderDoesInTenThousandRuns(Simulation simulation) throws Exception {
        check(simulation, Register::of);
    }

    /** The bug is planted; this is how it is found. A test of yours would be the one above, and fail with the message that this looks into. */
    @Test
    void theBugOfTheHastyClientIsFoundWithinAThousandSeeds() {
        long seed = LongStream.range(0, 1000).filter(RegisterTest::failsWithTheHastyClient).findFirst().orElseThrow();
        assertThatThrownBy(() -> runWithTheHastyClient(seed)).isInstanceOf(AssertionError.class)
                .hasMessageContaining("after a read of");
    }

    private static boolean failsWithTheHastyClient(long seed) {
        try {
            runWithTheHastyClient(seed);
            return false;
        } catch (AssertionError e) {
            return true;
        } catch (Exception e) {
            throw new IllegalStateException("seed " + seed, e);
        }
    }

    private static void runWithTheHastyClient(long seed) throws Exception {
        var simulation = Simulation.seed(seed).schedule(Schedule.RANDOM);
        simulation.run(() -> check(simulation, Register::hasty));
    }

    private static void check(Simulation simulation, Function<List<InetSocketAddress>, Register> client)
            throws Exception {
        simulation.links().latency(Duration.ofMillis(1), Duration.ofMillis(20));
        for (String name : List.of("r1", "r2", "r3")) {
            var disk = new Replica.Disk();
            simulation.host(name).start(() -> new Replica(disk).serve(PORT));
        }
        simulation.host("operator").start(() -> crashNowAndThen(simulation));
        var writer = simulation.host("writer").start(() -> write(client.apply(replicas())));
        var ended = new ArrayList<Version>();
        var one = simulation.host("reader-1").start(() -> read(client.apply(replicas()), ended));
        var other = simulation.host("reader-2").start(() -> read(client.apply(replicas()), ended));
        writer.await();
        one.await();
        other.await();
    }

    private static List<InetSocketAddress> replicas() {
        return List.of(new InetSocketAddress("r1", PORT), new InetSocketAddress("r2", PORT),
                new InetSocketAddress("r3", PORT));
    }

    private static void crashNowAndThen(Simulation simulation) {
        for (int i = 0; i < 3; i++) {
            var victim = simulation.host("r" + (1 + simulation.random().nextInt(3)));
            Green.sleep(Duration.ofMillis(simulation.random().nextInt(200)));
            victim.crash();
            Green.sleep(Duration.ofMillis(simulation.random().nextInt(200)));
            victim.restart();
        }
    }

    private static void write(Register register) throws InterruptedException {
        for (int i = 1; i <= 5; i++) {
            try {
                register.write("value-" + i);
            } catch (IOException e) {
                // A majority could not be had: whether it was written, nobody knows.
            }
        }
    }

    /** What a read returns may not be older than what any read has returned that ended before this one began. */
    private static void read(Register register, List<Version> ended) throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            long newestBefore = ended.stream().mapToLong(Version::number).max().orElse(0);
            try {
                Version read = register.read();
                assertThat(read.number()).as("after a read of %s", newestBefore).isGreaterThanOrEqualTo(newestBefore);
                ended.add(read);
            } catch (IOException e) {
                // Likewise.
            }
        }
    }
}
