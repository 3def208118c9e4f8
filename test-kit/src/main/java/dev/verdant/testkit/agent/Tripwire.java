package dev.verdant.testkit.agent;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What rewritten call sites call before they do what does not follow from a seed. Public because they are anybody's; nobody else calls it. Any thread may.
 */
public final class Tripwire {

    /** Set once, by whoever has simulations, and before any of them runs. */
    private static volatile @Nullable Listener listener;

    private static volatile boolean armed;

    private Tripwire() {}

    /**
     * Tells whether call sites are rewritten.
     *
     * @return true if the JVM was started with the agent
     */
    public static boolean isArmed() {
        return armed;
    }

    static void arm() {
        armed = true;
    }

    /**
     * Installs who is told; once a process.
     *
     * @param told looks for itself where the caller is
     */
    public static void install(Listener told) {
        listener = Objects.requireNonNull(told, "told");
    }

    /**
     * The caller is about to do what does not follow from a seed.
     *
     * @param what what, for a person to read
     * @param site the place in the program, always the same for the same
     */
    public static void crossed(String what, String site) {
        Listener told = listener;
        if (told != null) {
            told.crossed(what, site);
        }
    }

    /**
     * The caller is about to call {@code start()} of something. If that is a platform thread, others are told of it.
     *
     * @param started perhaps a thread
     * @param what what, for a person to read
     * @param site the place in the program, always the same for the same
     */
    public static void starts(@Nullable Object started, String what, String site) {
        if (started instanceof Thread thread && !thread.isVirtual()) {
            startsThread(what, site);
        }
    }

    /**
     * The caller is about to start a platform thread.
     *
     * @param what what, for a person to read
     * @param site the place in the program, always the same for the same
     */
    public static void startsThread(String what, String site) {
        Listener told = listener;
        if (told != null) {
            told.startsThread(what, site);
        }
    }

    /** Is told by the thread that does it, before it does. Must neither wait nor throw. */
    public interface Listener {

        /**
         * The caller reads a clock, or takes what is random.
         *
         * @param what what, for a person to read
         * @param site the place in the program, always the same for the same
         */
        void crossed(String what, String site);

        /**
         * The caller starts a platform thread.
         *
         * @param what what, for a person to read
         * @param site the place in the program, always the same for the same
         */
        void startsThread(String what, String site);
    }
}
