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

    private final EventLoop loop;
    private final Thread thread;
    private final String name;
    private final Throwable failure;

    private Unobserved(GreenFiber<?> fiber, EventLoop loop, Thread thread, Throwable failure) {
        super(fiber, UNREACHABLE);
        this.loop = loop;
        this.thread = thread;
        this.name = fiber.name();
        this.failure = failure;
    }

    static Unobserved keep(GreenFiber<?> fiber, EventLoop loop, Thread thread, Throwable failure) {
        var kept = new Unobserved(fiber, loop, thread, failure);
        ALL.add(kept);
        return kept;
    }

    /** Somebody has asked. */
    void observed() {
        ALL.remove(this);
    }

    /** Reports those whose handles are gone. */
    static void reportUnreachable() {
        for (var gone = UNREACHABLE.poll(); gone != null; gone = UNREACHABLE.poll()) {
            ((Unobserved) gone).report();
        }
    }

    /** Reports those of a loop that has ended. */
    static void reportAll(EventLoop loop) {
        for (Unobserved kept : ALL) {
            if (kept.loop == loop) {
                kept.report();
            }
        }
    }

    private void report() {
        if (ALL.remove(this)) {
            loop.uncaught(thread, name, failure);
        }
    }
}
