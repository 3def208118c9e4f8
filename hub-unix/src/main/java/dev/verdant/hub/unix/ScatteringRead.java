package dev.verdant.hub.unix;

import io.netty.channel.unix.Errors.NativeIoException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** readv(2), which Netty's public API lacks; {@linkplain Linkage linked aside} when somebody first asks for it, and until then one buffer is read after the other. Any thread. */
final class ScatteringRead {

    private static final Linkage LINKAGE = new Linkage(() -> Linked.READV);

    private ScatteringRead() {}

    /** Whether {@link #receive} may be called; if not yet, it will be. */
    static boolean isReady() {
        if (LINKAGE.isReady()) {
            return true;
        }
        LINKAGE.prepare();
        return false;
    }

    /** A count, 0 if nothing is there now, -1 at the end. */
    static long receive(int fd, Vectors into, Scratch scratch) throws NativeIoException {
        long result;
        do {
            result = call(fd, into, scratch);
        } while (Libc.interrupted(result, scratch));
        return Libc.received("readv", result, scratch);
    }

    private static long call(int fd, Vectors into, Scratch scratch) {
        try {
            return (long) Linked.READV.invokeExact(scratch.errnoSegment(), fd, into.address(), into.count());
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Its own class, so that the handle is a constant to the compiler. */
    private static final class Linked {

        static final MethodHandle READV = Linkage.function("readv", FunctionDescriptor.of(ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    }
}
