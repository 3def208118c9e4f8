package dev.verdant.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.NativePool;
import dev.verdant.green.pool.ResourcePool;
import dev.verdant.green.queue.LightQueue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

@Timeout(60)
class GreenTestTest {

    /** Runs a test of {@link Samples}, and returns what it failed with, or an empty text if it passed. */
    private static String run(String method) {
        return run(LauncherDiscoveryRequestBuilder.request().selectors(selectMethod(Samples.class, findMethod(method)))
                .build());
    }

    private static java.lang.reflect.Method findMethod(String name) {
        return List.of(Samples.class.getDeclaredMethods()).stream().filter(each -> each.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String run(LauncherDiscoveryRequest request) {
        var failures = new ArrayList<String>();
        var tests = new ArrayList<String>();
        LauncherFactory.create().execute(request, new TestExecutionListener() {

            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    tests.add(test.getDisplayName());
                }
                result.getThrowable().ifPresent(e -> failures.add(Objects.toString(e.getMessage())));
            }
        });
        assertThat(tests.size() + failures.size()).as("tests run").isPositive();
        return String.join("\n", failures);
    }

    @BeforeEach
    void forget() {
        Samples.seeds.clear();
        Samples.calls.clear();
    }

    /** What the tests below run. Not found by a test run of the module: it is a nested static class. */
    static class Samples {

        static final List<Long> seeds = new ArrayList<>();
        static final List<String> calls = new ArrayList<>();

        private int count;

        @BeforeEach
        void before() {
            calls.add("before");
        }

        @AfterEach
        void after() {
            calls.add("after");
        }

        @GreenTest
        void passes() {
            assertThat(Green.isGreen()).isTrue();
            Green.sleep(Duration.ofDays(1));
            calls.add("test " + count++);
        }

        @GreenTest(seeds = 5)
        void runsFiveSeeds(Simulation simulation) {
            seeds.add(simulation.seed());
            calls.add("test " + count++);
        }

        /** Two threads each take a turn of two steps; it fails if one's come between the other's. */
        @GreenTest(seeds = 300, schedule = Schedule.RANDOM)
        void losesAnUpdate(Simulation simulation) throws Exception {
            seeds.add(simulation.seed());
            loseAnUpdate();
        }

        @GreenTest(seeds = 300, schedule = Schedule.PCT)
        void losesAnUpdateByPct() throws Exception {
            loseAnUpdate();
        }

        private void loseAnUpdate() throws Exception {
            var noise = new ArrayList<dev.verdant.green.GreenThread<?>>();
            for (int i = 0; i < 5; i++) {
                noise.add(Green.spawn("noise", () -> Green.sleep()));
            }
            var one = Green.spawn("one", this::increment);
            var other = Green.spawn("other", this::increment);
            one.await();
            other.await();
            for (var each : noise) {
                each.await();
            }
            if (count != 2) {
                throw new IllegalStateException("an update was lost");
            }
        }

        private void increment() {
            int read = count;
            Thread.yield();
            count = read + 1;
        }

        @GreenTest
        void leavesAThreadBehind() {
            Green.spawn("forgotten", () -> Green.sleep(null));
        }

        @GreenTest
        void leavesAListenerBehind() throws IOException {
            Net.listen(new InetSocketAddress("127.0.0.1", 0));
        }

        @GreenTest
        void leavesATimerBehind() {
            dev.verdant.green.Timeout.start(Duration.ofDays(1));
        }

        @GreenTest
        void keepsWhatPoolsHaveLent() throws Exception {
            var pool = new ResourcePool<>(0, 3, StringBuilder::new);
            borrowForGood(pool);
            Green.spawn("borrower", () -> pool.lease().get()).await();
            pool.put(pool.get());
        }

        private static void borrowForGood(ResourcePool<?> pool) throws Exception {
            pool.get();
        }

        @GreenTest
        void keepsWhatIsLentTwice() throws Exception {
            var same = new StringBuilder();
            var pool = new ResourcePool<>(0, 3, () -> same);
            pool.get();
            pool.get();
            pool.put(pool.get());
        }

        /** By every way that there is, from whatever thread, as late as threads that are ending still may. */
        @GreenTest
        void givesBackWhatPoolsHaveLent() throws Exception {
            var pool = new ResourcePool<>(1, 4, StringBuilder::new);
            try (var lease = pool.lease()) {
                lease.discard();
            }
            try (var _ = pool.lease()) {
                pool.discard(pool.get());
            }
            var handed = pool.get();
            NativePool.execute(() -> {
                pool.put(handed);
                return "put";
            });
            Green.spawnN(() -> {
                try (var _ = pool.lease()) {
                    Green.sleep();
                    Green.sleep();
                }
            });
            Green.sleep();
        }

        @GreenTest
        void aHostKeepsWhatPoolsHaveLent(Simulation simulation) throws Exception {
            var pool = new ResourcePool<>(0, 1, StringBuilder::new);
            simulation.host("server").start(() -> pool.get()).await();
        }

        @GreenTest
        void leavesAFailureUnseen() {
            Green.spawnN(() -> {
                throw new IOException("that nobody sees");
            });
            Green.sleep(Duration.ofSeconds(1));
        }

        @GreenTest
        void startsServersOnHosts(Simulation simulation) {
            simulation.host("server").start(() -> Net.serve(Net.listen(new InetSocketAddress(7)), _ -> {}));
            Green.sleep(Duration.ofSeconds(1));
        }

        @GreenTest
        void waitsForEver() throws Exception {
            new LightQueue<String>().take();
        }

        @GreenTest(seeds = 3, twice = true)
        void followsFromItsSeed(Simulation simulation) throws Exception {
            draw(simulation.random());
        }

        @GreenTest(seeds = 3, twice = true)
        void doesNotFollowFromItsSeed() throws Exception {
            draw(new Random());
        }

        private static void draw(Random random) throws Exception {
            var threads = new ArrayList<dev.verdant.green.GreenThread<?>>();
            for (int i = 0; i < 10; i++) {
                threads.add(Green.spawn("drawer", () -> Green.sleep(Duration.ofMillis(random.nextInt(1, 1000)))));
            }
            for (var each : threads) {
                each.await();
            }
        }

        @GreenTest(seeds = 1000)
        void exchangesAnEcho(Simulation simulation) throws Exception {
            simulation.links().latency(Duration.ofMillis(5), Duration.ofMillis(5));
            simulation.host("server").start(() -> Net.serve(Net.listen(new InetSocketAddress(7)), socket -> {
                for (byte[] got = socket.recv(100); got.length > 0; got = socket.recv(100)) {
                    socket.sendAll(got);
                }
            }));
            simulation.host("client").start(() -> {
                try (var socket = Net.connect(new InetSocketAddress("server", 7))) {
                    socket.sendAll(new byte[10]);
                    assertThat(socket.recv(10)).hasSize(10);
                }
            }).await();
            seeds.add(simulation.seed());
        }

        @GreenTest(clock = Clock.REAL)
        void needsARealHub() {}

        @GreenTest(seeds = 0)
        void hasNoSeeds() {}

        @GreenTest(schedule = Schedule.REPLAY)
        void replaysNothing() {}

        @Nested
        class Inner {

            @GreenTest(seeds = 2)
            void isRunOnFreshInstancesToo(Simulation simulation) {
                seeds.add(simulation.seed());
                calls.add("inner " + count++);
            }
        }
    }

    // ---- what passes

    @Test
    void theMethodRunsAsAGreenThreadInASimulation() {
        assertThat(run("passes")).isEmpty();
        assertThat(Samples.calls).containsExactly("before", "test 0", "after");
    }

    @Test
    void eachSeedHasAnInstanceOfItsOwn() {
        assertThat(run("runsFiveSeeds")).isEmpty();
        assertThat(new HashSet<>(Samples.seeds)).hasSize(5);
        assertThat(Samples.calls.stream().filter("test 0"::equals)).hasSize(5);
        assertThat(Samples.calls.stream().filter("before"::equals)).hasSize(5);
        assertThat(Samples.calls.stream().filter("after"::equals)).hasSize(5);
    }

    @Test
    void aMethodOfANestedClassIsRunOnFreshInstancesToo() {
        assertThat(run(LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Samples.Inner.class)).build()))
                .isEmpty();
        assertThat(Samples.calls).contains("inner 0").doesNotContain("inner 1");
        assertThat(Samples.seeds).hasSize(2);
    }

    @Test
    void whatRunsOnHostsIsEndedWithTheMethod() {
        assertThat(run("startsServersOnHosts")).isEmpty();
    }

    @Test
    void aThousandSeedsOfAnEchoPass() {
        assertThat(run("exchangesAnEcho")).isEmpty();
        assertThat(Samples.seeds).hasSize(1000);
    }

    // ---- what fails

    @Test
    void theFirstFailingSeedEndsTheTestAndItsMessageRepeatsIt() {
        String failure = run("losesAnUpdate");
        assertThat(failure).contains("an update was lost").contains("-Dtest='Samples#losesAnUpdate'").contains("one")
                .contains("begins");
        var seed = Pattern.compile("-Dverdant\\.seed=(-?\\d+)").matcher(failure);
        var choices = Pattern.compile("-Dverdant\\.choices=(\\S+)").matcher(failure);
        assertThat(seed.find()).isTrue();
        assertThat(choices.find()).isTrue();
        for (boolean alsoChoices : new boolean[]{false, true}) {
            System.setProperty(SeedRuns.SEED, seed.group(1));
            if (alsoChoices) {
                System.setProperty(SeedRuns.CHOICES, choices.group(1));
            }
            try {
                Samples.seeds.clear();
                assertThat(run("losesAnUpdate")).contains("an update was lost").contains("Seed " + seed.group(1));
                assertThat(Samples.seeds).containsOnly(Long.valueOf(seed.group(1)));
            } finally {
                System.clearProperty(SeedRuns.SEED);
                System.clearProperty(SeedRuns.CHOICES);
            }
        }
    }

    @Test
    void aFailureIsShrunkToTheFewChoicesThatMatter() {
        var matter = Pattern.compile("Of its (\\d+) choices .*, (\\d+) matter").matcher(run("losesAnUpdate"));
        assertThat(matter.find()).isTrue();
        assertThat(Integer.parseInt(matter.group(2))).isLessThanOrEqualTo(Integer.parseInt(matter.group(1)))
                .isLessThanOrEqualTo(3);
    }

    @Test
    void prioritiesFindItToo() {
        assertThat(run("losesAnUpdateByPct")).contains("an update was lost").contains("(PCT)");
    }

    @Test
    void whatIsLeftBehindFailsTheTest() {
        assertThat(run("leavesAThreadBehind")).contains("1 green threads").contains("'forgotten'");
        assertThat(run("leavesAListenerBehind")).contains("1 channels");
        assertThat(run("leavesATimerBehind")).contains("1 timers");
    }

    @Test
    void whatPoolsHaveLentAndNobodyHasGivenBackFailsTheTest() {
        assertThat(run("keepsWhatPoolsHaveLent")).contains("has not given back 2 of what pools have lent")
                .contains("of ResourcePool[2 of 3 lent, 0 wait], a java.lang.StringBuilder was lent to 'main'\n"
                        + "      at dev.verdant.testkit.GreenTestTest$Samples.borrowForGood(")
                .contains("was lent to 'borrower'\n"
                        + "      at dev.verdant.testkit.GreenTestTest$Samples.lambda$keepsWhatPoolsHaveLent$");
        assertThat(run("keepsWhatIsLentTwice")).contains("has not given back 2 of what pools have lent");
    }

    @Test
    void whatIsGivenBackToPoolsIsNotMissed() {
        assertThat(run("givesBackWhatPoolsHaveLent")).isEmpty();
    }

    @Test
    void whatHostsHaveBorrowedGoesWithThem() {
        assertThat(run("aHostKeepsWhatPoolsHaveLent")).isEmpty();
    }

    @Test
    void aFailureThatNobodySawFailsTheTest() {
        assertThat(run("leavesAFailureUnseen")).contains("that nobody sees");
    }

    @Test
    void aDeadlockFailsTheTest() {
        assertThat(run("waitsForEver")).contains("Deadlock").contains("LightQueue");
    }

    @Test
    void aTestThatDoesNotFollowFromItsSeedIsFoundOut() {
        assertThat(run("followsFromItsSeed")).isEmpty();
        assertThat(run("doesNotFollowFromItsSeed")).contains("does not do the same each time")
                .contains("Two runs agree in").contains("add to the options of the tests' JVM: -javaagent:");
    }

    @Test
    void whoAsksForARealHubIsToldThatThereIsNone() {
        assertThat(run("needsARealHub")).contains("no usable hub is on the class path");
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThat(run("hasNoSeeds")).contains("@GreenTest(seeds = 0) (expected: >= 1)");
        assertThat(run("replaysNothing")).contains("-Dverdant.choices");
    }

    @Test
    void noSimulationIsLeftBehind() {
        Set<String> before = loopThreads();
        assertThat(run("passes")).isEmpty();
        assertThat(run("waitsForEver")).isNotEmpty();
        assertThat(loopThreads()).isSubsetOf(before);
    }

    private static Set<String> loopThreads() {
        var names = new HashSet<String>();
        for (Thread each : Thread.getAllStackTraces().keySet()) {
            if (each.getName().equals("simulation")) {
                names.add(each.getName() + each.threadId());
            }
        }
        return names;
    }
}
