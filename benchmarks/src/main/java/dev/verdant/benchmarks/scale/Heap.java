package dev.verdant.benchmarks.scale;

/** How much of the heap is in use. */
final class Heap {

    private static final int COLLECTIONS = 4;

    private Heap() {}

    /** Collects all that can be, and returns the bytes that live. */
    static long live() {
        var runtime = Runtime.getRuntime();
        for (int i = 0; i < COLLECTIONS; i++) {
            runtime.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
