package dev.verdant.green.kernel;

/** Throws any throwable as itself where the compiler wants it declared. What a green thread is killed with is the caller's choice. */
public final class Sneaky {

    private Sneaky() {}

    /**
     * Throws its argument. Declared to return, so that callers can write {@code throw Sneaky.thrown(e)}.
     *
     * @param e what to throw
     * @return never
     */
    public static RuntimeException thrown(Throwable e) {
        throw Sneaky.<RuntimeException>cast(e);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // erased: the throw is the purpose
    private static <E extends Throwable> E cast(Throwable e) throws E {
        throw (E) e;
    }
}
