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
        Throwable root = rootOf(cause);
        String text = root.getMessage() == null
                ? root.toString()
                : root.getClass().getSimpleName() + ": " + root.getMessage();
        return root instanceof LinkageError
                ? text + " (is io.netty:" + artifact
                        + " with the classifier of this machine on the class path or module path?)"
                : text;
    }

    private static Throwable rootOf(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }
}
