package dev.verdant.testkit;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.spi.FaultPoint;
import dev.verdant.green.spi.LoopObserver;
import dev.verdant.green.spi.ReadyOrder;
import dev.verdant.hub.NameService;
import dev.verdant.testkit.agent.Tripwire;
import dev.verdant.testkit.schedule.Choices;
import dev.verdant.testkit.schedule.Decisions;
import dev.verdant.testkit.schedule.Order;
import dev.verdant.testkit.sim.NetEvent;
import dev.verdant.testkit.sim.SimHost;
import dev.verdant.testkit.sim.World;
import dev.verdant.testkit.sim.WorldListener;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A run of a program in a world of its own: hosts, a network, and a clock, all in memory. Everything that happens there follows from a seed, so a run that fails
 * can be repeated.
 *
 * {@snippet :
 * Simulation.seed(42).run(() -> {
 *     var simulation = Simulation.current();
 *     simulation.host("server").start(() -> EchoServer.serve(7));
 *     simulation.link("client", "server").latency(Duration.ofMillis(5), Duration.ofMillis(5));
 *     simulation.host("client").start(() -> {
 *         try (var socket = Net.connect(new InetSocketAddress("server", 7))) { ... }
 *     }).await();
 * });
 * }
 *
 * <p><b>Time</b> stands while a green thread can run, and while work is under way elsewhere: a {@code NativePool} task, or whatever holds {@link #hold()}. Then it
 * jumps to whatever comes next. If nothing can come any more, the run ends with a {@link SimulationError} that shows who waits for what.
 *
 * <p><b>What must not be done</b>, because its outcome does not follow from the seed: to read the machine's clocks and random sources, and to let other
 * threads than green ones take part without a hold. What of this can be seen from here is reported: timed waits of the JDK's ({@link JdkWaits}), threads
 * that reach in, and with the agent what is read and who is started ({@link #disturbances()}).
 *
 * <p>It is set up by one thread, which then calls {@link #run}. While it runs, its methods are for its green threads, if they say nothing else.
 */
public final class Simulation {

    /** So many steps without time going on are no progress. */
    private static final int LIVELOCK = 1_000_000;

    /** How many orderings a bug is thought to take, and how many steps a run, for {@link Schedule#PCT}. */
    private static final int PCT_DEPTH = 3;

    private static final int PCT_LEAST_LOG_STEPS = 3;

    private static final int PCT_MOST_LOG_STEPS = 14;

    /** The JDK's thread that brings who has waited for a monitor; the kernel waits for it, so it disturbs nothing. */
    private static final String UNBLOCKER = "VirtualThread-unblocker";

    private static final String KIT = Simulation.class.getName();

    private static final Map<EventLoop, Simulation> RUNNING = new ConcurrentHashMap<>();

    /** Enough to find out by; a thread that reaches in once mostly does so often. */
    private static final int MOST_DISTURBANCES = 100;

    static {
        FaultPoint.install(new Lots());
        Tripwire.install(new Wires());
    }

    private final long seed;
    private final World world;
    private final FaultPlan faults = new FaultPlan();
    private final Map<SimHost, Host> hosts = new LinkedHashMap<>();
    private final Random random;
    private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    private final List<Throwable> disturbances = new CopyOnWriteArrayList<>();
    private final Set<String> sites = new HashSet<>();
    private final Thread driver = Thread.currentThread();

    private Schedule schedule = Schedule.FIFO;
    private Decisions replayedPicks = Decisions.NONE;
    private @Nullable Decisions replayedFaults;
    private Clock clock = Clock.AUTO;
    private JdkWaits jdkWaits = JdkWaits.FAIL;
    private Disturbances onDisturbance = Disturbances.REPORT;
    private Duration deadline = Duration.ofSeconds(10);
    private boolean detailed;

    private Order order = Order.fifo();
    private Choices faultLots = Choices.replay(Decisions.NONE);
    private Trace trace = new Trace(false);
    private int stepsWithoutTime;
    private @Nullable Thread inJdk;
    private @Nullable Throwable jdkWait;
    private boolean begun;
    private volatile @Nullable EventLoop loop;

    /** How often the loop polls before that is chance, so nothing may depend on it. */
    private volatile boolean mainHasBegun;

    private Simulation(long seed) {
        this.seed = seed;
        this.world = new World(seed);
        this.random = new Random(stream(1).nextLong());
    }

    /** Each use of randomness has its own, so that one more draw here changes nothing there. */
    private SplittableRandom stream(int number) {
        return new SplittableRandom(seed * 31 + number);
    }

    // ---- setting up

    /**
     * Makes a world.
     *
     * @param seed what everything in it follows from
     * @return a simulation that has not begun
     */
    public static Simulation seed(long seed) {
        return new Simulation(seed);
    }

    /**
     * Chooses which green thread runs next.
     *
     * @param schedule any but {@link Schedule#REPLAY}, see {@link #replay}; {@link Schedule#FIFO} if this is never called
     * @return this
     */
    public Simulation schedule(Schedule schedule) {
        requireSetUp();
        if (schedule == Schedule.REPLAY) {
            throw new IllegalArgumentException(
                    "schedule: REPLAY (expected: FIFO, RANDOM or PCT; replay(...) takes the choices)");
        }
        this.schedule = schedule == Schedule.AUTO ? Schedule.FIFO : schedule;
        return this;
    }

    /**
     * Repeats what another run with this seed chose.
     *
     * @param choices its {@link #choices()}, or a part of them
     * @return this
     */
    public Simulation replay(String choices) {
        requireSetUp();
        int slash = choices.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("choices: '" + choices + "' (expected: PICKS/FAULTS)");
        }
        return replay(Decisions.parse(choices.substring(0, slash)), Decisions.parse(choices.substring(slash + 1)));
    }

    Simulation replay(Decisions picks, Decisions faults) {
        this.schedule = Schedule.REPLAY;
        this.replayedPicks = picks;
        this.replayedFaults = faults;
        return this;
    }

    /**
     * Chooses how time goes by.
     *
     * @param clock {@link Clock#AUTO}, if this is never called, or {@link Clock#MANUAL}
     * @return this
     */
    public Simulation clock(Clock clock) {
        requireSetUp();
        if (clock == Clock.REAL) {
            throw new IllegalArgumentException("clock: REAL (expected: AUTO or MANUAL; real time is for real hubs)");
        }
        this.clock = clock;
        return this;
    }

    /**
     * Chooses what becomes of timed waits that go past Verdant.
     *
     * @param jdkWaits {@link JdkWaits#FAIL} if this is never called
     * @return this
     */
    public Simulation jdkWaits(JdkWaits jdkWaits) {
        requireSetUp();
        this.jdkWaits = Objects.requireNonNull(jdkWaits, "jdkWaits");
        return this;
    }

    /**
     * Chooses what becomes of the run if something took part in it that does not follow from the seed, see {@link #disturbances()}.
     *
     * @param disturbances {@link Disturbances#REPORT} if this is never called
     * @return this
     */
    public Simulation disturbances(Disturbances disturbances) {
        requireSetUp();
        this.onDisturbance = Objects.requireNonNull(disturbances, "disturbances");
        return this;
    }

    /**
     * Limits the run.
     *
     * @param realTime by the machine's clock; 10 s if this is never called
     * @return this
     */
    public Simulation deadline(Duration realTime) {
        requireSetUp();
        if (realTime.isNegative() || realTime.isZero()) {
            throw new IllegalArgumentException("realTime: " + realTime + " (expected: > 0)");
        }
        this.deadline = realTime;
        return this;
    }

    /**
     * Has the run keep what happens, for {@link Trace#timeline()} and {@link Trace#writeChromeTrace}.
     *
     * @return this
     */
    public Simulation detailed() {
        requireSetUp();
        this.detailed = true;
        return this;
    }

    private void requireSetUp() {
        if (begun) {
            throw new IllegalStateException("the simulation has begun: this is to be said before run(...)");
        }
    }

    // ---- the run

    /**
     * Returns the simulation that the caller is in.
     *
     * @return the simulation
     * @throws IllegalStateException if the caller is no green thread of one
     */
    public static Simulation current() {
        Simulation current = currentOrNull();
        if (current == null) {
            throw new IllegalStateException("the thread '" + Thread.currentThread().getName()
                    + "' is in no simulation: use @GreenTest, or Simulation.seed(...).run(...)");
        }
        return current;
    }

    private static @Nullable Simulation currentOrNull() {
        EventLoop loop = EventLoop.current();
        return loop == null ? null : RUNNING.get(loop);
    }

    /**
     * Runs a program, and returns when its main green thread has ended: what is still alive then is killed, and its finally blocks run. Once, by a thread
     * that is not green.
     *
     * @param main runs as a green thread on the host that has no name
     * @throws Exception what {@code main} throws
     * @throws SimulationError if the run cannot go on, or takes too long
     */
    public void run(GreenTask main) throws Exception {
        requireSetUp();
        begun = true;
        prepare();
        Throwable failure;
        Hold untilMainIsThere = hold();
        try (var started = EventLoop.start(this::configure)) {
            loop = started;
            RUNNING.put(started, this);
            started.spawn("main", () -> {
                untilMainIsThere.close();
                runMain(main);
            });
            failure = awaitEnd();
            world.runClock(); // Those who are killed now have a while, which must go by.
        } finally {
            untilMainIsThere.close();
            RUNNING.values().remove(this);
        }
        throwWhatCame(failure);
        if (onDisturbance == Disturbances.FAIL && !disturbances.isEmpty()) {
            throw disturbed();
        }
    }

    private SimulationError disturbed() {
        var error = new SimulationError(
                "The run was disturbed: what took part does not follow from the seed.\n" + listDisturbances(), null);
        disturbances.forEach(error::addSuppressed);
        return error;
    }

    /** A line or two each, for a person to read. */
    String listDisturbances() {
        var text = new StringBuilder();
        for (Throwable each : disturbances) {
            StackTraceElement[] stack = each.getStackTrace();
            text.append("  ").append(each.getMessage()).append('\n');
            if (stack.length > 0) {
                text.append("      at ").append(stack[0]).append('\n');
            }
        }
        return text.toString();
    }

    private void prepare() {
        trace = new Trace(detailed);
        world.listen(new Recorder());
        world.decide(new FaultPoint.Faults() {

            @Override
            public boolean strikes(FaultPoint point) {
                return Simulation.this.strikes(point);
            }

            @Override
            public long draw(FaultPoint point, long bound) {
                return Simulation.this.draw(bound);
            }
        });
        world.onStuck(() -> halt(Halt.STUCK));
        if (clock == Clock.MANUAL) {
            world.stopClock();
        }
        order = switch (schedule) {
            case AUTO, FIFO -> Order.fifo();
            case RANDOM -> Order.random(stream(2));
            case PCT -> pct(stream(2));
            case REPLAY -> Order.replay(replayedPicks);
        };
        faultLots = replayedFaults != null ? Choices.replay(replayedFaults) : Choices.random(stream(3));
        faults.drawFrom(faultLots);
    }

    /** How long a run is, nobody knows before. So it is drawn, and often too short or too long for the run, but never always. */
    private static Order pct(SplittableRandom random) {
        return Order.pct(random, PCT_DEPTH, 1L << random.nextInt(PCT_LEAST_LOG_STEPS, PCT_MOST_LOG_STEPS));
    }

    private void configure(EventLoop.Options options) {
        options.name("simulation").hub(world.provider()).order(this::pick).observer(new Observer())
                .onUncaught((_, thrown) -> uncaught.add(thrown)).onSpawn(this::onItsHost);
    }

    private Callable<?> onItsHost(Callable<?> body) {
        Host host = hosts.get(world.here());
        return host == null ? body : host.ofThisLife(body);
    }

    private int pick(ReadyOrder.Ready ready) {
        int picked = order.pick(ready);
        trace.runs(ready.id(picked));
        if (++stepsWithoutTime == LIVELOCK) {
            halt(Halt.LIVELOCK);
        }
        return picked;
    }

    /** Whatever comes of it is told here and now: the thread that waits for it could be late, and would hear of more than the run. */
    private void runMain(GreenTask main) {
        mainHasBegun = true;
        try {
            main.run();
            end(null);
        } catch (Throwable e) {
            end(e);
        }
    }

    /** On the loop. What comes after is how its green threads are ended, which is no part of the run. */
    private void end(@Nullable Throwable failure) {
        trace.seal();
        if (failure == null) {
            over.complete(null);
        } else {
            over.completeExceptionally(failure);
        }
    }

    /** The run cannot go on. The thread that began it finds out more, while the loop rests. */
    private void halt(Halt why) {
        trace.seal();
        over.completeExceptionally(new Halted(why));
    }

    private enum Halt {
        STUCK, LIVELOCK, JDK_WAIT
    }

    private static final class Halted extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final Halt why;

        Halted(Halt why) {
            super(null, null, false, false);
            this.why = why;
        }
    }

    private @Nullable Throwable awaitEnd() throws InterruptedException {
        try {
            over.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            return null;
        } catch (TimeoutException e) {
            return new SimulationError("The run was not over within " + deadline.toMillis() + " ms of real time.\n"
                    + Green.dump(), null);
        } catch (ExecutionException e) {
            return e.getCause() instanceof Halted halted ? explain(halted.why) : e.getCause();
        }
    }

    private SimulationError explain(Halt why) {
        return switch (why) {
            case STUCK -> new SimulationError((clock == Clock.MANUAL
                    ? "Nothing can run, and time stands because the clock is MANUAL: let it go on by advance(...).\n"
                    : "Deadlock: nothing can run, and nothing is to come.\n")
                    + "If another thread was to wake one of these, take a hold before it begins: try (var _ = Simulation.current().hold()) { ... }\n"
                    + Green.dump(), null);
            case LIVELOCK -> new SimulationError("Livelock: " + LIVELOCK
                    + " turns were taken without time going on. Who turns in a loop is to wait for something.\n"
                    + Green.dump(), null);
            case JDK_WAIT -> new SimulationError(
                    "A timed wait went past Verdant, into the JDK, which measures it by the machine's clock: "
                            + "use Green.sleep, Verdant's queues, semaphores, events and Timeout instead; or jdkWaits = REAL.",
                    jdkWait);
        };
    }

    /** The first failure is thrown; others, of green threads that nobody waited for, are suppressed in it, or thrown if there is no first. */
    private void throwWhatCame(@Nullable Throwable failure) throws Exception {
        Throwable first = failure;
        for (Throwable each : uncaught) {
            if (first == null) {
                first = each;
            } else if (first != each) {
                first.addSuppressed(each);
            }
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof Exception exception) {
            throw exception;
        }
        if (first != null) {
            throw new AssertionError(first);
        }
    }

    // ---- what its loop tells

    private final class Observer implements LoopObserver {

        @Override
        public void began(Thread thread, String name) {
            Host host = hosts.get(world.here());
            if (host != null) {
                host.add(Green.current());
            }
            // The name that one without a name is given has a number of the JVM's.
            trace.begins(thread.getName(), host == null ? "thread" : host.name());
        }

        @Override
        public void ended(Thread thread, @Nullable Throwable failure) {
            trace.ends(failure);
            Host host = hosts.get(world.here());
            if (host != null) {
                host.remove(Green.current());
            }
        }

        @Override
        public void handedIn() {
            Thread thread = Thread.currentThread();
            if (thread != driver && !world.isHeld() && !thread.getName().startsWith(UNBLOCKER)) {
                disturbed("reached into the simulation without a hold");
            }
        }

        @Override
        public void waitsInJdk(@Nullable Thread thread, long nanos) {
            if (jdkWaits == JdkWaits.FAIL && inJdk == null) {
                inJdk = thread == null ? Thread.currentThread() : thread;
            }
        }

        /** The thread has been unmounted by now, so its stack can be had. */
        @Override
        public void turned(int events, int timers, int ran) {
            Thread waits = inJdk;
            if (waits != null && jdkWait == null) {
                jdkWait = new Throwable("timed wait of '" + waits.getName() + "'");
                jdkWait.setStackTrace(waits.getStackTrace());
                halt(Halt.JDK_WAIT);
            }
        }
    }

    /** What the world tells goes into the trace. */
    private final class Recorder implements WorldListener {

        @Override
        public void jumped(long from, long to) {
            stepsWithoutTime = 0;
            trace.timeGoesTo(to);
        }

        @Override
        public void happened(NetEvent what, int channel, int peer, int size) {
            trace.network(what.name().hashCode(), channel, (long) peer << 32 | size,
                    trace.isDetailed() ? text(what, channel, peer, size) : null);
        }

        private static String text(NetEvent what, int channel, int peer, int size) {
            return "#" + channel + (peer == 0 ? "" : " (with #" + peer + ")") + " "
                    + what.name().toLowerCase(Locale.ROOT).replace('_', ' ') + (size == 0 ? "" : " " + size);
        }
    }

    /** By the caller. */
    private void disturbed(String how) {
        if (!over.isDone() && disturbances.size() < MOST_DISTURBANCES) {
            var disturbance = new Throwable("the thread '" + Thread.currentThread().getName() + "' " + how);
            StackTraceElement[] stack = disturbance.getStackTrace();
            int first = 0;
            while (first < stack.length && isOfTheKit(stack[first])) {
                first++;
            }
            disturbance.setStackTrace(Arrays.copyOfRange(stack, first, stack.length));
            disturbances.add(disturbance);
        }
    }

    private static boolean isOfTheKit(StackTraceElement frame) {
        String owner = frame.getClassName();
        return owner.equals(KIT) || owner.startsWith(KIT + "$") || owner.equals(Tripwire.class.getName());
    }

    /** Notes what green threads of simulations do that does not follow from a seed: each place once a run. */
    private static final class Wires implements Tripwire.Listener {

        @Override
        public void crossed(String what, String site) {
            Simulation current = RUNNING.isEmpty() ? null : currentOrNull();
            if (current != null && current.sites.add(site)) {
                current.disturbed(what);
            }
        }

        /** Who holds has said so. */
        @Override
        public void startsThread(String what, String site) {
            Simulation current = RUNNING.isEmpty() ? null : currentOrNull();
            if (current != null && !current.world.isHeld() && current.sites.add(site)) {
                current.disturbed(what);
            }
        }
    }

    /** Decides for all simulations of the process. */
    private static final class Lots implements FaultPoint.Faults {

        @Override
        public boolean strikes(FaultPoint point) {
            Simulation current = RUNNING.isEmpty() ? null : currentOrNull();
            return current != null && current.strikes(point);
        }

        @Override
        public long draw(FaultPoint point, long bound) {
            Simulation current = currentOrNull();
            return current == null ? 0 : current.draw(bound);
        }
    }

    private long draw(long bound) {
        return faults.draw((int) Math.min(bound, Integer.MAX_VALUE));
    }

    private boolean strikes(FaultPoint point) {
        if (faults.isEmpty() || !mainHasBegun || over.isDone()) {
            return false;
        }
        boolean strikes = faults.strikes(point.name());
        FaultCoverage.count(point, strikes);
        if (strikes) {
            trace.fault(point.name());
        }
        return strikes;
    }

    // ---- the world

    /**
     * Returns a host of the network, made at the first call. Its name can be looked up there, and it has an address of its own.
     *
     * @param name for example {@code db-1}
     * @return the same for the same name
     */
    public Host host(String name) {
        return hosts.computeIfAbsent(world.host(name), machine -> new Host(this, machine));
    }

    /** Returns who knows the names where the caller is; null outside of simulations. Any thread. */
    static @Nullable NameService namesOfCaller() {
        Simulation current = RUNNING.isEmpty() ? null : currentOrNull();
        return current == null ? null : current.world.names();
    }

    String nameOf(InetAddress address) throws UnknownHostException {
        for (SimHost each : world.hosts()) {
            if (each.address().equals(address)) {
                return each.name();
            }
        }
        throw new UnknownHostException(address.getHostAddress());
    }

    /** Ends what runs on the hosts. */
    void stopHosts() {
        hosts.values().forEach(Host::stop);
    }

    /** How many are open on the host that has no name; those of the others go with them. */
    int channelsOfTheTest() {
        return world.hosts().getFirst().openChannels();
    }

    /** Whether the caller is on the host that has no name: what it leaves behind is the test's. */
    boolean isOnTheTestsHost() {
        return world.here() == world.hosts().getFirst();
    }

    EventLoop loop() {
        EventLoop known = loop;
        if (known == null) {
            throw new IllegalStateException("the simulation has not begun: call this in run(...)");
        }
        return known;
    }

    /**
     * Returns what lies between two hosts, both ways.
     *
     * @param one a host's name
     * @param other another's
     * @return the same for the same two
     */
    public Link link(String one, String other) {
        SimHost first = world.host(one);
        SimHost second = world.host(other);
        return new Link(List.of(world.link(first, second), world.link(second, first)));
    }

    /**
     * Returns what lies between two hosts, one way.
     *
     * @param from a host's name
     * @param to another's
     * @return the same for the same two
     */
    public Link linkFrom(String from, String to) {
        return new Link(List.of(world.link(world.host(from), world.host(to))));
    }

    /**
     * Returns what lies between all hosts that nothing else was said of.
     *
     * @return the same each time
     */
    public Link links() {
        return new Link(List.of(world.links()));
    }

    /**
     * Returns what goes wrong by itself.
     *
     * @return nothing at first
     */
    public FaultPlan faults() {
        return faults;
    }

    /**
     * Keeps virtual time from going on, for as long as work that concerns the simulation is done by a thread that is not its own. Any thread.
     *
     * @return to be closed, once, by any thread, after the work has been handed over
     */
    public Hold hold() {
        world.hold();
        var open = new AtomicBoolean(true);
        return () -> {
            if (open.compareAndSet(true, false)) {
                world.release();
            }
        };
    }

    /** Keeps virtual time from going on until it is closed. */
    @FunctionalInterface
    public interface Hold extends AutoCloseable {

        @Override
        void close();
    }

    /**
     * Lets time go on, with {@link Clock#MANUAL}: what is due until then happens, in its order. The caller waits meanwhile.
     *
     * @param time how far
     * @throws IllegalStateException if time goes on by itself
     */
    public void advance(Duration time) {
        if (clock != Clock.MANUAL) {
            throw new IllegalStateException(
                    "advance: the clock is " + clock + " and goes on by itself; clock(MANUAL) is for this");
        }
        world.advance(time);
        Green.sleep(time);
    }

    /**
     * Returns the time of day, by the clock on the wall. It begins at the same moment in each run.
     *
     * @return a clock that goes with virtual time
     */
    public InstantSource wallClock() {
        return world.wallClock();
    }

    /**
     * Sets the clock on the wall forward or back, as an administrator or NTP does; deadlines are not moved by that.
     *
     * @param by how far; negative is back
     */
    public void jumpWallClock(Duration by) {
        world.jumpWallClock(by);
    }

    /**
     * Returns a source of randomness for the program and its test.
     *
     * @return always the same numbers for the same seed
     */
    public Random random() {
        return random;
    }

    /**
     * Writes something into the trace.
     *
     * @param text what happened
     */
    public void note(String text) {
        trace.note(text);
    }

    // ---- what came of it

    /**
     * Returns the seed. Any thread.
     *
     * @return as it was given
     */
    public long seed() {
        return seed;
    }

    /**
     * Returns what happened.
     *
     * @return the trace, complete when {@link #run} has returned
     */
    public Trace trace() {
        return trace;
    }

    /**
     * Returns what the run chose where it could have done otherwise: {@link #replay} does the same with the same seed.
     *
     * @return PICKS/FAULTS
     */
    public String choices() {
        return picks() + "/" + faultsTaken();
    }

    Decisions picks() {
        return order.picks();
    }

    Decisions faultsTaken() {
        return faultLots.taken();
    }

    /**
     * Returns what took part that does not follow from the seed: threads that reached in from outside without a hold; and, in a JVM that was started with the
     * {@linkplain dev.verdant.testkit.agent agent}, where green threads read the machine's clocks, took its chance, or started platform threads without a hold, each place
     * once, at the most a hundred in all. Any thread.
     *
     * @return an exception each, with the stack of the thread that did it
     */
    public List<Throwable> disturbances() {
        return List.copyOf(disturbances);
    }
}
