package dev.verdant.green.patch;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes other people's blocking code green, as eventlet's {@code monkey_patch} does: their sockets wait on the loop of whoever calls, within its timeouts and
 * kills, on its clock and, in a simulation, on its network. Any thread may call.
 *
 * <p>Patch as early as possible, first thing in {@code main}: what was made before stays as it was. A patch cannot be taken back. What a library needs that
 * is to run beside an unpatched JVM, {@code importPatched} gives.
 *
 * <p>A timeout or kill that ends a connect, read or write of a patched socket closes it and surfaces there as a {@link java.net.SocketException}
 * {@code "Closed by Timeout of 50 ms"}: whoever holds the socket cannot know how far the conversation had come, and must throw it away. The boundary,
 * {@link dev.verdant.green.Timeout#call}, throws the timeout itself.
 */
public final class Patcher {

    /** What {@link #monkeyPatch} takes. */
    private static final List<Patch> USUAL = List.of(Patch.SOCKET, Patch.DNS);

    /** Makes sure that each is installed once. */
    private static final ReentrantLock INSTALLING = new ReentrantLock();

    /** With {@link #INSTALLING}. */
    private static boolean connectionsAreOurs;

    /** Replaced as a whole. */
    private static volatile Set<Patch> installed = Set.of();

    private Patcher() {}

    /**
     * Patches the JVM. What is patched already stays so; several calls add up.
     *
     * @param which what to patch; nothing is sockets and names
     * @throws IllegalStateException if one of them cannot be patched; the message says why and what to do. Those named before it are patched then
     */
    public static void monkeyPatch(Patch... which) {
        List<Patch> wanted = which.length == 0 ? USUAL : List.of(which);
        INSTALLING.lock();
        try {
            for (Patch patch : wanted) {
                if (!installed.contains(patch)) {
                    install(patch);
                    var more = EnumSet.of(patch);
                    more.addAll(installed);
                    installed = Collections.unmodifiableSet(more);
                }
            }
        } finally {
            INSTALLING.unlock();
        }
    }

    private static void install(Patch patch) {
        switch (patch) {
            case SOCKET -> installSockets();
            case DNS -> DnsPatch.install();
            case PROCESS -> throw new IllegalStateException(
                    "PROCESS can be patched by the agent only (expected: -javaagent with the option process), or for one library by Patcher.importPatched");
        }
    }

    /** Listeners accept what the JDK's factory of connections makes, so that comes first; it cannot be taken back, and would do no harm alone. */
    @SuppressWarnings("deprecation") // JDK 17 advises against the factories; there is no other way to every socket of the JVM
    private static void installSockets() {
        try {
            if (!connectionsAreOurs) {
                Socket.setSocketImplFactory(SocketFactories::connection);
                connectionsAreOurs = true;
            }
        } catch (IOException e) {
            throw taken("Socket.setSocketImplFactory", e);
        }
        try {
            ServerSocket.setSocketFactory(SocketFactories::listener);
        } catch (IOException e) {
            throw taken("ServerSocket.setSocketFactory", e);
        }
    }

    private static IllegalStateException taken(String method, IOException e) {
        return new IllegalStateException("SOCKET cannot be patched: somebody has called " + method
                + " before, and the JDK lets nobody call it twice. Call Patcher.monkeyPatch() earlier, first thing in main, or leave that call away; "
                + "one library alone can be patched by Patcher.importPatched", e);
    }

    /**
     * Tells what is patched in the whole JVM.
     *
     * @param patch what
     * @return true once {@link #monkeyPatch} has patched it, or the agent
     */
    public static boolean isMonkeyPatched(Patch patch) {
        return installed.contains(Objects.requireNonNull(patch, "patch"));
    }

    /**
     * Runs a body as if nothing was patched: sockets that it makes, in this thread, are the JDK's own, and stay so afterwards.
     *
     * @param <T> what it returns
     * @param body the body
     * @return what it returns
     * @throws Exception what it throws
     */
    public static <T> T original(Callable<T> body) throws Exception {
        return ScopedValue.where(SocketFactories.ORIGINAL, true).call(body::call);
    }
}
