package dev.verdant.green.kernel;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A hub without channels, for tests of what needs a loop and no I/O. */
final class IdleHub implements Hub {

    private final Semaphore wakeups = new Semaphore(0);

    static HubProvider provider() {
        return new HubProvider() {

            @Override
            public String name() {
                return "idle";
            }

            @Override
            public int priority() {
                return 0;
            }

            @Override
            public Optional<String> unusable() {
                return Optional.empty();
            }

            @Override
            public Hub open() {
                return new IdleHub();
            }
        };
    }

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public InstantSource wallClock() {
        return InstantSource.system();
    }

    @Override
    public void confine(BooleanSupplier onHubThread) {}

    @Override
    public int poll(long timeoutNanos) {
        try {
            if (timeoutNanos < 0) {
                wakeups.acquire();
            } else if (!wakeups.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS)) {
                return 0;
            }
            wakeups.drainPermits();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return 0;
    }

    @Override
    public void wakeup() {
        wakeups.release();
    }

    @Override
    public StreamChannel openStream(SocketDomain domain) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ListenerChannel openListener(SocketDomain domain) {
        throw new UnsupportedOperationException();
    }

    @Override
    public DatagramChannel openDatagram(SocketDomain domain) {
        throw new UnsupportedOperationException();
    }

    @Override
    public PipeChannels openPipe() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
