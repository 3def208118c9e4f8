package dev.verdant.green;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A failure that nobody has asked for yet: reported when its handle becomes unreachable, or its loop closes. Any thread.
 */
final class Unobserved extends WeakReference<GreenFiber<?>> {

    private static final ReferenceQueue<GreenFiber<?>> UNREACHABLE = new ReferenceQueue<>();

    /** Keeps them reachable until they are reported or observed. */
    private static final Set<Unobserved> ALL = ConcurrentHashMap.newKeySet();

    // No reference to the thread: it leads to the handle, which would stay reachable.
    private final EventLoop loop;
    private final String name;
    private final Throwable failure;

    private Unobserved(GreenFiber<?> fiber, EventLoop loop, Throwable failure) {
        super(fiber, UNREACHABLE);
        this.loop = loop;
        this.name = fiber.name();
        this.failure = failure;
    }

    static Unobserved keep(GreenFiber<?> fiber, EventLoop loop, Throwable failure) {
        var kept = new Unobserved(fiber, loop, failure);
        ALL.add(kept);
        return kept;
    }

    /** Somebody has asked. */
    void observed() {
        ALL.remove(this);
    }

    /** Has those reported whose handles are gone, on their loops: a handler may wait, and the caller has other things to do. */
    static void reportUnreachable() {
        for (var gone = UNREACHABLE.poll(); gone != null; gone = UNREACHABLE.poll()) {
            var kept = (Unobserved) gone;
            var loop = kept.loop.kernel();
            loop.tell(() -> loop.help("verdant-reporter", kept::report), () -> {}); // If it has closed, reportAll() does it.
        }
    }

    static boolean isAnyOf(EventLoop loop) {
        return ALL.stream().anyMatch(kept -> kept.loop == loop);
    }

    /** Reports those of a loop that has ended. Not on its own thread. */
    static void reportAll(EventLoop loop) {
        for (Unobserved kept : ALL) {
            if (kept.loop == loop) {
                kept.report();
            }
        }
    }

    private void report() {
        if (ALL.remove(this)) {
            loop.uncaught(thread(), name, failure);
        }
    }

    /** The thread that failed, or one of its name if it is gone with its handle, or had none because it ran in its caller. */
    private Thread thread() {
        GreenFiber<?> fiber = get();
        Thread own = fiber != null ? fiber.threadOrNull() : null;
        return own != null ? own : Thread.ofVirtual().name(name).unstarted(() -> {});
    }
}
