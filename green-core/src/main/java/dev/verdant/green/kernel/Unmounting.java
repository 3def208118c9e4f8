package dev.verdant.green.kernel;

/** Tells who can be taken off his loop to wait, for what would rather hold the loop than fail. */
public final class Unmounting {

    private static final StackWalker STACK = StackWalker.getInstance();

    private Unmounting() {}

    /**
     * Tells whether the calling green thread can be taken off its loop, as far as its stack shows: neither a class initializer nor a native frame is on it. Takes
     * some microseconds. What does not show, such as a class that is being loaded, the watch finds out ({@link PinnedWaitException}).
     *
     * @return false if its wait would hold the loop
     */
    public static boolean isPossible() {
        return STACK.walk(frames -> frames.noneMatch(Unmounting::holds));
    }

    /** What a virtual thread begins with is native as well. */
    private static boolean holds(StackWalker.StackFrame frame) {
        return frame.getMethodName().equals("<clinit>")
                || frame.isNativeMethod() && !frame.getClassName().startsWith("jdk.internal.");
    }
}
