package dev.verdant.testkit.faulty;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.NameService;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A hub of a {@link FaultyHub}. */
final class FaultHub implements Hub {

    /*
     * A fault must leave no readiness behind that nobody tells of: an edge-triggered hub has told of bytes once, and a read that was cut short looks as if
     * there were no more. So whatever was held back is asked for anew, on the hub's thread, before the next poll.
     */

    final Hub hub;
    final Faults faults;

    /** Channels of which something was held back. */
    private final Queue<Runnable> heldBack = new ConcurrentLinkedQueue<>();

    FaultHub(Hub hub, Faults faults) {
        this.hub = hub;
        this.faults = faults;
    }

    /** Has the next poll do something first. Any thread. */
    void beforeNextPoll(Runnable action) {
        heldBack.add(action);
        hub.wakeup();
    }

    @Override
    public int poll(long timeoutNanos) {
        // Not more than there are now: a handler may hold back more.
        for (int i = heldBack.size(); i > 0; i--) {
            Runnable action = heldBack.poll();
            if (action != null) {
                action.run();
            }
        }
        return hub.poll(timeoutNanos);
    }

    @Override
    public void wakeup() {
        long delay = faults.wakeupDelayNanos();
        if (delay == 0) {
            hub.wakeup();
        } else {
            CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS).execute(hub::wakeup);
        }
    }

    @Override
    public StreamChannel openStream(SocketDomain domain) throws IOException {
        return new FaultStream(this, hub.openStream(domain));
    }

    @Override
    public ListenerChannel openListener(SocketDomain domain) throws IOException {
        return new FaultListener(this, hub.openListener(domain));
    }

    @Override
    public DatagramChannel openDatagram(SocketDomain domain) throws IOException {
        return new FaultDatagram(this, hub.openDatagram(domain));
    }

    @Override
    public PipeChannels openPipe() throws IOException {
        PipeChannels pipe = hub.openPipe();
        return new PipeChannels(new FaultSource(this, pipe.source()), new FaultSink(this, pipe.sink()));
    }

    // ---- as the hub underneath

    @Override
    public String name() {
        return hub.name();
    }

    @Override
    public long nanoTime() {
        return hub.nanoTime();
    }

    @Override
    public InstantSource wallClock() {
        return hub.wallClock();
    }

    @Override
    public boolean isTimeVirtual() {
        return hub.isTimeVirtual();
    }

    @Override
    public void hold() {
        hub.hold();
    }

    @Override
    public void release() {
        hub.release();
    }

    @Override
    public Optional<NameService> names() {
        return hub.names();
    }

    @Override
    public void confine(BooleanSupplier onHubThread) {
        hub.confine(onHubThread);
    }

    @Override
    public void close() {
        hub.close();
    }

    @Override
    public String toString() {
        return "faulty " + hub;
    }
}
