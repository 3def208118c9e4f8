package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The servers that are stopped when the JVM shuts down, and the one shutdown hook that does it. Any thread. */
final class ShutdownStops {

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Map<Handlers, Entry> SERVERS = new LinkedHashMap<>();
    private static @Nullable Thread hook;

    private ShutdownStops() {}

    private record Entry(Handlers handlers, List<Loop> loops, Closeable listener, Duration grace, Runnable wish) {

        List<Unfinished> stop() throws IOException, InterruptedException {
            return handlers.stop(loops.getFirst(), listener, grace);
        }
    }

    /** Adds a server, or changes its grace. */
    static void add(Handlers handlers, List<Loop> loops, Closeable listener, Duration grace) {
        Runnable wish = () -> {
            if (loops.stream().noneMatch(Loop::isOpen)) {
                remove(handlers); // Loops that end have closed what was on them.
            }
        };
        var entry = new Entry(handlers, loops, listener, grace, wish);
        Entry former;
        LOCK.lock();
        try {
            if (hook == null) {
                var made = new Thread(ShutdownStops::stopAll, "verdant-shutdown");
                Runtime.getRuntime().addShutdownHook(made);
                hook = made;
            }
            former = SERVERS.put(handlers, entry);
        } finally {
            LOCK.unlock();
        }
        forget(former);
        loops.forEach(loop -> loop.whenEnded(wish));
        if (!isCurrent(entry)) {
            forget(entry); // It was taken out meanwhile, when its wishes were not there yet.
        }
    }

    private static boolean isCurrent(Entry entry) {
        LOCK.lock();
        try {
            return SERVERS.get(entry.handlers) == entry;
        } finally {
            LOCK.unlock();
        }
    }

    /** The server has been closed otherwise. */
    static void remove(Handlers handlers) {
        Entry former;
        LOCK.lock();
        try {
            former = SERVERS.remove(handlers);
            Thread unused = hook;
            if (former != null && SERVERS.isEmpty() && unused != null && removed(unused)) {
                hook = null;
            }
        } finally {
            LOCK.unlock();
        }
        forget(former);
    }

    private static boolean removed(Thread unused) {
        try {
            return Runtime.getRuntime().removeShutdownHook(unused);
        } catch (IllegalStateException e) {
            return false; // It runs, or has run.
        }
    }

    private static void forget(@Nullable Entry former) {
        if (former != null) {
            former.loops.forEach(loop -> loop.forgetWish(former.wish));
        }
    }

    /** The hook. Every server is stopped at the same time, so that the longest grace bounds it all. */
    private static void stopAll() {
        List<Entry> entries;
        LOCK.lock();
        try {
            entries = new ArrayList<>(SERVERS.values());
        } finally {
            LOCK.unlock();
        }
        var stoppers = entries.stream().map(entry -> Thread.ofPlatform().name("verdant-shutdown-stop").daemon()
                .start(() -> stop(entry))).toList();
        try {
            for (Thread stopper : stoppers) {
                stopper.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Somebody is in a hurry.
        }
    }

    /** Says on standard error what went wrong: loggers, the JDK's among them, close themselves in shutdown hooks of their own, at the same time. */
    private static void stop(Entry entry) {
        try {
            for (var left : entry.stop()) {
                System.err.println("Not finished " + entry.grace.toMillis() + " ms after the shutdown began: " + left);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            System.err.println("Could not stop " + entry.handlers + ": " + e);
        }
    }
}
