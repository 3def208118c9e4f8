package dev.verdant.hub.unix;

import io.netty.channel.unix.Errors.NativeIoException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the C library that Netty's public API lacks, through {@code java.lang.foreign}: a bind that leaves what
 * is there alone, the names of Unix-domain sockets in full, urgent data, and the names of users. Any thread.
 *
 * <p>Linked at the first use, because some programs grant native access to Netty's modules only; that takes a tenth of a second in a young JVM, and a virtual
 * thread lets its carrier go meanwhile, which may be a loop's. Addresses are passed as
 * {@code long}, which is the same to the C compilers of every 64-bit system, and needs no object. Nothing here blocks,
 * but for the names of users, which may come from a directory service.
 */
final class Libc {

    /** MSG_OOB. */
    static final int URGENT = 1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** Not volatile: who sees it late asks once more. */
    private static boolean linked;

    private final MethodHandle bind;
    private final MethodHandle connect;
    private final MethodHandle getsockname;
    private final MethodHandle getpeername;
    private final MethodHandle recvfrom;
    private final MethodHandle sendto;
    private final MethodHandle getpwuid;
    private final MethodHandle getgrgid;

    private Libc() {
        var named = FunctionDescriptor.of(INT, INT, LONG, INT);
        bind = Linkage.function("bind", named);
        connect = Linkage.function("connect", named);
        var names = FunctionDescriptor.of(INT, INT, LONG, LONG);
        getsockname = Linkage.function("getsockname", names);
        getpeername = Linkage.function("getpeername", names);
        recvfrom = Linkage.function("recvfrom", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT, LONG, LONG));
        sendto = Linkage.function("sendto", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT, LONG, INT));
        var lookup = FunctionDescriptor.of(INT, INT, LONG, LONG, LONG, LONG);
        getpwuid = Linkage.function("getpwuid_r", lookup);
        getgrgid = Linkage.function("getgrgid_r", lookup);
    }

    /**
     * Returns the one there is.
     *
     * @throws UnsupportedOperationException if this module may not call native code, or the system has other names
     */
    static Libc get() {
        if (!linked) {
            link();
        }
        Libc libc = Holder.LIBC;
        if (libc == null) {
            throw new UnsupportedOperationException(Holder.WHY_NOT);
        }
        return libc;
    }

    /** A virtual thread has it done aside; not in a pool, where it might come behind somebody who waits for the caller. */
    private static void link() {
        Executor linker = Thread.currentThread().isVirtual()
                ? link -> Thread.ofPlatform().daemon().name("verdant-link").start(link)
                : Runnable::run;
        CompletableFuture.supplyAsync(() -> Holder.LIBC, linker).join();
        linked = true; // Not before: who believes it would wait for the linking with his carrier held.
    }

    /** bind(2) to the address in {@code scratch}. */
    void bind(int fd, Scratch scratch, int length) throws NativeIoException {
        int result;
        try {
            result = (int) bind.invokeExact(scratch.errnoSegment(), fd, scratch.nameAddress(), length);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        check("bind", result, scratch);
    }

    /** connect(2) to the address in {@code scratch}. */
    void connect(int fd, Scratch scratch, int length) throws NativeIoException {
        int result;
        do {
            try {
                result = (int) connect.invokeExact(scratch.errnoSegment(), fd, scratch.nameAddress(), length);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        } while (interrupted(result, scratch));
        check("connect", result, scratch);
    }

    /** getsockname(2) or getpeername(2) into {@code scratch}; false if there is no such name. */
    boolean name(int fd, boolean peer, Scratch scratch) {
        scratch.nameLength(Scratch.NAME_BYTES);
        MethodHandle call = peer ? getpeername : getsockname;
        try {
            return (int) call.invokeExact(scratch.errnoSegment(), fd, scratch.nameAddress(),
                    scratch.nameLengthAddress()) == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** recvfrom(2), the sender into {@code scratch}; the length, or -1 if nothing waits. */
    int receive(int fd, long address, int room, Scratch scratch) throws NativeIoException {
        scratch.nameLength(Scratch.NAME_BYTES);
        long result;
        do {
            try {
                result = (long) recvfrom.invokeExact(scratch.errnoSegment(), fd, address, (long) room, 0,
                        scratch.nameAddress(), scratch.nameLengthAddress());
            } catch (Throwable e) {
                throw unexpected(e);
            }
        } while (interrupted(result, scratch));
        return (int) (wouldBlock(result, scratch) ? -1 : check("recvfrom", result, scratch));
    }

    /**
     * sendto(2), to the address in {@code scratch}, or to the peer if {@code nameLength} is 0; the length, or -1 if there
     * is no room.
     */
    int send(int fd, long address, int length, int flags, Scratch scratch, int nameLength) throws NativeIoException {
        long name = nameLength == 0 ? 0 : scratch.nameAddress();
        long result;
        do {
            try {
                result = (long) sendto.invokeExact(scratch.errnoSegment(), fd, address, (long) length, flags, name,
                        nameLength);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        } while (interrupted(result, scratch));
        return (int) (wouldBlock(result, scratch) ? -1 : check("sendto", result, scratch));
    }

    /** The name of a user, or its number if it has none: getpwuid_r(3). May block. */
    String user(int id) {
        return principal(getpwuid, id);
    }

    /** The name of a group, or its number if it has none: getgrgid_r(3). May block. */
    String group(int id) {
        return principal(getgrgid, id);
    }

    /** Both structures begin with a pointer to the name, which lies in the buffer. */
    private static String principal(MethodHandle lookup, int id) {
        Scratch scratch = Scratch.borrow();
        try {
            long entry = scratch.address();
            long buffer = entry + 512;
            int result = (int) lookup.invokeExact(scratch.errnoSegment(), id, entry, buffer,
                    (long) (Scratch.SIZE - 512), scratch.nameAddress());
            if (result != 0 || scratch.longAt(Scratch.SIZE) == 0) {
                return Integer.toUnsignedString(id);
            }
            return scratch.stringAt((int) (scratch.longAt(0) - entry), StandardCharsets.UTF_8);
        } catch (Throwable e) {
            throw unexpected(e);
        } finally {
            scratch.giveBack();
        }
    }

    // ---- what calls return, also those that are not made here

    static boolean interrupted(long result, Scratch scratch) {
        return result < 0 && scratch.errno() == Errno.EINTR;
    }

    static boolean wouldBlock(long result, Scratch scratch) {
        return result < 0 && scratch.errno() == Errno.EAGAIN;
    }

    /** What a call has read, as Netty tells it: a count, 0 if nothing is there now, -1 at the end. */
    static long received(String call, long result, Scratch scratch) throws NativeIoException {
        if (result > 0) {
            return result;
        }
        return result == 0 ? -1 : wouldBlock(result, scratch) ? 0 : check(call, result, scratch);
    }

    /** Fails as Netty does, so that whoever tells the failure need not care who made the call. */
    static long check(String call, long result, Scratch scratch) throws NativeIoException {
        if (result < 0) {
            throw new NativeIoException(call, -scratch.errno(), false);
        }
        return result;
    }

    /** A downcall throws nothing of itself. */
    static AssertionError unexpected(Throwable e) {
        return new AssertionError("a native call has thrown, please report", e);
    }

    /** Made at the first use. Never fails to initialize: that would be told but once. */
    private static final class Holder {

        static final @Nullable Libc LIBC;
        static final String WHY_NOT;

        static {
            Libc libc = null;
            String whyNot = "";
            try {
                libc = new Libc();
            } catch (IllegalCallerException e) {
                whyNot = "Unix-domain addresses and urgent data need native access: pass --enable-native-access="
                        + moduleName();
            } catch (RuntimeException | LinkageError e) {
                whyNot = "Unix-domain addresses and urgent data are not to be had here: " + e;
            }
            LIBC = libc;
            WHY_NOT = whyNot;
        }

        private static String moduleName() {
            String name = Libc.class.getModule().getName();
            return name == null ? "ALL-UNNAMED" : name;
        }
    }
}
