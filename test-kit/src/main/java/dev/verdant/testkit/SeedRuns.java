package dev.verdant.testkit;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.Net;
import dev.verdant.green.spi.LoopSnapshot;
import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.agent.Agent;
import dev.verdant.testkit.agent.Tripwire;
import dev.verdant.testkit.schedule.Decisions;
import dev.verdant.testkit.schedule.Order;
import dev.verdant.testkit.schedule.Shrinker;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** The runs of a {@link GreenTest}: one for each seed, until one fails, and then what tells more about that one. */
final class SeedRuns {

    static final String SEED = "verdant.seed";

    static final String CHOICES = "verdant.choices";

    /** How long a failure may be shrunk. */
    private static final Duration SHRINKING = Duration.ofSeconds(5);

    private final GreenTest settings;
    private final @Nullable HubProvider hub;
    private final TestBody body;
    private final Schedule schedule;
    private final long begun = System.nanoTime();

    SeedRuns(GreenTest settings, @Nullable HubProvider hub, TestBody body) {
        this.settings = settings;
        this.hub = hub;
        this.body = body;
        this.schedule = settings.schedule() != Schedule.AUTO
                ? settings.schedule()
                : settings.seeds() > 1 ? Schedule.RANDOM : Schedule.FIFO;
        requireAtLeastOne("seeds", settings.seeds());
        requireAtLeastOne("seconds", settings.seconds());
        requireAtLeastOne("secondsInAll", settings.secondsInAll());
        if (hub != null) {
            requireFitForRealHubs();
        }
    }

    /** What only a simulation can do is not left out in silence. */
    private void requireFitForRealHubs() {
        if (schedule != Schedule.FIFO && schedule != Schedule.RANDOM) {
            throw new IllegalArgumentException(
                    "@GreenTest(schedule = " + schedule + ") (expected: FIFO or RANDOM on a real hub)");
        }
        boolean failsIfDisturbed = settings.disturbances() != Disturbances.REPORT;
        if (settings.twice() || settings.faults() != 0 || failsIfDisturbed) {
            throw new IllegalArgumentException("@GreenTest("
                    + (settings.twice() ? "twice" : failsIfDisturbed ? "disturbances" : "faults")
                    + ") on a real hub, where not everything follows from the seed (expected: a simulation)");
        }
    }

    private static void requireAtLeastOne(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("@GreenTest(" + what + " = " + value + ") (expected: >= 1)");
        }
    }

    void run() throws Exception {
        Long given = Long.getLong(SEED);
        int runs = given == null ? settings.seeds() : 1;
        for (int i = 0; i < runs; i++) {
            long seed = given != null ? given : runs == 1 ? 0 : ThreadLocalRandom.current().nextLong(Integer.MAX_VALUE);
            if (elapsed().toSeconds() >= settings.secondsInAll()) {
                throw new AssertionError("not done within " + settings.secondsInAll() + " s: " + i + " of " + runs
                        + " seeds passed. Use fewer seeds, or more secondsInAll.");
            }
            runSeed(seed);
        }
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    private void runSeed(long seed) throws Exception {
        if (hub != null) {
            runOnHub(hub, seed);
            return;
        }
        Simulation simulation = configured(seed);
        Throwable failure = failureOf(simulation);
        if (failure instanceof TestAbortedException aborted) {
            throw aborted;
        }
        if (failure != null) {
            throw explained(seed, simulation, failure);
        }
        if (settings.twice()) {
            runAgain(seed, simulation);
        }
    }

    private Simulation configured(long seed) {
        var simulation = Simulation.seed(seed).clock(settings.clock()).jdkWaits(settings.jdkWaits())
                .disturbances(settings.disturbances())
                .deadline(Duration.ofSeconds(settings.seconds()));
        simulation.faults().randomly(settings.faults());
        String choices = System.getProperty(CHOICES);
        if (choices != null) {
            simulation.replay(choices);
        } else if (schedule == Schedule.REPLAY) {
            throw new IllegalStateException("schedule = REPLAY repeats -D" + CHOICES + "=..., which is not set");
        } else {
            simulation.schedule(schedule);
        }
        return simulation;
    }

    private @Nullable Throwable failureOf(Simulation simulation) {
        try {
            TestBody.Prepared prepared = body.prepare();
            try {
                simulation.run(() -> {
                    try (var loans = Loans.of(simulation.loop(), simulation::isOnTheTestsHost)) {
                        prepared.run(simulation);
                        simulation.stopHosts();
                        Leftovers.requireNone(_ -> simulation.channelsOfTheTest(), loans);
                    }
                });
            } finally {
                prepared.end();
            }
            return null;
        } catch (Exception | Error e) {
            return e;
        }
    }

    // ---- a failure

    private AssertionError explained(long seed, Simulation failed, Throwable failure) {
        Decisions picks = failed.picks();
        Decisions faults = failed.faultsTaken();
        long until = System.nanoTime() + SHRINKING.toNanos();
        Decisions fewerPicks = new Shrinker(some -> failsAlike(seed, some, faults, failure),
                () -> System.nanoTime() < until)
                .shrink(picks);
        Decisions fewerFaults = new Shrinker(some -> failsAlike(seed, fewerPicks, some, failure),
                () -> System.nanoTime() < until).shrink(faults);
        var shown = configured(seed).replay(fewerPicks, fewerFaults).detailed();
        Throwable again = failureOf(shown);
        int all = picks.size() + faults.size();
        int left = fewerPicks.size() + fewerFaults.size();
        var text = new StringBuilder();
        text.append("Seed ").append(seed).append(" fails (").append(schedule).append("): ").append(failure)
                .append("\nTo repeat it: mvn test -Dtest='").append(body.name()).append("' -D").append(SEED).append('=')
                .append(seed);
        if (all > 0) {
            text.append("\nOf its ").append(all).append(" choices that were not first come, first served, ")
                    .append(left)
                    .append(" matter. To repeat those alone, add: -D").append(CHOICES).append('=')
                    .append(shown.choices());
        }
        if (again == null || again.getClass() != failure.getClass()) {
            text.append("\nRepeated, it ").append(again == null ? "passes" : "fails otherwise: " + again)
                    .append(": something in it does not follow from the seed.");
        }
        if (!failed.disturbances().isEmpty() && settings.disturbances() == Disturbances.REPORT) {
            text.append("\nIt was disturbed by what does not follow from the seed:\n")
                    .append(failed.listDisturbances());
        }
        text.append("\nWhat happened, in virtual time:\n").append(shown.trace().timeline());
        var error = new AssertionError(text.toString(), failure);
        failed.disturbances().forEach(error::addSuppressed);
        return error;
    }

    private boolean failsAlike(long seed, Decisions picks, Decisions faults, Throwable failure) {
        Throwable again = failureOf(configured(seed).replay(picks, faults));
        return again != null && again.getClass() == failure.getClass();
    }

    // ---- the same again

    private void runAgain(long seed, Simulation first) {
        Simulation second = configured(seed);
        Throwable failure = failureOf(second);
        if (settings.jdkWaits() == JdkWaits.REAL) {
            return; // Real time is in it.
        }
        if (failure != null || first.trace().hash() != second.trace().hash()) {
            throw different(seed, failure);
        }
    }

    private AssertionError different(long seed, @Nullable Throwable failure) {
        var one = configured(seed).detailed();
        var other = configured(seed).detailed();
        failureOf(one);
        failureOf(other);
        List<Trace.Entry> entries = one.trace().entries();
        List<Trace.Entry> others = other.trace().entries();
        int same = 0;
        while (same < Math.min(entries.size(), others.size()) && entries.get(same).equals(others.get(same))) {
            same++;
        }
        var text = new StringBuilder("Seed " + seed
                + " does not do the same each time: something in it does not follow from the seed, "
                + "for example the machine's clock, a random source, the order of a HashMap, or another thread.");
        if (failure != null) {
            text.append("\nOne run passed, and the next failed: ").append(failure);
        }
        text.append('\n');
        if (same < Math.max(entries.size(), others.size())) {
            text.append("Two runs agree in ").append(same).append(" entries; then one had, and the other:\n")
                    .append(around(one, entries, same)).append("  ---\n").append(around(other, others, same));
        }
        if (!one.disturbances().isEmpty()) {
            text.append("What took part in it that does not follow from the seed:\n").append(one.listDisturbances());
        } else if (!Tripwire.isArmed()) {
            text.append(
                    "To have it named where clocks, chance and threads are used, add to the options of the tests' JVM: ")
                    .append(Agent.option()).append('\n');
        }
        var error = new AssertionError(text.toString(), failure);
        one.disturbances().forEach(error::addSuppressed);
        return error;
    }

    private static String around(Simulation run, List<Trace.Entry> entries, int place) {
        var text = new StringBuilder();
        for (Trace.Entry each : entries.subList(Math.max(0, place - 5), Math.min(entries.size(), place + 3))) {
            text.append(Trace.line(each, run.trace().name(each.thread())));
        }
        return text.toString();
    }

    // ---- on real hubs

    private void runOnHub(HubProvider provider, long seed) throws Exception {
        warmUp(provider);
        long before = Leftovers.descriptors();
        var uncaught = new CopyOnWriteArrayList<Throwable>();
        TestBody.Prepared prepared = body.prepare();
        try (var loop = EventLoop.start(options -> {
            options.name("test").hub(provider).onUncaught((_, e) -> uncaught.add(e));
            if (schedule != Schedule.FIFO) {
                options.order(Order.random(new SplittableRandom(seed)));
            }
        })) {
            var main = loop.spawn("main", () -> {
                try (var loans = Loans.of(loop, () -> true)) {
                    prepared.run(null);
                    Leftovers.requireNone(LoopSnapshot::channels, loans);
                }
            });
            await(main);
        } catch (ExecutionException e) {
            throw failedOn(provider, seed, e.getCause());
        } finally {
            prepared.end();
        }
        if (!uncaught.isEmpty()) {
            throw failedOn(provider, seed, uncaught.getFirst());
        }
        long after = Leftovers.descriptors();
        if (after > before) {
            throw new AssertionError("The test has left behind " + (after - before) + " sockets or pollers.");
        }
    }

    /** Who waits is looked at while the loop lives. */
    private void await(GreenThread<?> main) throws ExecutionException, InterruptedException {
        try {
            main.get(settings.seconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new ExecutionException(
                    new AssertionError("not done within " + settings.seconds() + " s\n" + Green.dump(), e));
        }
    }

    private AssertionError failedOn(HubProvider provider, long seed, @Nullable Throwable failure) {
        if (failure instanceof TestAbortedException aborted) {
            throw aborted;
        }
        return new AssertionError("Seed " + seed + " fails on " + provider.name() + " (" + schedule + "): " + failure
                + "\nTo run its schedule again: mvn test -Dtest='" + body.name() + "' -D" + SEED + "=" + seed, failure);
    }

    /** What the first loop on a hub opens for good is not a leak. */
    private static void warmUp(HubProvider provider) throws Exception {
        new ServerSocket(0).close(); // The JDK's sockets keep a descriptor for themselves.
        Green.run(options -> options.hub(provider), () -> {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                    var client = Net.connect(listener.getLocalSocketAddress());
                    var _ = listener.accept()) {
                client.shutdownOutput();
            }
        });
    }
}
