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

    /** The agent rewrites what starts processes. */
    static void installedByAgent(Patch patch) {
        INSTALLING.lock();
        try {
            var more = EnumSet.of(patch);
            more.addAll(installed);
            installed = Collections.unmodifiableSet(more);
        } finally {
            INSTALLING.unlock();
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
     * Loads a class, and the library that it is from, with green calls in place of the JDK's; the rest of the JVM stays as it is. It is eventlet's
     * {@code import_patched}. What the class's own jar or folder holds is loaded anew, now and later: also by {@code Class.forName}, by {@code ServiceLoader} and through the
     * context class loader. What else it uses is everybody's. So its classes are not those that the rest of the program knows by the same names: use it by reflection,
     * or by interfaces that lie elsewhere. Static state is its own, too. Several classes of one library, imported with the same patches, fit together.
     *
     * <p>Sockets and listeners that it makes are green ones, and so are those that it derives from the JDK's. Not replaced: what it makes by reflection, what other
     * libraries and the JDK make for it ({@code HttpURLConnection}, {@code SSLSocketFactory} unless it is given a socket), and channels of {@code java.nio}. A native
     * library that it loads can be loaded once a JVM only.
     *
     * @param className the name of a class, found through the caller's class loader
     * @param also what else to patch besides its sockets
     * @return the class, not initialized
     * @throws ClassNotFoundException if there is none of that name
     * @throws IllegalArgumentException if it is a class of the JDK or of Verdant
     */
    public static Class<?> importPatched(String className, Patch... also) throws ClassNotFoundException {
        ClassLoader caller = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).getCallerClass()
                .getClassLoader();
        return importPatched(caller == null ? ClassLoader.getSystemClassLoader() : caller, className, also);
    }

    /**
     * Loads a class, and the library that it is from, with green calls in place of the JDK's, as {@link #importPatched(String, Patch...)} does.
     *
     * @param parent finds the library, and loads all else that it uses; it must find Verdant, too
     * @param className the name of a class
     * @param also what else to patch besides its sockets
     * @return the class, not initialized
     * @throws ClassNotFoundException if there is none of that name
     * @throws IllegalArgumentException if it is a class of the JDK or of Verdant, or {@code parent} does not find Verdant
     */
    public static Class<?> importPatched(ClassLoader parent, String className, Patch... also)
            throws ClassNotFoundException {
        requireVerdant(parent);
        return PatchedLibraries.load(className, parent, EnumSet.of(Patch.SOCKET, also));
    }

    private static void requireVerdant(ClassLoader parent) {
        try {
            if (parent.loadClass(PatchedCalls.class.getName()) == PatchedCalls.class) {
                return;
            }
        } catch (ClassNotFoundException e) {
            // Said below.
        }
        throw new IllegalArgumentException("parent: " + parent + " (expected: a class loader that finds this Verdant)");
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
