package dev.verdant.green.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells a test-kit what pools lend and get back, so that it can find what is never given back. Where nobody has asked to be told, that costs the look at a
 * field. Any thread may call.
 */
public final class Lending {

    /*
     * Plain, so that it is free where it is null. It is set once, by a class that whoever needs it has to touch first; threads that are started after that see
     * it, and so does whoever is handed what was lent after that.
     */
    private static @Nullable Ledger ledger;

    private Lending() {}

    /**
     * Installs who is told. For test-kits; once a process.
     *
     * @param told any thread may come to tell it
     * @throws IllegalStateException if there is another
     */
    public static synchronized void install(Ledger told) {
        Objects.requireNonNull(told, "told");
        if (ledger != null && ledger != told) {
            throw new IllegalStateException("lending is told to " + ledger + " already, not to " + told);
        }
        ledger = told;
    }

    /**
     * For pools: the caller has borrowed something.
     *
     * @param pool from whom
     * @param resource what; known by its identity
     */
    public static void lent(Object pool, Object resource) {
        Ledger told = ledger;
        if (told != null) {
            told.lent(pool, resource);
        }
    }

    /**
     * For pools: somebody, who may be another than the borrower, gives something back.
     *
     * @param pool to whom
     * @param resource what; known by its identity
     */
    public static void givenBack(Object pool, Object resource) {
        Ledger told = ledger;
        if (told != null) {
            told.givenBack(pool, resource);
        }
    }

    /** Notes who has what. Called on the thread that borrows or gives back; must neither wait nor throw. */
    public interface Ledger {

        /**
         * The caller has borrowed something. The same object may be lent several times at once.
         *
         * @param pool from whom
         * @param resource what; known by its identity
         */
        void lent(Object pool, Object resource);

        /**
         * The caller gives something back, which nobody else can have borrowed again yet.
         *
         * @param pool to whom
         * @param resource what; known by its identity
         */
        void givenBack(Object pool, Object resource);
    }
}
