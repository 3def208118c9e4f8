package dev.verdant.testkit.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way from one host to another, in one direction: how long it takes, what it loses, whether it is there at all. Setters return the link, and concern
 * what is sent from then on. Any thread may call.
 *
 * <p>A stream keeps its order on it, whatever happens. A connection's end and its breaking travel as its bytes do.
 */
public final class SimLink {

    /** Apart by so much, pieces of a write are news of their own each. */
    private static final long BETWEEN_SLICES_NANOS = 1000;

    private static final long LONGEST_SPIKE_NANOS = 1_000_000_000L;

    private final World world;
    private final @Nullable SimHost from;
    private final @Nullable SimHost to;

    // Guarded by the timeline's word.
    private @Nullable Settings own;
    private boolean held;
    private boolean parted;
    private long busyUntil;
    private final List<Parcel> waiting = new ArrayList<>();

    /** Without hosts: what holds for all links that say nothing else. */
    SimLink(World world, @Nullable SimHost from, @Nullable SimHost to) {
        this.world = world;
        this.from = from;
        this.to = to;
        if (from == to) {
            own = new Settings();
        }
    }

    static long nanos(String what, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(what + ": " + duration + " (expected: not negative)");
        }
        return duration.toNanos();
    }

    private static double probability(double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("probability: " + value + " (expected: 0 to 1)");
        }
        return value;
    }

    // ---- settings

    /**
     * Sets how long everything takes.
     *
     * @param least at the least
     * @return this link
     */
    public SimLink latency(Duration least) {
        return latency(least, Duration.ZERO);
    }

    /**
     * Sets how long everything takes.
     *
     * @param least at the least
     * @param jitter as much longer at the most, by chance
     * @return this link
     */
    public SimLink latency(Duration least, Duration jitter) {
        long leastNanos = nanos("least", least);
        long jitterNanos = nanos("jitter", jitter);
        return set(s -> {
            s.latency = leastNanos;
            s.jitter = jitterNanos;
        });
    }

    /**
     * Sets how much passes.
     *
     * @param bytesPerSecond at the most; 0 for as much as you like
     * @return this link
     */
    public SimLink bandwidth(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("bytesPerSecond: " + bytesPerSecond + " (expected: >= 0)");
        }
        return set(s -> s.bandwidth = bytesPerSecond);
    }

    /**
     * Cuts what is written to streams into pieces, which arrive one after the other.
     *
     * @param mostBytes the longest piece, by chance they are shorter; 0 cuts nothing
     * @return this link
     */
    public SimLink slices(int mostBytes) {
        if (mostBytes < 0) {
            throw new IllegalArgumentException("mostBytes: " + mostBytes + " (expected: >= 0)");
        }
        return set(s -> s.slice = mostBytes);
    }

    /**
     * Loses datagrams.
     *
     * @param probability from 0 to 1
     * @return this link
     */
    public SimLink loss(double probability) {
        double checked = probability(probability);
        return set(s -> s.loss = checked);
    }

    /**
     * Delivers datagrams twice.
     *
     * @param probability from 0 to 1
     * @return this link
     */
    public SimLink duplication(double probability) {
        double checked = probability(probability);
        return set(s -> s.duplication = checked);
    }

    /**
     * Delays datagrams, so that later ones overtake them.
     *
     * @param probability from 0 to 1
     * @param most how long at the most
     * @return this link
     */
    public SimLink reordering(double probability, Duration most) {
        double checked = probability(probability);
        long mostNanos = nanos("most", most);
        return set(s -> {
            s.reordering = checked;
            s.reorderBy = mostNanos;
        });
    }

    private SimLink set(Consumer<Settings> change) {
        world.time.enter();
        try {
            Settings changed = new Settings(settings());
            change.accept(changed);
            own = changed;
            return this;
        } finally {
            world.time.leave();
        }
    }

    // ---- faults by hand

    /** Keeps everything that is sent from now on, until {@link #release()}. */
    public void hold() {
        requireHosts();
        world.time.enter();
        held = true;
        world.time.leave();
    }

    /** Sends what was kept on its way, in its order. */
    public void release() {
        requireHosts();
        world.time.enter();
        try {
            held = false;
            forward();
        } finally {
            world.time.leaveAndTell();
        }
    }

    /** Cuts the link until {@link #heal()}: what streams send waits, datagrams are lost, and connects go unheard. */
    public void partition() {
        requireHosts();
        world.time.enter();
        parted = true;
        world.time.leave();
    }

    /** Repairs a {@link #partition()}: what waited goes on its way. */
    public void heal() {
        requireHosts();
        world.time.enter();
        try {
            parted = false;
            forward();
        } finally {
            world.time.leaveAndTell();
        }
    }

    /** Breaks every connection between the two hosts, at both ends at once. */
    public void reset() {
        SimHost sender = requireHosts();
        world.time.enter();
        try {
            for (SimChannel channel : sender.channels()) {
                if (channel instanceof SimStream stream) {
                    stream.breakIfOver(this);
                }
            }
        } finally {
            world.time.leaveAndTell();
        }
    }

    private SimHost requireHosts() {
        if (from == null) {
            throw new IllegalStateException(
                    "this is what holds for all links, and none itself: ask World.link(from, to)");
        }
        return from;
    }

    // ---- with the timeline's word taken

    private Settings settings() {
        Settings mine = own;
        return mine == null ? world.links().settings() : mine;
    }

    /** Returns the longest piece of a stream that passes whole. */
    int slice() {
        int most = settings().slice;
        return most == 0 ? Integer.MAX_VALUE : 1 + world.random.nextInt(most);
    }

    boolean isParted() {
        return parted;
    }

    /** Brings something that belongs to a stream, in its order. */
    void carry(Flow flow, Segment.Kind kind, int length, long extraNanos) {
        if (held || parted) {
            waiting.add(new Segment(flow, kind, length));
            flow.underWay++;
            return;
        }
        Settings now = settings();
        long delay = delay(now, length) + extraNanos;
        if (length > 0 && world.strikes(Mishap.LATENCY_SPIKE)) {
            delay += 1 + world.draw(Mishap.LATENCY_SPIKE, LONGEST_SPIKE_NANOS);
        }
        if (delay == 0 && flow.underWay == 0 && now.slice == 0) {
            flow.arrive(kind, length);
            return;
        }
        long between = now.slice == 0 ? 0 : BETWEEN_SLICES_NANOS;
        long arrival = Math.max(flow.lastArrival + between, world.time.now() + delay);
        flow.lastArrival = arrival;
        flow.underWay++;
        world.time.at(arrival, new Segment(flow, kind, length));
    }

    /** Brings something that stands for itself and may be lost. Returns false if it is lost. */
    boolean carry(Parcel parcel, int length) {
        if (parted) {
            return false;
        }
        if (held) {
            waiting.add(parcel);
            return true;
        }
        Settings now = settings();
        SplittableRandom random = world.random;
        if (now.loss > 0 && random.nextDouble() < now.loss || world.strikes(Mishap.DATAGRAM_LOST)) {
            return false;
        }
        bring(parcel, now, length);
        if (now.duplication > 0 && random.nextDouble() < now.duplication || world.strikes(Mishap.DATAGRAM_TWICE)) {
            bring(parcel.again(), now, length);
        }
        return true;
    }

    /** Brings something that stands for itself and that only a partition loses. Returns false if it is lost. */
    boolean carryCertainly(Parcel parcel) {
        if (parted) {
            return false;
        }
        if (held) {
            waiting.add(parcel);
            return true;
        }
        bring(parcel, delay(settings(), 0));
        return true;
    }

    private void bring(Parcel parcel, Settings now, int length) {
        long delay = delay(now, length);
        if (now.reordering > 0 && world.random.nextDouble() < now.reordering) {
            delay += 1 + world.random.nextLong(now.reorderBy + 1);
        }
        if (world.strikes(Mishap.DATAGRAM_LATE)) {
            delay += 1 + world.draw(Mishap.DATAGRAM_LATE, LONGEST_SPIKE_NANOS);
        }
        bring(parcel, delay);
    }

    private void bring(Parcel parcel, long delay) {
        if (delay == 0) {
            parcel.happen();
        } else {
            world.time.at(world.time.now() + delay, parcel);
        }
    }

    private long delay(Settings now, int length) {
        long delay = now.latency;
        if (now.jitter > 0) {
            delay += world.random.nextLong(now.jitter + 1);
        }
        if (now.bandwidth > 0 && length > 0) {
            long moment = world.time.now();
            long takes = (long) (length * 1e9 / now.bandwidth);
            busyUntil = Math.max(busyUntil, moment) + takes;
            delay += busyUntil - moment;
        }
        return delay;
    }

    private void forward() {
        if (held || parted) {
            return;
        }
        List<Parcel> kept = List.copyOf(waiting);
        waiting.clear();
        for (Parcel parcel : kept) {
            if (parcel instanceof Segment segment) {
                segment.flow.underWay--;
                carry(segment.flow, segment.kind, segment.length, 0);
            } else {
                bring(parcel, delay(settings(), parcel.length()));
            }
        }
    }

    @Override
    public String toString() {
        return from == to ? from == null ? "all links" : "loopback of " + from : from + " -> " + to;
    }

    /** What may be set. */
    private static final class Settings {

        long latency;
        long jitter;
        long bandwidth;
        int slice;
        double loss;
        double duplication;
        double reordering;
        long reorderBy;

        Settings() {}

        Settings(Settings other) {
            latency = other.latency;
            jitter = other.jitter;
            bandwidth = other.bandwidth;
            slice = other.slice;
            loss = other.loss;
            duplication = other.duplication;
            reordering = other.reordering;
            reorderBy = other.reorderBy;
        }
    }
}
