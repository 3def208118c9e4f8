package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.ResourcePool;
import dev.verdant.green.queue.LightQueue;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import dev.verdant.testkit.Clock;
import dev.verdant.testkit.GreenTest;
import dev.verdant.testkit.OnEachHub;
import dev.verdant.testkit.Schedule;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** What a {@link GreenTest} does on real hubs; the test kit's own tests show what it does in simulations. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class GreenTestOnHubsTest {

    private static final String SEED = "verdant.seed";

    /** What came of the tests that were run, one for each invocation. */
    private record Outcome(List<String> names, List<String> failures, int aborted) {}

    private static Outcome run(String method) {
        var found = List.of(Samples.class.getDeclaredMethods()).stream().filter(each -> each.getName().equals(method))
                .findFirst().orElseThrow();
        return run(selectMethod(Samples.class, found));
    }

    private static Outcome run(DiscoverySelector what) {
        var names = new ArrayList<String>();
        var failures = new ArrayList<String>();
        int[] aborted = new int[1];
        var request = LauncherDiscoveryRequestBuilder.request().selectors(what).build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {

            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    names.add(test.getDisplayName());
                }
                switch (result.getStatus()) {
                    case SUCCESSFUL -> {
                    }
                    case ABORTED -> aborted[0]++;
                    case FAILED -> failures.add(Objects.toString(result.getThrowable().orElseThrow().getMessage()));
                }
            }
        });
        assertThat(names.size() + failures.size()).as("tests run").isPositive();
        return new Outcome(names, failures, aborted[0]);
    }

    private static List<String> usableHubs() {
        return Hubs.providers().stream().filter(each -> each.unusable().isEmpty()).map(HubProvider::name).toList();
    }

    private static void assertPassesOnEachHub(Outcome outcome) {
        assertThat(outcome.failures).isEmpty();
        assertThat(outcome.names).isEqualTo(usableHubs()).isNotEmpty();
    }

    /** Each of the hubs must say so. */
    private static void assertFailsOnEachHub(Outcome outcome, String... messages) {
        assertThat(outcome.names).isEqualTo(usableHubs());
        assertThat(outcome.failures).hasSameSizeAs(outcome.names)
                .allSatisfy(each -> assertThat(each).contains(messages));
    }

    @BeforeEach
    void forget() {
        Samples.calls.clear();
    }

    @AfterEach
    void closeWhatSamplesForgot() throws IOException {
        for (DatagramChannel each : Samples.forgotten) {
            each.close();
        }
        Samples.forgotten.clear();
    }

    /** What the tests below run. Not found by a test run of the module: it is a nested static class. */
    static class Samples {

        static final List<String> calls = new ArrayList<>();
        static final List<DatagramChannel> forgotten = new ArrayList<>();

        @BeforeEach
        void before() {
            calls.add("before");
        }

        @AfterEach
        void after() {
            calls.add("after");
        }

        @GreenTest(clock = Clock.REAL)
        void talksToItself(HubProvider hub) throws Exception {
            assertThat(Objects.requireNonNull(EventLoop.current()).hubName()).isEqualTo(hub.name());
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                    var client = Net.connect(listener.getLocalSocketAddress());
                    var server = listener.accept()) {
                client.sendAll(new byte[3]);
                assertThat(server.recv(3)).hasSize(3);
            }
            calls.add(hub.name());
        }

        @GreenTest
        @OnEachHub
        void isMarked(HubProvider hub) {
            calls.add(hub.name());
        }

        @OnEachHub
        static class MarkedAsAWhole {

            @GreenTest
            void isMarkedByItsClass(HubProvider hub) {
                calls.add(hub.name());
            }
        }

        @GreenTest(clock = Clock.REAL)
        void sleeps() throws Exception {
            long start = System.nanoTime();
            Green.sleep(Duration.ofMillis(50));
            Thread.ofVirtual().start(() -> Green.sleep(Duration.ofMillis(1))).join(20_000);
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000);
        }

        @GreenTest(clock = Clock.REAL, seeds = 3)
        void runsThreeSeeds(HubProvider hub) {
            calls.add(hub.name());
        }

        @GreenTest(clock = Clock.REAL, schedule = Schedule.RANDOM)
        void takesTurns() throws Exception {
            takeTurns();
        }

        @GreenTest(clock = Clock.REAL)
        void takesTurnsInOrder() throws Exception {
            takeTurns();
        }

        private static void takeTurns() throws Exception {
            var order = new StringBuilder();
            var threads = new ArrayList<GreenThread<?>>();
            for (char name = 'a'; name <= 'p'; name++) {
                char each = name;
                threads.add(Green.spawn(() -> order.append(each)));
            }
            for (GreenThread<?> each : threads) {
                each.await();
            }
            calls.add(order.toString());
        }

        @GreenTest(clock = Clock.REAL)
        void leavesAThreadBehind() {
            Green.spawn("forgotten", () -> Green.sleep(null));
        }

        @GreenTest
        @OnEachHub
        void keepsWhatAPoolHasLent() throws Exception {
            new ResourcePool<>(0, 1, StringBuilder::new).lease();
        }

        /** A thread that is not green may bring it. */
        @GreenTest(clock = Clock.REAL)
        void givesBackWhatAPoolHasLent() throws Exception {
            var pool = new ResourcePool<>(0, 1, StringBuilder::new);
            var lent = pool.get();
            var bringer = Thread.ofPlatform().start(() -> pool.put(lent));
            bringer.join();
        }

        @GreenTest(clock = Clock.REAL)
        void leavesAListenerBehind() throws IOException {
            Net.listen(new InetSocketAddress("127.0.0.1", 0));
        }

        @GreenTest(clock = Clock.REAL)
        void leavesATimerBehind() {
            dev.verdant.green.Timeout.start(Duration.ofDays(1));
        }

        @GreenTest(clock = Clock.REAL)
        void leavesADescriptorBehind() throws IOException {
            forgotten.add(DatagramChannel.open());
        }

        @GreenTest(clock = Clock.REAL)
        void leavesAFailureUnseen() {
            Green.spawnN(() -> {
                throw new IOException("that nobody sees");
            });
        }

        @GreenTest(clock = Clock.REAL)
        void leavesAHandleUnseen() {
            var unseen = Green.spawn(() -> {
                throw new IOException("that nobody asks for");
            });
            Green.sleep();
            assertThat(unseen.isAlive()).isFalse();
        }

        @GreenTest(clock = Clock.REAL)
        void fails() {
            throw new IllegalStateException("as it must");
        }

        @GreenTest(clock = Clock.REAL, seconds = 1)
        void waitsForEver() throws Exception {
            new LightQueue<String>().take();
        }

        @GreenTest(clock = Clock.REAL)
        void isAborted() {
            Assumptions.abort("not here");
        }

        @GreenTest(clock = Clock.REAL)
        void wantsASimulation(Simulation simulation) {
            simulation.note("never");
        }

        @GreenTest(clock = Clock.REAL, schedule = Schedule.PCT)
        void wantsPriorities() {}

        @GreenTest(clock = Clock.REAL, twice = true)
        void wantsToRunTwice() {}

        @GreenTest(clock = Clock.REAL, faults = 0.1)
        void wantsFaults() {}
    }

    // ---- what passes

    @Test
    void theMethodRunsOnceOnEachUsableHub() {
        assertPassesOnEachHub(run("talksToItself"));
        assertThat(Samples.calls).isEqualTo(usableHubs().stream()
                .flatMap(hub -> List.of("before", hub, "after").stream()).toList());
    }

    @Test
    void theMarkOfAMethodOrItsClassDoesTheSame() {
        assertPassesOnEachHub(run("isMarked"));
        assertThat(Samples.calls).containsAll(usableHubs());
        Samples.calls.clear();
        assertPassesOnEachHub(run(selectClass(Samples.MarkedAsAWhole.class)));
        assertThat(Samples.calls).isEqualTo(usableHubs());
    }

    @Test
    void timeIsReal() {
        assertPassesOnEachHub(run("sleeps"));
    }

    @Test
    void eachSeedIsARun() {
        assertPassesOnEachHub(run("runsThreeSeeds"));
        for (String hub : usableHubs()) {
            assertThat(Samples.calls.stream().filter(hub::equals)).hasSize(3);
        }
    }

    @Test
    void theOrderIsThatOfArrival() {
        assertPassesOnEachHub(run("takesTurnsInOrder"));
        assertThat(orders()).containsExactly("abcdefghijklmnop");
    }

    @Test
    void aRandomOrderFollowsFromItsSeed() {
        var orders = new LinkedHashSet<String>();
        for (long seed = 1; seed <= 3; seed++) {
            Samples.calls.clear();
            System.setProperty(SEED, Long.toString(seed));
            try {
                assertPassesOnEachHub(run("takesTurns"));
                assertPassesOnEachHub(run("takesTurns"));
            } finally {
                System.clearProperty(SEED);
            }
            assertThat(orders()).hasSize(1);
            orders.addAll(orders());
        }
        assertThat(orders).hasSize(3).doesNotContain("abcdefghijklmnop");
    }

    private static Set<String> orders() {
        var orders = new LinkedHashSet<>(Samples.calls);
        orders.removeAll(List.of("before", "after"));
        return orders;
    }

    // ---- what fails

    @Test
    void whatIsLeftBehindFailsTheTest() {
        assertFailsOnEachHub(run("leavesAThreadBehind"), "1 green threads", "'forgotten'");
        assertFailsOnEachHub(run("leavesAListenerBehind"), "1 channels");
        assertFailsOnEachHub(run("leavesATimerBehind"), "1 timers");
    }

    @Test
    void whatAPoolHasLentAndNobodyHasGivenBackFailsTheTest() {
        assertFailsOnEachHub(run("keepsWhatAPoolHasLent"), "has not given back 1 of what pools have lent",
                "of ResourcePool[1 of 1 lent, 0 wait], a java.lang.StringBuilder was lent to 'main'",
                "GreenTestOnHubsTest$Samples.keepsWhatAPoolHasLent(");
        assertPassesOnEachHub(run("givesBackWhatAPoolHasLent"));
    }

    @Test
    void aDescriptorThatIsLeftBehindFailsTheTest() throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")),
                "the system does not list descriptors");
        assertFailsOnEachHub(run("leavesADescriptorBehind"), "The test has left behind 1 sockets or pollers");
    }

    @Test
    void aFailureThatNobodySawFailsTheTest() {
        assertFailsOnEachHub(run("leavesAFailureUnseen"), "that nobody sees");
        assertFailsOnEachHub(run("leavesAHandleUnseen"), "that nobody asks for");
    }

    @Test
    void aFailureNamesTheHubTheSeedAndHowToRepeatIt() {
        Outcome outcome = run("fails");
        assertFailsOnEachHub(outcome, "as it must", "Seed 0 fails on ", "-Dtest='Samples#fails' -Dverdant.seed=0");
        for (int i = 0; i < outcome.names.size(); i++) {
            assertThat(outcome.failures.get(i)).contains(" on " + outcome.names.get(i) + " ");
        }
    }

    @Test
    void whoTakesTooLongIsShownWithWhatItWaitsFor() {
        assertFailsOnEachHub(run("waitsForEver"), "not done within 1 s", "LightQueue");
    }

    @Test
    void anAbortedTestIsNoFailure() {
        Outcome outcome = run("isAborted");
        assertThat(outcome.failures).isEmpty();
        assertThat(outcome.aborted).isEqualTo(usableHubs().size());
    }

    @Test
    void whatOnlyASimulationHasIsRefused() {
        assertFailsOnEachHub(run("wantsASimulation"), "Simulation");
        assertFailsOnEachHub(run("wantsPriorities"),
                "@GreenTest(schedule = PCT) (expected: FIFO or RANDOM on a real hub)");
        assertFailsOnEachHub(run("wantsToRunTwice"), "@GreenTest(twice) on a real hub");
        assertFailsOnEachHub(run("wantsFaults"), "@GreenTest(faults) on a real hub");
    }
}
