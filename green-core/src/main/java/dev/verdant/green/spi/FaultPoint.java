package dev.verdant.green.spi;

import java.util.Collection;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A place in a program where something may go wrong that seldom does, by its name. In a simulation it does so now and then, as the seed says; everywhere else
 * it never does, and costs the look at a field.
 *
 * {@snippet :
 * private static final FaultPoint ACK_LOST = FaultPoint.named("kv.ack-lost");
 *
 * void acknowledge() throws IOException {
 *     if (ACK_LOST.strikes()) {
 *         return;
 *     }
 *     peer.sendAll(ACK);
 * }
 * }
 *
 * <p>What the program does then is its own affair: fail, wait, do less. It must be what could happen by itself. Any thread may call.
 */
public final class FaultPoint {

    private static final ConcurrentHashMap<String, FaultPoint> ALL = new ConcurrentHashMap<>();

    /*
     * Plain, so that it is free where it is null. It is set once, by a class that whoever needs it has to touch first; threads that are started after that
     * see it.
     */
    private static @Nullable Faults faults;

    private final String name;

    private FaultPoint(String name) {
        this.name = name;
    }

    /**
     * Returns the point of a name.
     *
     * @param name what may go wrong, with its part before a dot: {@code kv.ack-lost}
     * @return the same object for the same name
     */
    public static FaultPoint named(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name: '" + name + "' (expected: not blank)");
        }
        return ALL.computeIfAbsent(name, FaultPoint::new);
    }

    /**
     * Returns the points that there are so far: a point is there when the class that names it has been initialized.
     *
     * @return an unmodifiable view
     */
    public static Collection<FaultPoint> all() {
        return Collections.unmodifiableCollection(ALL.values());
    }

    /**
     * Installs who decides. For test-kits; once a process.
     *
     * @param decides any thread may come to ask it
     * @throws IllegalStateException if there is another
     */
    public static synchronized void install(Faults decides) {
        Objects.requireNonNull(decides, "decides");
        if (faults != null && faults != decides) {
            throw new IllegalStateException("fault points are decided by " + faults + " already, not by " + decides);
        }
        faults = decides;
    }

    /**
     * Returns the name.
     *
     * @return as it was given
     */
    public String name() {
        return name;
    }

    /**
     * Tells whether it goes wrong this time.
     *
     * @return false outside of simulations
     */
    public boolean strikes() {
        Faults decides = faults;
        return decides != null && decides.strikes(this);
    }

    /**
     * Draws how much of something there is where this point has struck: a delay, a length.
     *
     * @param bound at least 1
     * @return from 0 to {@code bound - 1}; 0 outside of simulations
     */
    public long draw(long bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound: " + bound + " (expected: >= 1)");
        }
        Faults decides = faults;
        return decides == null ? 0 : decides.draw(this, bound);
    }

    @Override
    public String toString() {
        return name;
    }

    /** Decides what goes wrong. Any thread may call: it must not block, and looks for itself where the caller is. */
    public interface Faults {

        /**
         * Decides whether a point strikes this time.
         *
         * @param point the point
         * @return true if it does
         */
        boolean strikes(FaultPoint point);

        /**
         * Draws how much.
         *
         * @param point the point, which has struck
         * @param bound at least 1
         * @return from 0 to {@code bound - 1}
         */
        long draw(FaultPoint point, long bound);
    }
}
