package dev.verdant.testkit.sim;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.NameService;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A hub of a {@link World}. Threads and errors as {@link Hub} says. */
final class SimHub implements Hub {

    final World world;

    private final Timeline time;

    private volatile BooleanSupplier onHubThread;
    private volatile boolean closed;

    /** A wake-up has been asked for and no poll has returned since. Set with the timeline's word taken. */
    private volatile boolean woken;

    /** Waits in its poll and has got nothing. Changed by the timeline, with its word taken. */
    volatile boolean idle;

    // Guarded by the timeline's word.
    long deadline = Timeline.NEVER;
    Thread driver;
    private final Set<SimChannel> registered = new LinkedHashSet<>();
    private @Nullable Registration[] ready = new Registration[16];
    private int readyCount;

    // The hub's thread's alone.
    private @Nullable Registration[] found = new Registration[16];
    private int[] foundOps = new int[16];
    private boolean polling;

    SimHub(World world) {
        this.world = world;
        this.time = world.time;
        this.driver = Thread.currentThread();
        Thread opener = driver;
        this.onHubThread = () -> Thread.currentThread() == opener;
    }

    @Override
    public String name() {
        return World.NAME;
    }

    @Override
    public long nanoTime() {
        return time.now();
    }

    @Override
    public InstantSource wallClock() {
        return world.wallClock();
    }

    @Override
    public boolean isTimeVirtual() {
        return true;
    }

    @Override
    public void hold() {
        world.hold();
    }

    @Override
    public void release() {
        world.release();
    }

    @Override
    public Optional<NameService> names() {
        return Optional.of(world.names());
    }

    @Override
    public void confine(BooleanSupplier onThread) {
        this.onHubThread = onThread;
    }

    boolean isHere() {
        return onHubThread.getAsBoolean();
    }

    void requireHere() {
        if (!isHere()) {
            throw new IllegalStateException("called off the thread of " + this + ": by " + Thread.currentThread());
        }
    }

    // ---- polling

    @Override
    public int poll(long timeoutNanos) {
        if (closed) {
            throw new IllegalStateException("closed: " + this);
        }
        if (polling) {
            throw new IllegalStateException("poll called from a readiness handler");
        }
        polling = true;
        try {
            return deliver(find(timeoutNanos));
        } finally {
            polling = false;
        }
    }

    /** Waits for news, takes it over into {@link #found}, and returns how much of it there is. */
    private int find(long timeoutNanos) {
        // While something is held, how often is polled depends on threads outside, and what is drawn may not.
        boolean early = timeoutNanos != 0 && !world.isHeld() && world.strikes(Mishap.POLL_EARLY);
        boolean interrupted = false;
        time.enter();
        driver = Thread.currentThread();
        time.deliverDue();
        deadline = early ? time.now() : deadline(timeoutNanos);
        while (readyCount == 0 && !woken && deadline > time.now()) {
            time.fallIdle(this);
            time.leaveAndTell();
            while (idle) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // An interrupt ends no poll, but it would end every park.
            }
            time.enter();
        }
        int count = takeReady();
        woken = false;
        time.leave();
        VarHandle.fullFence(); // Who found the wake-up still set is seen by what comes after this poll.
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return count;
    }

    private long deadline(long timeoutNanos) {
        if (timeoutNanos < 0) {
            return Timeline.NEVER;
        }
        long end = time.now() + timeoutNanos;
        return end < 0 ? Timeline.NEVER : end;
    }

    private int takeReady() {
        int count = readyCount;
        if (found.length < count) {
            found = new Registration[ready.length];
            foundOps = new int[ready.length];
        }
        for (int i = 0; i < count; i++) {
            Registration registration = Objects.requireNonNull(ready[i]);
            found[i] = registration;
            foundOps[i] = registration.ops;
            registration.ops = 0;
            ready[i] = null;
        }
        readyCount = 0;
        return count;
    }

    private int deliver(int count) {
        Throwable failure = null;
        int called = 0;
        for (int i = 0; i < count; i++) {
            Registration registration = Objects.requireNonNull(found[i]);
            found[i] = null;
            if (registration.over) {
                continue;
            }
            called++;
            try {
                registration.handler.ready(foundOps[i]);
            } catch (Throwable e) {
                failure = joined(failure, e);
            }
        }
        if (failure != null) {
            throw SimHub.<RuntimeException>unchecked(failure);
        }
        return called;
    }

    private static Throwable joined(@Nullable Throwable first, Throwable later) {
        if (first == null) {
            return later;
        }
        if (first != later) {
            first.addSuppressed(later);
        }
        return first;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // erased: the throw is the purpose
    private static <E extends Throwable> E unchecked(Throwable e) throws E {
        throw (E) e;
    }

    @Override
    public void wakeup() {
        // What the caller wrote before is seen after the poll that this ends, also if somebody else has asked for it already.
        VarHandle.fullFence();
        if (woken) {
            return;
        }
        time.enter();
        woken = true;
        time.awake(this);
        time.leave();
    }

    // ---- with the timeline's word taken

    /** Ends the wait of a poll. */
    void goOn() {
        idle = false;
        if (driver != Thread.currentThread()) { // Whose own poll makes time go on looks again before it waits.
            LockSupport.unpark(driver);
        }
    }

    /** Has the next poll call a handler, unless the registration is over by then. */
    void tell(Registration registration, int ops) {
        if (registration.ops == 0) {
            if (readyCount == ready.length) {
                ready = Arrays.copyOf(ready, 2 * readyCount);
            }
            ready[readyCount++] = registration;
        }
        registration.ops |= ops;
        time.awake(this);
    }

    void add(SimChannel channel) {
        if (closed) {
            throw new IllegalStateException("closed: " + this);
        }
        registered.add(channel);
    }

    void remove(SimChannel channel) {
        registered.remove(channel);
    }

    // ---- channels

    @Override
    public StreamChannel openStream(SocketDomain domain) throws IOException {
        requireDescriptor();
        return new SimStream(this, world.here(), domain);
    }

    @Override
    public ListenerChannel openListener(SocketDomain domain) throws IOException {
        requireDescriptor();
        return new SimListener(this, world.here(), domain);
    }

    @Override
    public DatagramChannel openDatagram(SocketDomain domain) throws IOException {
        requireDescriptor();
        return new SimDatagram(this, world.here(), domain);
    }

    @Override
    public PipeChannels openPipe() throws IOException {
        requireDescriptor();
        return SimPipe.open(this, world.here());
    }

    private void requireDescriptor() throws SocketException {
        if (closed) {
            throw new SocketException("closed: " + this);
        }
        if (world.strikes(Mishap.OPEN_EXHAUSTED)) {
            throw exhausted();
        }
    }

    static ResourceExhaustedException exhausted() {
        return new ResourceExhaustedException("Too many open files",
                new IOException("a simulated host ran out of them"));
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        requireHere();
        closed = true;
        time.enter();
        new ArrayList<>(registered).forEach(SimChannel::closeNow);
        time.remove(this);
        time.leaveAndTell();
    }

    @Override
    public String toString() {
        return World.NAME + " hub";
    }
}
