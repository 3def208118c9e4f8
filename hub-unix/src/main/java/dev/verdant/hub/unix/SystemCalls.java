package dev.verdant.hub.unix;

import io.netty.channel.unix.Errors.NativeIoException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * recvfrom(2) and sendto(2) by the shortest way there is to the kernel: through syscall(2), which is no cancellation point of the C library's, and without
 * JNI, which looks a buffer's address up anew each time. A tenth of a microsecond less for each call than through Netty, of some nine for a request.
 *
 * <p>Linking takes some hundreds of milliseconds in a young JVM, so it is done on a thread of the JDK's common pool once there has been enough to do that it pays ({@link #prepare}); until then, and
 * wherever native access or the numbers of the calls are not to be had, {@link #areReady()} is false and Netty is asked. The system property
 * {@value #PROPERTY} says otherwise: {@code direct} links at once, {@code netty} never.
 */
final class SystemCalls {

    private static final String PROPERTY = "verdant.unix.calls";

    /** MSG_NOSIGNAL: a broken pipe is an error, no signal that the JVM has to look at. */
    private static final int NO_SIGNAL = 0x4000;

    /** Numbers of Linux, see unistd.h; 0 where they are not known. */
    private static final long RECVFROM;

    private static final long SENDTO;

    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    /** Not volatile: who sees it late goes the long way once more. */
    private static boolean ready;

    static {
        String processor = Errno.LINUX ? System.getProperty("os.arch", "") : "";
        switch (processor) {
            case "amd64" -> {
                RECVFROM = 45;
                SENDTO = 44;
            }
            case "aarch64" -> {
                RECVFROM = 207;
                SENDTO = 206;
            }
            default -> {
                RECVFROM = 0;
                SENDTO = 0;
            }
        }
        String how = System.getProperty(PROPERTY, "");
        if (!how.isEmpty() && BEGUN.compareAndSet(false, true) && how.equals("direct") && RECVFROM != 0) {
            link();
        }
    }

    private SystemCalls() {}

    /** Whether {@link #receive} and {@link #send} may be called. Any thread. */
    static boolean areReady() {
        return ready;
    }

    /** Begins to get ready, on another thread, unless somebody has. Any thread; does not wait. */
    static void prepare() {
        if (RECVFROM != 0 && BEGUN.compareAndSet(false, true)) {
            ForkJoinPool.commonPool().execute(SystemCalls::link);
        }
    }

    private static void link() {
        try {
            ready = Linked.SYSCALL != null;
        } catch (LinkageError e) {
            // Native access is refused, or the C library is another: Netty's way is as good, only longer.
        }
    }

    /** recv(2) as Netty tells it: the count, 0 if nothing is there now, -1 at the end. */
    static int receive(int fd, long address, int length, Scratch scratch) throws NativeIoException {
        while (true) {
            long result = call(RECVFROM, fd, address, length, 0, scratch);
            if (result > 0) {
                return (int) result;
            }
            if (result == 0) {
                return -1;
            }
            if (mayTryAgain("recv", scratch)) {
                return 0;
            }
        }
    }

    /** send(2) as Netty tells it: the count, 0 if nothing is taken now. */
    static int send(int fd, long address, int length, Scratch scratch) throws NativeIoException {
        while (true) {
            long result = call(SENDTO, fd, address, length, NO_SIGNAL, scratch);
            if (result >= 0) {
                return (int) result;
            }
            if (mayTryAgain("send", scratch)) {
                return 0;
            }
        }
    }

    /** What the call that failed is to say: true for nothing now, false for once more. */
    private static boolean mayTryAgain(String name, Scratch scratch) throws NativeIoException {
        int errno = scratch.errno();
        if (errno != Errno.EAGAIN && errno != Errno.EINTR) {
            throw new NativeIoException(name, -errno, false);
        }
        return errno == Errno.EAGAIN;
    }

    private static long call(long number, int fd, long address, int length, int flags, Scratch scratch) {
        try {
            return (long) Linked.SYSCALL.invokeExact(scratch.errnoSegment(), number, (long) fd, address, (long) length,
                    (long) flags, 0L, 0L);
        } catch (Throwable e) {
            throw new AssertionError("a native call has thrown, please report", e); // A downcall throws nothing of itself.
        }
    }

    /** Its own class, so that the handle is a constant to the compiler. */
    private static final class Linked {

        static final MethodHandle SYSCALL = link();

        @SuppressWarnings("restricted") // link() lives without it
        private static MethodHandle link() {
            var word = ValueLayout.JAVA_LONG;
            Linker linker = Linker.nativeLinker();
            MemorySegment symbol = linker.defaultLookup().findOrThrow("syscall");
            return linker.downcallHandle(symbol,
                    FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                    Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));
        }
    }
}
