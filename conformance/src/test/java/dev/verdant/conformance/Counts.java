package dev.verdant.conformance;

/** How often to do what an issue names a number for. */
public final class Counts {

    private Counts() {}

    /** All of it with {@code -Pfull}, else a fiftieth, and at least 20. */
    public static int of(int full) {
        return isFull() ? full : Math.max(20, full / 50);
    }

    /** With {@code -Pfull}. */
    public static boolean isFull() {
        return Boolean.getBoolean("verdant.full");
    }
}
