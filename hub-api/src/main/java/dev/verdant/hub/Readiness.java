package dev.verdant.hub;

/**
 * The bits that a hub passes to a {@link ReadinessHandler}, and that a waiter passes to {@link HubChannel#arm(int)}.
 */
public final class Readiness {

    /** A read, or an accept, may make progress: bytes, a connection, the end of the stream or an error are waiting. */
    public static final int READ = 1;

    /** A write may make progress, or a connect has ended. */
    public static final int WRITE = 2;

    /**
     * The peer has ended or broken the connection. Sent with {@link #READ} by edge-triggered hubs, and never taken back: from here on a
     * short read does not mean that the stream is drained, because the edge that announced the end will not come again.
     */
    public static final int ENDED = 4;

    /**
     * The peer has sent urgent data. Every read stops where it lies, so from here on a short read does not mean that the stream is drained. Sent with
     * {@link #READ} by edge-triggered hubs, and never taken back.
     */
    public static final int URGENT = 8;

    private Readiness() {}

    /**
     * Returns the names of the bits, for messages.
     *
     * @param ops any bits
     * @return for example {@code READ|ENDED}; {@code NONE} for zero
     */
    public static String describe(int ops) {
        var text = new StringBuilder();
        append(text, ops, READ, "READ");
        append(text, ops, WRITE, "WRITE");
        append(text, ops, ENDED, "ENDED");
        append(text, ops, URGENT, "URGENT");
        return text.isEmpty() ? "NONE" : text.toString();
    }

    private static void append(StringBuilder text, int ops, int bit, String name) {
        if ((ops & bit) != 0) {
            text.append(text.isEmpty() ? "" : "|").append(name);
        }
    }
}
