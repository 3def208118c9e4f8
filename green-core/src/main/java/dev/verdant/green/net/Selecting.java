package dev.verdant.green.net;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.net.SocketWaits.Use;
import dev.verdant.hub.Readiness;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One wait for the readiness of any of several channels, without a try. Confined to the green thread that waits. */
final class Selecting {

    private final Fiber fiber;
    private final List<Wanted> wanted = new ArrayList<>();

    /** A direction of a channel. */
    private static final class Wanted {

        final GreenChannel channel;
        final int op;
        final Pollable waits;

        Wanted(GreenChannel channel, int op) throws IOException {
            this.channel = channel;
            this.op = op;
            this.waits = Handles.waitsOf(channel);
        }

        boolean isReady() throws SocketException {
            waits.checkOpen();
            return Pollable.isReady(waits.state(op));
        }
    }

    /** Begins with nothing to wait for. */
    Selecting(String call) {
        this.fiber = Loop.requireFiber(call);
    }

    /** Adds a direction, which has not been added yet. */
    void add(GreenChannel channel, int op) throws IOException {
        var direction = new Wanted(channel, op);
        if (!direction.waits.has(op)) {
            throw new IllegalArgumentException("channel: " + channel + " (expected: something that can be "
                    + (op == Readiness.READ ? "read)" : "written; listeners are only read)"));
        }
        wanted.add(direction);
    }

    /** Waits until at least one is ready; false if the time has passed first. */
    boolean await(@Nullable Duration timeout) throws IOException, InterruptedException {
        int claimed = 0;
        try {
            for (; claimed < wanted.size(); claimed++) {
                Wanted each = wanted.get(claimed);
                SocketWaits.claim(each.waits, Use.of(each.channel, each.op), each.channel);
            }
            return awaitClaimed(timeout);
        } finally {
            for (int i = 0; i < claimed; i++) {
                wanted.get(i).waits.release(wanted.get(i).op);
            }
        }
    }

    private boolean awaitClaimed(@Nullable Duration timeout) throws IOException, InterruptedException {
        boolean buffered = false;
        for (Wanted each : wanted) {
            each.isReady();
            each.waits.recheck(each.op);
            buffered |= isBuffered(each);
        }
        // Zero time still lets the hub be asked once: what is ready then counts, though the deadline has passed as well.
        long nanos = buffered ? 0 : Waiter.nanos(timeout);
        long deadline = Pollable.deadline(fiber, nanos < 0 ? 0 : Math.max(1, nanos));
        for (boolean expired = false; !anyIsReady(); expired = !await(deadline)) {
            if (expired) {
                return buffered;
            }
        }
        return true;
    }

    private boolean anyIsReady() throws SocketException {
        boolean any = false;
        for (Wanted each : wanted) {
            any |= each.isReady();
        }
        return any;
    }

    private boolean await(long deadline) throws InterruptedException {
        if (deadline == 0) {
            fiber.await(this);
            return true;
        }
        return fiber.await(this, deadline);
    }

    /** Bytes that were read ahead are ready whatever the hub says. */
    private static boolean isBuffered(Wanted each) {
        return each.op == Readiness.READ && each.channel instanceof GreenSocket socket && socket.isBuffered();
    }

    /** Returns the channels that are ready in one direction, in the order in which they were added. */
    List<GreenChannel> ready(int op) throws SocketException {
        var ready = new ArrayList<GreenChannel>();
        for (Wanted each : wanted) {
            if (each.op == op && (isBuffered(each) || each.isReady())) {
                ready.add(each.channel);
            }
        }
        return ready;
    }

    @Override
    public String toString() {
        if (wanted.size() == 1) {
            Wanted only = wanted.getFirst();
            return (only.op == Readiness.READ ? "readability of " : "writability of ") + only.channel;
        }
        return "readiness of " + wanted.size() + " channels";
    }
}
