package dev.verdant.green.kernel;

import org.jspecify.annotations.Nullable;

/** What there is to know about how the JDK looks up names. */
public final class Lookups {

    private Lookups() {}

    /**
     * Returns what the JDK looks names up by, for a person to read. Any thread.
     *
     * @return the name of a class, or null if the JDK has not chosen yet
     * @throws IllegalStateException if {@code java.lang} is not opened
     */
    public static @Nullable String chosenResolver() {
        JdkInternals.check();
        var resolver = JdkInternals.resolver();
        return resolver == null ? null : resolver.getClass().getName();
    }
}
