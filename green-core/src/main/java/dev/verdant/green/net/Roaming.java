package dev.verdant.green.net;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.sync.GreenSemaphore;
import dev.verdant.hub.Hubs;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How a socket behaves that code holds which knows nothing of loops: connection pools open theirs on one thread, use them on others, and close them on a third. Each
 * direction is for one thread at a time, and who comes second waits, as at the JDK's. A wait belongs to the loop of whoever waits, and off every loop to one that
 * the process keeps for that, one for each kind of hub that is in use. Any thread.
 */
final class Roaming {

    private static final ReentrantLock STARTING = new ReentrantLock();

    /** By the name of their hubs; empty where there is none to be had, as for simulations. Never closed: they are there as long as the process. */
    private static final Map<String, Optional<Loop>> REFUGES = new ConcurrentHashMap<>();

    /** The one for sockets that are made on no loop. */
    private static volatile @Nullable Loop usual;

    private final GreenSemaphore reading = new GreenSemaphore(1);
    private final GreenSemaphore writing = new GreenSemaphore(1);

    /** Returns where a channel of a loop goes when that ends, or null if it can go nowhere. */
    private static @Nullable Loop refugeFrom(Loop loop) {
        String hub = loop.hub().name();
        Optional<Loop> known = REFUGES.get(hub);
        return (known != null ? known : startRefuge(hub)).orElse(null);
    }

    /** Starts the loop of who is on none, whose thread does nothing but wait for sockets. */
    private static Optional<Loop> startRefuge(String hub) {
        STARTING.lock();
        try {
            Optional<Loop> known = REFUGES.get(hub);
            if (known == null) {
                known = Hubs.providers().stream().filter(provider -> provider.name().equals(hub)).findFirst().map(
                        provider -> Handles.loopOf(
                                EventLoop.start(options -> options.name("verdant-patch").hub(provider))));
                REFUGES.put(hub, known);
            }
            return known;
        } finally {
            STARTING.unlock();
        }
    }

    /** Returns where the caller makes a socket. */
    static Loop here() {
        Loop loop = Loop.current();
        if (loop != null && loop.isOpen()) {
            return loop;
        }
        Loop known = usual;
        if (known == null) {
            known = startRefuge(Hubs.select().name()).orElseThrow();
            usual = known;
        }
        return known;
    }

    /** Returns where the caller waits for a channel of a loop: there if he cannot do it anywhere else. */
    private static Loop hereFor(Loop home) {
        Loop loop = Loop.current();
        if (loop != null && loop.isOpen()) {
            return isKin(home, loop) ? loop : home;
        }
        Loop refuge = refugeFrom(home);
        return refuge == null ? home : refuge;
    }

    /** Returns where an accepted channel is from now on: where it was accepted, if it can be there. */
    static Loop arrived(StreamChannel channel, Loop listeners) throws IOException {
        Loop here = hereFor(listeners);
        if (here == listeners) {
            return listeners;
        }
        try {
            channel.moveTo(here.hub());
            return here;
        } catch (IllegalArgumentException e) {
            return listeners;
        }
    }

    /** Has a channel go on when its loop ends. */
    static Pollable roaming(Pollable taken) {
        Loop refuge = refugeFrom(taken.loop());
        if (refuge != null) {
            taken.roam(refuge);
        }
        return taken;
    }

    // ---- turns

    /** Waits for a direction, at most so many milliseconds; 0 is for ever. {@link #end} follows. */
    void begin(int op, int timeoutMillis, String timeout) throws SocketTimeoutException {
        if (!acquire(of(op), timeoutMillis == 0 ? null : Duration.ofMillis(timeoutMillis))) {
            throw new SocketTimeoutException(timeout);
        }
    }

    boolean tryBegin(int op) {
        return of(op).tryAcquire();
    }

    void end(int op) {
        of(op).release();
    }

    private GreenSemaphore of(int op) {
        return op == Readiness.READ ? reading : writing;
    }

    /** As a lock of the JDK's sockets, it does not care about interrupts. */
    private static boolean acquire(GreenSemaphore turn, @Nullable Duration within) {
        if (turn.tryAcquire()) {
            return true;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (within != null) {
                        return turn.acquire(within);
                    }
                    turn.acquire();
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ---- places

    /**
     * The caller, who has begun in one direction, is about to wait so many nanoseconds, less than 0 for ever: the socket goes where he waits, unless somebody is busy with its other direction, or the
     * loop that has it with something else for so long.
     */
    void follow(Pollable waits, int op, long nanos) throws IOException {
        Loop here = hereFor(waits.loop());
        if (waits.loop() == here) {
            return;
        }
        int other = op == Readiness.READ ? Readiness.WRITE : Readiness.READ;
        if (!of(other).tryAcquire()) {
            return;
        }
        try {
            if (waits.claim(other) == null) {
                try {
                    boolean _ = waits.offerTo(here, nanos);
                } catch (IllegalArgumentException e) {
                    // A hub of another make with the same name: it is waited for where it is.
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // What that means is the wait's to say.
                } finally {
                    waits.release(other);
                }
            }
        } finally {
            of(other).release();
        }
    }

    /** A channel is of one kind of hub as long as it lives. */
    private static boolean isKin(Loop one, Loop other) {
        return one.hub().name().equals(other.hub().name());
    }

    // ---- being called away

    /**
     * What is thrown to somebody who does not know of timeouts, kills and loops: whatever has ended a wait in the middle of a conversation closes the socket. What sockets throw by themselves
     * is left to be thrown on, and so is an {@link Error} that comes from nobody, once it is closed.
     *
     * @param e what ended a call
     * @param close closes the socket
     * @throws SocketException instead of a timeout, a kill, or what a loop throws: nobody can tell how far the conversation had come
     */
    static void surface(Throwable e, Runnable close) throws SocketException {
        boolean isDelivered = Green.isDelivered(e);
        if (e instanceof IOException && !isDelivered) {
            return;
        }
        close.run();
        if (isDelivered) {
            Green.stayInterrupted(e);
            throw new SocketException("Closed by " + e);
        }
        if (e instanceof RuntimeException) {
            var closed = new SocketException("Closed by " + e);
            closed.initCause(e);
            throw closed;
        }
    }

    /** A virtual thread's interrupt has closed a socket; the JDK's class above closes itself as well if it is told so in these words. */
    static IOException told(IOException e) {
        Thread caller = Thread.currentThread();
        return caller.isVirtual() && caller.isInterrupted() && "Closed by interrupt".equals(e.getMessage())
                ? new InterruptedIOException(e.getMessage())
                : e;
    }
}
