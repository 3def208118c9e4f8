package dev.verdant.green.patch;

import dev.verdant.green.io.PatchedProcess;
import dev.verdant.green.net.PatchedServerSocket;
import dev.verdant.green.net.PatchedSocket;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.StringTokenizer;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * What rewritten call sites call in place of the JDK: each method is the JDK's method of that name, with what that was called on as its first argument, and does the
 * same without holding a loop. Public because they are anybody's; nobody else calls it. Any thread may.
 */
public final class PatchedCalls {

    private static final SocketFactory SOCKETS = new Sockets();
    private static final ServerSocketFactory LISTENERS = new Listeners();

    private PatchedCalls() {}

    // ---- sockets

    /**
     * {@link SocketFactory#getDefault()}.
     *
     * @return always the same
     */
    public static SocketFactory socketFactory() {
        return SOCKETS;
    }

    /**
     * {@link ServerSocketFactory#getDefault()}.
     *
     * @return always the same
     */
    public static ServerSocketFactory serverSocketFactory() {
        return LISTENERS;
    }

    private static final class Sockets extends SocketFactory {

        @Override
        public Socket createSocket() throws IOException {
            return new PatchedSocket();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return new PatchedSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return new PatchedSocket(host, port);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return new PatchedSocket(host, port, localHost, localPort);
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
                throws IOException {
            return new PatchedSocket(address, port, localAddress, localPort);
        }
    }

    private static final class Listeners extends ServerSocketFactory {

        @Override
        public ServerSocket createServerSocket() throws IOException {
            return new PatchedServerSocket();
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return new PatchedServerSocket(port);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return new PatchedServerSocket(port, backlog);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            return new PatchedServerSocket(port, backlog, address);
        }
    }

    // ---- names

    /** Where the JVM's look-ups are patched the JDK's own do. */
    private static <T> T find(String what, OffLoop.LookUp<T> lookUp) throws UnknownHostException {
        return Patcher.isMonkeyPatched(Patch.DNS) ? lookUp.find() : OffLoop.find(what, lookUp);
    }

    /**
     * {@link InetAddress#getByName}.
     *
     * @param host a name or an address
     * @return its first address
     * @throws UnknownHostException if it has none
     */
    public static InetAddress getByName(@Nullable String host) throws UnknownHostException {
        return find("the addresses of " + host, () -> InetAddress.getByName(host));
    }

    /**
     * {@link InetAddress#getAllByName}.
     *
     * @param host a name or an address
     * @return its addresses
     * @throws UnknownHostException if it has none
     */
    public static InetAddress[] getAllByName(@Nullable String host) throws UnknownHostException {
        return find("the addresses of " + host, () -> InetAddress.getAllByName(host));
    }

    /**
     * {@link InetAddress#getLocalHost}.
     *
     * @return this machine's address
     * @throws UnknownHostException if its name has none
     */
    public static InetAddress getLocalHost() throws UnknownHostException {
        return find("the addresses of this host", InetAddress::getLocalHost);
    }

    /**
     * {@link InetAddress#getHostName}.
     *
     * @param address an address
     * @return its name
     */
    public static String getHostName(InetAddress address) {
        return isNamed(address) ? address.getHostName() : reverse(address, address::getHostName);
    }

    /**
     * {@link InetAddress#getCanonicalHostName}.
     *
     * @param address an address
     * @return its name
     */
    public static String getCanonicalHostName(InetAddress address) {
        return reverse(address, address::getCanonicalHostName);
    }

    /**
     * {@link InetSocketAddress#getHostName}.
     *
     * @param address an address
     * @return its name
     */
    public static String getHostName(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip == null || isNamed(ip) ? address.getHostName() : reverse(ip, address::getHostName);
    }

    /** It knows its name, and looks up nothing. */
    private static boolean isNamed(InetAddress address) {
        return !address.toString().startsWith("/");
    }

    private static String reverse(InetAddress address, OffLoop.LookUp<String> lookUp) {
        try {
            return find("the name of " + address.getHostAddress(), lookUp);
        } catch (UnknownHostException e) {
            throw new AssertionError("a look-up of a name failed, which is said by giving an address; please report",
                    e);
        }
    }

    /**
     * Looks a name up, so that a constructor that does the same finds it in the JDK's cache.
     *
     * @param host a name, an address, or what the constructor will refuse
     * @return the same
     */
    public static @Nullable String lookUp(@Nullable String host) {
        if (host != null) {
            try {
                InetAddress _ = getByName(host);
            } catch (UnknownHostException e) {
                // The JDK remembers that as well.
            }
        }
        return host;
    }

    /**
     * {@link InetSocketAddress#InetSocketAddress(String, int)}.
     *
     * @param host a name or an address
     * @param port a port
     * @return the address, unresolved if the name is unknown
     */
    public static InetSocketAddress newInetSocketAddress(@Nullable String host, int port) {
        return new InetSocketAddress(lookUp(host), port);
    }

    // ---- processes

    /**
     * {@link ProcessBuilder#start()}.
     *
     * @param builder what is started, and how
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process start(ProcessBuilder builder) throws IOException {
        return PatchedProcess.start(builder);
    }

    /**
     * {@link Runtime#exec(String)}.
     *
     * @param runtime the JVM's
     * @param command words
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process exec(Runtime runtime, String command) throws IOException {
        return exec(runtime, command, null, null);
    }

    /**
     * {@link Runtime#exec(String, String[])}.
     *
     * @param runtime the JVM's
     * @param command words
     * @param environment settings, or null for this process's
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process exec(Runtime runtime, String command, String @Nullable [] environment) throws IOException {
        return exec(runtime, command, environment, null);
    }

    /**
     * {@link Runtime#exec(String, String[], File)}.
     *
     * @param runtime the JVM's
     * @param command words
     * @param environment settings, or null for this process's
     * @param folder where, or null for here
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process exec(Runtime runtime, String command, String @Nullable [] environment, @Nullable File folder)
            throws IOException {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("Empty command");
        }
        var words = new StringTokenizer(command);
        var array = new String[words.countTokens()];
        for (int i = 0; words.hasMoreTokens(); i++) {
            array[i] = words.nextToken();
        }
        return exec(runtime, array, environment, folder);
    }

    /**
     * {@link Runtime#exec(String[])}.
     *
     * @param runtime the JVM's
     * @param command a program and its arguments
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process exec(Runtime runtime, String[] command) throws IOException {
        return exec(runtime, command, null, null);
    }

    /**
     * {@link Runtime#exec(String[], String[])}.
     *
     * @param runtime the JVM's
     * @param command a program and its arguments
     * @param environment settings, or null for this process's
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process exec(Runtime runtime, String[] command, String @Nullable [] environment) throws IOException {
        return exec(runtime, command, environment, null);
    }

    /**
     * {@link Runtime#exec(String[], String[], File)}.
     *
     * @param runtime the JVM's
     * @param command a program and its arguments
     * @param environment settings, or null for this process's
     * @param folder where, or null for here
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static Process exec(Runtime runtime, String[] command, String @Nullable [] environment,
            @Nullable File folder) throws IOException {
        var builder = new ProcessBuilder(command);
        if (environment != null) {
            builder.environment().clear();
            for (String setting : environment) {
                set(builder, setting);
            }
        }
        return PatchedProcess.start(builder.directory(folder));
    }

    /** As in the JDK: what is no setting is left out, and a name of Windows' may begin with "=". */
    private static void set(ProcessBuilder builder, String setting) {
        int end = setting.indexOf('\0');
        String used = end < 0 ? setting : setting.substring(0, end);
        int equals = used.indexOf('=', File.separatorChar == '\\' ? 1 : 0);
        if (equals >= 0) {
            builder.environment().put(used.substring(0, equals), used.substring(equals + 1));
        }
    }

    // ---- class loaders, of what was imported patched

    /**
     * {@link Thread#getContextClassLoader}. A library's own is more than one above it.
     *
     * @param thread any
     * @param caller who asks
     * @return what the thread has, or the caller's own if that is a loader that the caller's stands on
     */
    public static @Nullable ClassLoader contextClassLoader(Thread thread, Class<?> caller) {
        return below(thread.getContextClassLoader(), caller);
    }

    /**
     * {@link ClassLoader#getSystemClassLoader}. A library's own is more than one above it.
     *
     * @param caller who asks
     * @return the caller's own if it stands on the system's
     */
    public static @Nullable ClassLoader systemClassLoader(Class<?> caller) {
        return below(ClassLoader.getSystemClassLoader(), caller);
    }

    private static @Nullable ClassLoader below(@Nullable ClassLoader found, Class<?> caller) {
        ClassLoader own = caller.getClassLoader();
        for (ClassLoader each = own; each != null; each = each.getParent()) {
            if (each == found) {
                return own;
            }
        }
        return found;
    }
}
