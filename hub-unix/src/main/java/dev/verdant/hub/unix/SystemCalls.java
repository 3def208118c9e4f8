package dev.verdant.hub.unix;

import io.netty.channel.unix.Errors.NativeIoException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * recvfrom(2) and sendto(2) by the shortest way there is to the kernel: through syscall(2), which is no cancellation point of the C library's, and without
 * JNI, which looks a buffer's address up anew each time. A tenth of a microsecond less for each call than through Netty, of some nine for a request.
 *
 * <p>{@linkplain Linkage Linked aside}, once there has been enough to do that it pays ({@link #prepare}); until then, and wherever native access or the numbers of
 * the calls are not to be had, {@link #areReady()} is false and Netty is asked.
 */
final class SystemCalls {

    /** MSG_NOSIGNAL: a broken pipe is an error, no signal that the JVM has to look at. */
    private static final int NO_SIGNAL = 0x4000;

    /** Numbers of Linux, see unistd.h; 0 where they are not known. */
    private static final long RECVFROM;

    private static final long SENDTO;

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
    }

    private static final Linkage LINKAGE = new Linkage(() -> RECVFROM == 0 ? null : Linked.SYSCALL);

    private SystemCalls() {}

    /** Whether {@link #receive} and {@link #send} may be called. Any thread. */
    static boolean areReady() {
        return LINKAGE.isReady();
    }

    /** Begins to get ready, on another thread, unless somebody has. Any thread; does not wait. */
    static void prepare() {
        LINKAGE.prepare();
    }

    /** recv(2) as Netty tells it: the count, 0 if nothing is there now, -1 at the end. */
    static int receive(int fd, long address, int length, Scratch scratch) throws NativeIoException {
        long result;
        do {
            result = call(RECVFROM, fd, address, length, 0, 0, 0, scratch);
        } while (Libc.interrupted(result, scratch));
        return (int) Libc.received("recv", result, scratch);
    }

    /** send(2) as Netty tells it: the count, 0 if nothing is taken now. */
    static int send(int fd, long address, int length, Scratch scratch) throws NativeIoException {
        long result;
        do {
            result = call(SENDTO, fd, address, length, NO_SIGNAL, 0, 0, scratch);
        } while (Libc.interrupted(result, scratch));
        return (int) (Libc.wouldBlock(result, scratch) ? 0 : Libc.check("send", result, scratch));
    }

    /** recvfrom(2) of a message, its sender's name into {@code scratch}; the length, or {@link UnixDatagram#NOTHING}. */
    static int receiveFrom(int fd, long address, int room, Scratch scratch) throws NativeIoException {
        long result;
        do {
            scratch.nameLength(Scratch.NAME_BYTES);
            result = call(RECVFROM, fd, address, room, 0, scratch.nameAddress(), scratch.nameLengthAddress(), scratch);
        } while (Libc.interrupted(result, scratch));
        return (int) (Libc.wouldBlock(result, scratch)
                ? UnixDatagram.NOTHING
                : Libc.check("recvfrom", result, scratch));
    }

    /** sendto(2) of a message, to the name in {@code scratch}, or to the peer if {@code nameLength} is 0; false if it would block. */
    static boolean sendTo(int fd, long address, int length, Scratch scratch, int nameLength) throws NativeIoException {
        long name = nameLength == 0 ? 0 : scratch.nameAddress();
        long result;
        do {
            result = call(SENDTO, fd, address, length, NO_SIGNAL, name, nameLength, scratch);
        } while (Libc.interrupted(result, scratch));
        return !Libc.wouldBlock(result, scratch) && Libc.check("sendto", result, scratch) == length;
    }

    private static long call(long number, int fd, long address, int length, int flags, long name, long nameLength,
            Scratch scratch) {
        try {
            return (long) Linked.SYSCALL.invokeExact(scratch.errnoSegment(), number, (long) fd, address, (long) length,
                    (long) flags, name, nameLength);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Its own class, so that the handle is a constant to the compiler. */
    private static final class Linked {

        static final MethodHandle SYSCALL;

        static {
            var word = ValueLayout.JAVA_LONG;
            SYSCALL = Linkage.function("syscall", FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                    Linker.Option.firstVariadicArg(1));
        }
    }
}
