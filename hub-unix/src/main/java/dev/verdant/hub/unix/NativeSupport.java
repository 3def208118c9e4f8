package dev.verdant.hub.unix;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says why a native poller cannot be had, in words for a person. Any thread.
 */
public final class NativeSupport {

    private NativeSupport() {}

    /**
     * Asks Netty whether its native library works here. Never throws.
     *
     * @param unavailability asks; may fail with a {@link LinkageError} itself
     * @param artifact the artifact that carries the library, for the advice to add it
     * @return nothing if the library works, else why not
     */
    public static Optional<String> unusable(Supplier<@Nullable Throwable> unavailability, String artifact) {
        try {
            Throwable cause = unavailability.get();
            return cause == null ? Optional.empty() : Optional.of(reason(cause, artifact));
        } catch (LinkageError | RuntimeException e) {
            return Optional.of(reason(e, artifact));
        }
    }

    private static String reason(Throwable cause, String artifact) {
        Throwable root = cause;
        boolean libraryMissing = isMissingLibrary(cause);
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
            libraryMissing |= isMissingLibrary(root);
        }
        String text = root.getMessage() == null
                ? root.toString()
                : root.getClass().getSimpleName() + ": " + root.getMessage();
        return libraryMissing ? text + advice(artifact) : text;
    }

    /** An error in a class initializer is a wrapper that says nothing. */
    private static boolean isMissingLibrary(Throwable thrown) {
        return thrown instanceof LinkageError && !(thrown instanceof ExceptionInInitializerError);
    }

    private static String advice(String artifact) {
        return " (is io.netty:" + artifact + " with the classifier of this machine on the class path,"
                + " or on the module path and named by --add-modules?)";
    }
}
