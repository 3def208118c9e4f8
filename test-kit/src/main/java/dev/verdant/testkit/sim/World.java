package dev.verdant.testkit.sim;

import dev.verdant.green.spi.FaultPoint;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A simulated machine room: hosts, the network between them, and one clock for all that runs there. Everything that happens in it follows from its seed and from
 * the order of the calls to it.
 *
 * <p>Programs live in it through the hubs that {@link #provider()} opens. {@link Hub#nanoTime()} of each is the world's clock, which starts at 0 and jumps, as
 * soon as no hub has anything to do, to the next moment at which something happens.
 *
 * <p>Any thread may call, at any time.
 */
public final class World {

    static final String NAME = "sim";

    /** What the clock on the wall shows when a world begins. */
    static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    /** How far {@link Mishap#CLOCK_SET} goes, forward or back. */
    private static final long FARTHEST_SET_NANOS = 1_000_000_000L;

    /** The host that a thread runs on, of whichever world. */
    private static final InheritableThreadLocal<SimHost> HERE = new InheritableThreadLocal<>();

    final Timeline time = new Timeline();

    /** The network's own randomness, so that no other use of the seed shifts it. Guarded by the timeline's word, as the rest. */
    final SplittableRandom random;

    private final Map<String, SimHost> hostsByName = new LinkedHashMap<>();
    private final Map<InetAddress, SimHost> hostsByAddress = new HashMap<>();
    private final SimLink links;
    private final SimHost defaultHost;
    private final SimNames names = new SimNames(this);

    private volatile FaultPoint.@Nullable Faults faults;
    private int channels;
    private volatile Duration wallClockJumps = Duration.ZERO;

    /**
     * Creates a world.
     *
     * @param seed what all chance on its network follows from
     */
    public World(long seed) {
        this.random = new SplittableRandom(seed);
        this.links = new SimLink(this, null, null);
        this.defaultHost = new SimHost(this, "localhost", 0, SimHost.address(0xffffff));
        hostsByName.put(defaultHost.name(), defaultHost);
        hostsByAddress.put(defaultHost.address(), defaultHost);
    }

    /**
     * Returns what opens hubs in this world. It is found by no {@link java.util.ServiceLoader}.
     *
     * @return a provider; those of one world are equal
     */
    public HubProvider provider() {
        return new Provider(this);
    }

    // ---- time

    /**
     * Returns the time.
     *
     * @return nanoseconds since the world began
     */
    public long nanoTime() {
        return time.now();
    }

    /**
     * Returns the clock on the wall. It goes with time, from the same moment in every world.
     *
     * @return a clock
     */
    public InstantSource wallClock() {
        return () -> {
            if (strikes(Mishap.CLOCK_SET)) {
                jumpWallClock(Duration.ofNanos(draw(Mishap.CLOCK_SET, 2 * FARTHEST_SET_NANOS) - FARTHEST_SET_NANOS));
            }
            return BEGINNING.plusNanos(time.now()).plus(wallClockJumps);
        };
    }

    /**
     * Sets the clock on the wall forward or back, as administrators and time servers do. {@link #nanoTime()} stays as it is.
     *
     * @param by how far; negative sets it back
     */
    public void jumpWallClock(Duration by) {
        time.enter();
        try {
            wallClockJumps = wallClockJumps.plus(by);
        } finally {
            time.leave();
        }
    }

    /**
     * Lets the clock stand until as many calls of {@link #release()}, because something is under way that the world does not see.
     */
    public void hold() {
        time.enter();
        time.hold();
        time.leave();
    }

    /**
     * Takes a {@link #hold()} back.
     *
     * @throws IllegalStateException if there is none
     */
    public void release() {
        time.enter();
        try {
            time.release();
        } finally {
            time.leaveAndTell();
        }
    }

    /**
     * Tells whether something is under way that the world does not see.
     *
     * @return true from the first {@link #hold()} until the last {@link #release()}
     */
    public boolean isHeld() {
        time.enter();
        boolean held = time.isHeld();
        time.leave();
        return held;
    }

    /**
     * Has the clock stand where it is but for {@link #advance}.
     */
    public void stopClock() {
        time.enter();
        time.limit(time.now());
        time.leave();
    }

    /**
     * Takes {@link #stopClock()} back.
     */
    public void runClock() {
        time.enter();
        time.limit(Timeline.NEVER);
        time.leaveAndTell();
    }

    /**
     * Lets a clock that {@linkplain #stopClock() stands} run on for so long. It does so in jumps, from one moment at which something happens to the next, as soon as
     * nothing can run; whoever called sees it at the new time once it has waited for that long.
     *
     * @param by how long
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if the clock does not stand
     */
    public void advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("by: " + by + " (expected: not negative)");
        }
        time.enter();
        try {
            if (time.limit() == Timeline.NEVER) {
                throw new IllegalStateException("the clock runs by itself: call stopClock() first");
            }
            time.limit(Math.addExact(time.limit(), by.toNanos()));
        } finally {
            time.leaveAndTell();
        }
    }

    /**
     * Says what to call when nothing can ever happen again by itself: every hub waits, without a deadline or for a time that a {@linkplain #stopClock stopped}
     * clock does not reach, nothing is under way on the network, and no hold is open. Called once for each time that it comes to that, on whichever thread was the last to wait, before it waits on.
     *
     * @param told what to call; may wake hubs, open holds, and throw nothing
     */
    public void onStuck(Runnable told) {
        time.onStuck(Objects.requireNonNull(told, "told"));
    }

    /**
     * Says who is told what happens. Before that, nobody is.
     *
     * @param listener one listener, or null for none
     */
    public void listen(@Nullable WorldListener listener) {
        time.enter();
        time.listen(listener);
        time.leave();
    }

    /**
     * Says who decides what goes wrong here: on the network, and with the calls of the hosts' operating systems. Without it, {@link FaultPoint} asks whoever is
     * installed there. What arrives may be brought by any thread that lets the clock jump, so only a decider of the world's own is always asked in the same
     * order.
     *
     * @param decides is called with the world's word taken: it must be quick, must not block, and must not call the world; null for none
     */
    public void decide(FaultPoint.@Nullable Faults decides) {
        faults = decides;
    }

    boolean strikes(FaultPoint point) {
        FaultPoint.Faults decides = faults;
        return decides == null ? point.strikes() : decides.strikes(point);
    }

    long draw(FaultPoint point, long bound) {
        FaultPoint.Faults decides = faults;
        return decides == null ? point.draw(bound) : decides.draw(point, bound);
    }

    // ---- hosts

    /**
     * Finds a host, or makes it: the first has the address 10.0.0.1, the next 10.0.0.2.
     *
     * @param name its name, which others can look up
     * @return the same host for the same name
     * @throws IllegalArgumentException if the name is blank
     */
    public SimHost host(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name: '" + name + "' (expected: not blank)");
        }
        time.enter();
        try {
            SimHost host = hostsByName.get(name);
            if (host == null) {
                int number = hostsByName.size(); // The default host is none of the named ones.
                host = new SimHost(this, name, number, SimHost.address(number));
                hostsByName.put(name, host);
                hostsByAddress.put(host.address(), host);
            }
            return host;
        } finally {
            time.leave();
        }
    }

    /**
     * Returns the host that the caller runs on: the one that it, or whoever started it, has {@linkplain SimHost#run entered}; else the default host,
     * {@code localhost}.
     *
     * @return the host
     */
    public SimHost here() {
        SimHost host = HERE.get();
        return host == null || host.world != this ? defaultHost : host;
    }

    static @Nullable SimHost enter(@Nullable SimHost host) {
        SimHost before = HERE.get();
        if (host == null) {
            HERE.remove();
        } else {
            HERE.set(host);
        }
        return before;
    }

    /**
     * Returns the hosts.
     *
     * @return all that have been made, in that order; the default host first
     */
    public List<SimHost> hosts() {
        time.enter();
        try {
            return List.copyOf(hostsByName.values());
        } finally {
            time.leave();
        }
    }

    @Nullable SimHost hostNamed(String name) {
        return hostsByName.get(name);
    }

    @Nullable SimHost hostAt(InetAddress address) {
        return hostsByAddress.get(address);
    }

    /**
     * Returns who knows the names of the hosts.
     *
     * @return the world's one name service
     */
    public SimNames names() {
        return names;
    }

    // ---- links

    /**
     * Returns what holds for every link between two hosts that was not changed itself.
     *
     * @return without latency and without faults, until it is changed
     */
    public SimLink links() {
        return links;
    }

    /**
     * Returns the link from one host to another. The way back is another link.
     *
     * @param from the sender
     * @param to the receiver; a host has a link to itself, too, which {@link #links()} does not concern
     * @return the same link for the same hosts
     */
    public SimLink link(SimHost from, SimHost to) {
        time.enter();
        try {
            return from.linkTo(to);
        } finally {
            time.leave();
        }
    }

    /**
     * Parts hosts from each other, in both directions, see {@link SimLink#partition()}.
     *
     * @param one hosts on one side
     * @param other hosts on the other
     */
    public void partition(Collection<SimHost> one, Collection<SimHost> other) {
        for (SimHost here : one) {
            for (SimHost there : other) {
                link(here, there).partition();
                link(there, here).partition();
            }
        }
    }

    /** Repairs every partition. */
    public void heal() {
        List<SimLink> parted = new ArrayList<>();
        for (SimHost host : hosts()) {
            parted.addAll(host.links());
        }
        parted.forEach(SimLink::heal);
    }

    // ---- for channels, with the timeline's word taken

    List<SimHost> hostsNow() {
        return List.copyOf(hostsByName.values());
    }

    int nextChannel() {
        return ++channels;
    }

    /** Opens hubs of one world. */
    private record Provider(World world) implements HubProvider {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public int priority() {
            return Integer.MIN_VALUE;
        }

        @Override
        public Optional<String> unusable() {
            return Optional.empty();
        }

        @Override
        public Hub open() {
            var hub = new SimHub(world);
            world.time.enter();
            world.time.add(hub);
            world.time.leave();
            return hub;
        }
    }
}
