package dev.verdant.green.kernel;

import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import org.jspecify.annotations.Nullable;

/**
 * Verdant's events for the JDK's flight recorder. Any thread.
 *
 * <p>To load a class of events takes the JDK a quarter of a second where nothing records, so none is loaded before a recorder is there: {@link #areLoaded} is all
 * that is asked till then. It is loaded and registered by whoever brings the recorder to life, never by a loop's own thread, which may do nothing that waits.
 */
public final class FlightEvents {

    private static final AtomicBoolean LISTENS = new AtomicBoolean();

    private static volatile boolean loaded;

    private FlightEvents() {}

    /** Tells whether there is, or was, a recorder, and the events may be used. */
    static boolean areLoaded() {
        return loaded;
    }

    /** Loads the events if there is a recorder already. Not on a loop's own thread. */
    static void loadIfRecorderIsThere() {
        try {
            if (!loaded && FlightRecorder.isInitialized()) {
                Loading.load();
            }
        } catch (LinkageError e) {
            // A runtime image without jdk.jfr, or one whose recorder cannot be had, has no events.
        }
    }

    /** Has the events loaded as soon as there is a recorder. Takes some milliseconds; not on a loop's own thread. */
    static void listen() {
        try {
            if (LISTENS.compareAndSet(false, true)) {
                FlightRecorder.addListener(new Arrival());
            }
        } catch (LinkageError e) {
            // As above.
        }
    }

    /** A class of its own, so that the one around it needs nothing of the JDK's that may be missing. */
    private static final class Arrival implements FlightRecorderListener {

        @Override
        public void recorderInitialized(FlightRecorder recorder) {
            Loading.load();
        }
    }

    /** A class of its own, because to verify it is to load the events. */
    private static final class Loading {

        private Loading() {}

        static void load() {
            register(new LongTurnEvent());
            register(new SwitchEvent());
            register(new PinnedWaitEvent());
            register(new AcceptBackoffEvent());
            loaded = true;
        }

        /** Of which there is one, that class has been initialized. */
        private static void register(Event one) {
            FlightRecorder.register(one.getClass());
        }
    }

    /** A pinned wait has failed. On its green thread. */
    static void pinnedWait(Fiber fiber, Object what, String obstacle, long nanos) {
        if (!loaded) {
            return;
        }
        var event = new PinnedWaitEvent();
        if (event.shouldCommit()) {
            event.loop = fiber.loop.thread();
            event.greenThread = fiber.name();
            event.waitedFor = what.toString();
            event.obstacle = obstacle;
            event.waited = nanos;
            event.commit();
        }
    }

    /**
     * A listener could not accept and is about to pause. On the green thread that accepts.
     *
     * @param listener the listener
     * @param reason why
     * @param nanos how long it will pause, in nanoseconds
     */
    public static void acceptBackoff(Object listener, @Nullable String reason, long nanos) {
        if (!loaded) {
            return;
        }
        var event = new AcceptBackoffEvent();
        if (event.shouldCommit()) {
            Loop loop = Loop.current();
            event.loop = loop == null ? null : loop.thread();
            event.listener = listener.toString();
            event.reason = reason;
            event.delay = nanos;
            event.commit();
        }
    }
}
