package dev.verdant.hub.unix;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A native function that makes something quicker, linked aside: linking takes some hundreds of milliseconds in a young JVM, for which no loop is to stand still.
 * Until it is there, and for good where native access is refused, one goes the longer way. Any thread.
 *
 * <p>The system property {@value #PROPERTY} says otherwise: {@code direct} links at the first use, {@code netty} never.
 */
final class Linkage {

    private static final String PROPERTY = "verdant.unix.calls";

    private final Supplier<@Nullable MethodHandle> linked;
    private final AtomicBoolean begun = new AtomicBoolean();

    /** Not volatile: who sees it late goes the long way once more. */
    private boolean ready;

    /**
     * @param linked returns the handle, which lives in a class of its own that is initialized by this call: so it is a constant to the compiler; null if there is none here
     */
    Linkage(Supplier<@Nullable MethodHandle> linked) {
        this.linked = linked;
        String how = System.getProperty(PROPERTY, "");
        begun.set(!how.isEmpty());
        if (how.equals("direct")) {
            link();
        }
    }

    /** Whether the handle may be used. */
    boolean isReady() {
        return ready;
    }

    /** Begins to link on a thread of the JDK's common pool, unless somebody has. Does not wait. */
    void prepare() {
        if (begun.compareAndSet(false, true)) {
            ForkJoinPool.commonPool().execute(this::link);
        }
    }

    private void link() {
        try {
            ready = linked.get() != null;
        } catch (LinkageError e) {
            // Native access is refused, or the C library is another: the longer way is as good.
        }
    }

    /**
     * Links a function of the C library, whose first argument at a call is where errno goes.
     *
     * @throws IllegalCallerException if this module may not call native code
     * @throws java.util.NoSuchElementException if the C library has no such function
     */
    @SuppressWarnings("restricted") // who calls this lives without it, or gives advice
    static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... more) {
        Linker linker = Linker.nativeLinker();
        MemorySegment symbol = linker.defaultLookup().findOrThrow(name);
        var options = new Linker.Option[more.length + 1];
        options[0] = Linker.Option.captureCallState("errno");
        System.arraycopy(more, 0, options, 1, more.length);
        return linker.downcallHandle(symbol, type, options);
    }
}
