package dev.verdant.green.kernel;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of the process that looks whether the loops turn: {@code verdant-watch}.
 *
 * <p>A loop that does not turn is held by one of its green threads. If that one is in a Verdant wait, it could not be unmounted (a class
 * initializer or a native frame is on its stack) and would hold the loop for good: its wait fails. Whatever else holds a loop is logged with its
 * stack, at most once a second for each loop.
 *
 * <p>{@code -Dverdant.watch=MS} sets how long is too long, 100 by default; 0 switches it off, as a debugger does.
 */
public final class Watch implements Runnable {

    static final String PROPERTY = "verdant.watch";

    private static final long DEFAULT_MILLIS = 100;

    /** A program that starts has better things to do than to ask the JDK to be told of recordings. */
    private static final long START_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Map<Loop, Seen> LOOPS = new ConcurrentHashMap<>();

    private static @Nullable Thread thread;

    private final long patienceNanos;

    private Watch(long patienceNanos) {
        this.patienceNanos = patienceNanos;
    }

    /** What the watch remembers of a loop. Confined to the watch thread. */
    private static final class Seen {
        long turns = -1;
        long since;
        long logged = Long.MIN_VALUE;
    }

    static void add(Loop loop) {
        LOOPS.put(loop, new Seen());
        startOnce();
    }

    static void remove(Loop loop) {
        LOOPS.remove(loop);
    }

    /**
     * Returns the loops of the process that have not ended. Any thread.
     *
     * @return a copy
     */
    public static List<Loop> loops() {
        return List.copyOf(LOOPS.keySet());
    }

    private static synchronized void startOnce() {
        if (thread == null) {
            long millis = millis();
            if (millis > 0) {
                thread = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("verdant-watch")
                        .start(new Watch(TimeUnit.MILLISECONDS.toNanos(millis)));
            } else {
                FlightEvents.listen();
            }
        }
    }

    private static long millis() {
        String value = System.getProperty(PROPERTY);
        if (value == null) {
            return DEFAULT_MILLIS;
        }
        try {
            long millis = Long.parseLong(value);
            if (millis >= 0) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // Said below, with the value.
        }
        throw new IllegalArgumentException(PROPERTY + ": " + value + " (expected: milliseconds, 0 or more)");
    }

    private static boolean isDebugged() {
        String[] arguments = ProcessHandle.current().info().arguments().orElse(new String[0]);
        var all = new StringBuilder(String.join(" ", arguments));
        for (String variable : List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS")) {
            all.append(' ').append(System.getenv(variable));
        }
        return all.indexOf("jdwp") >= 0;
    }

    @Override
    public void run() {
        LockSupport.parkNanos(Math.min(patienceNanos / 2, START_NANOS));
        FlightEvents.listen();
        if (isDebugged()) {
            return;
        }
        while (true) {
            long before = System.nanoTime();
            LockSupport.parkNanos(patienceNanos / 2);
            boolean stalled = System.nanoTime() - before > patienceNanos;
            try {
                LOOPS.forEach((loop, seen) -> look(loop, seen, stalled));
            } catch (Throwable e) {
                // Not even the report of a failure was possible. The process needs its watch all the same.
            }
        }
    }

    /** A machine that let this thread sleep too long may have done the same to the loop, which is not to blame then. */
    private void look(Loop loop, Seen seen, boolean stalled) {
        try {
            loop.host().tidy();
            long now = System.nanoTime();
            long turns = loop.turns();
            if (stalled || turns != seen.turns || loop.isAsleep()) {
                seen.turns = turns;
                seen.since = now;
            } else if (now - seen.since >= patienceNanos) {
                act(loop, seen, now);
            }
        } catch (Throwable e) { // one failure must not end the watch, whatever it is
            loop.host().report("verdant-watch", e);
        }
    }

    private static void act(Loop loop, Seen seen, long now) {
        Fiber fiber = loop.mounted();
        if (!loop.thread().isAlive() || fiber != null && failPinned(loop, fiber)) {
            return; // A loop that has just ended is not to blame for not turning.
        }
        if (loop.isTimeVirtual()) {
            return; // Nobody waits longer for it: its time stands meanwhile.
        }
        if (seen.logged == Long.MIN_VALUE || now - seen.logged >= LOG_EVERY_NANOS) {
            seen.logged = now;
            log(loop, fiber, TimeUnit.NANOSECONDS.toMillis(now - seen.since));
        }
    }

    private static boolean failPinned(Loop loop, Fiber fiber) {
        int wait = fiber.waits;
        Object what = fiber.waitingFor;
        Thread thread = fiber.thread;
        if (what == null || thread == null || !isStuck(loop, fiber, thread, wait)) {
            return false;
        }
        String obstacle = obstacle(thread.getStackTrace());
        fiber.failPinned(wait, what, obstacle, "The green thread '" + fiber.name() + "' waits for " + what
                + " and cannot be taken off the loop '"
                + loop.name() + "', because of " + obstacle
                + " on its stack. Nothing else runs there until it returns, so what it waits for may never come. Wait outside of it.");
        return true;
    }

    /**
     * Who waits without having been taken off does both at once. Who was just being taken off when he was looked at, on a machine that lets the loop sleep there, is
     * found to do the one first and then the other.
     */
    private static boolean isStuck(Loop loop, Fiber fiber, Thread thread, int wait) {
        return thread.getState() == Thread.State.WAITING && loop.isMounted(fiber)
                && thread.getState() == Thread.State.WAITING && fiber.waits == wait;
    }

    /** Finds what keeps a stack from being unmounted: the innermost class initializer or native frame. */
    private static String obstacle(StackTraceElement[] stack) {
        for (StackTraceElement frame : stack) {
            if (frame.getMethodName().equals("<clinit>")) {
                return "the class initializer of " + frame.getClassName();
            }
            boolean ofThePark = frame.getClassName().startsWith("java.lang.VirtualThread")
                    || frame.getClassName().startsWith("jdk.internal.")
                    || frame.getClassName().startsWith("java.util.concurrent.locks.");
            if (frame.isNativeMethod() && !ofThePark) {
                return "the native frame " + frame;
            }
        }
        return "a native frame";
    }

    private static void log(Loop loop, @Nullable Fiber fiber, long millis) {
        Thread held = fiber != null && fiber.thread != null ? fiber.thread : loop.thread();
        var state = held.getState();
        String who = fiber != null ? "The green thread '" + fiber.name() + "'" : "A green thread";
        String does = switch (state) {
            case WAITING, TIMED_WAITING, BLOCKED ->
                " waits in the JDK, cannot be unmounted because of " + obstacle(held.getStackTrace())
                        + ", and holds";
            default -> " occupies";
        };
        System.getLogger("dev.verdant.green").log(Level.WARNING,
                who + does + " the loop '" + loop.name() + "', which has not turned for "
                        + millis + " ms. Nothing else runs there meanwhile." + stack(held.getStackTrace()));
    }

    private static String stack(StackTraceElement[] frames) {
        var text = new StringBuilder();
        for (StackTraceElement frame : frames) {
            text.append("\n\tat ").append(frame);
        }
        return text.toString();
    }
}
