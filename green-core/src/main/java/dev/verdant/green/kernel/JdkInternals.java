package dev.verdant.green.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.SocketImpl;
import java.net.spi.InetAddressResolver;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The one class that touches JDK internals. The user opens {@code java.lang} with {@code --add-opens java.base/java.lang=ALL-UNNAMED}; by
 * {@code Module.implAddOpens} it opens {@code java.net} to itself besides.
 *
 * <ul>
 *   <li>{@code ThreadBuilders.newVirtualThread(Executor, String, int, Runnable)}: a virtual thread with a scheduler of ours (asked for in
 *       public by JDK-8308541).
 *   <li>{@code Thread.currentCarrierThread()}: which loop the caller is on.
 *   <li>{@code VirtualThread.scheduler} and {@code VirtualThread.defaultScheduler()}: which loop a thread belonged to, and where its last
 *       continuations go when that loop has closed.
 *   <li>{@code VirtualThread.carrierThread}: which thread occupies a loop that does not turn.
 *   <li>{@code DatagramPacket.length} and {@code bufLength}: the public setter changes both, so that a packet that is used again would take no
 *       more than the shortest message before.
 *   <li>{@code SocketImpl.createPlatformSocketImpl} and {@code SocksSocketImpl}: once the JVM's sockets are patched, nothing public makes the JDK's own, and
 *       its proxy settings are kept by wrapping ours as it wraps them.
 *   <li>{@code Module.implAddEnableNativeAccessToAllUnnamed}: the agent takes the place of a flag, of which only the other half can be had in public.
 *   <li>{@code InetAddress.resolver}: what the JDK has chosen to look names up by, for who is told that it cannot be ours.
 * </ul>
 */
final class JdkInternals implements VirtualThreads {

    private static final int OLDEST_JDK = 25;
    private static final int NEWEST_TESTED_JDK = 25;

    private static final @Nullable Throwable FAILURE;
    private static final JdkInternals INSTANCE = new JdkInternals();

    private static final MethodHandle NEW_VIRTUAL_THREAD;
    private static final MethodHandle CURRENT_CARRIER_THREAD;
    private static final MethodHandle DEFAULT_SCHEDULER;
    private static final VarHandle SCHEDULER;
    private static final VarHandle CARRIER_OF;
    private static final VarHandle PACKET_LENGTH;
    private static final VarHandle PACKET_ROOM;
    private static final MethodHandle PLATFORM_SOCKET;
    private static final MethodHandle BY_SETTINGS;
    private static final MethodHandle BY_SOCKS;
    private static final VarHandle RESOLVER;

    static {
        MethodHandle newVirtualThread = absent();
        MethodHandle currentCarrierThread = absent();
        MethodHandle defaultScheduler = absent();
        VarHandle scheduler = MethodHandles.arrayElementVarHandle(Object[].class);
        VarHandle carrierOf = scheduler;
        VarHandle packetLength = scheduler;
        VarHandle packetRoom = scheduler;
        MethodHandle platformSocket = absent();
        MethodHandle bySettings = absent();
        MethodHandle bySocks = absent();
        VarHandle resolver = scheduler;
        Throwable failure = null;
        try {
            var virtualThread = Class.forName("java.lang.VirtualThread");
            var threads = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
            var builders = MethodHandles.privateLookupIn(Class.forName("java.lang.ThreadBuilders"),
                    MethodHandles.lookup());
            newVirtualThread = builders.findStatic(builders.lookupClass(), "newVirtualThread",
                    MethodType.methodType(Thread.class, Executor.class, String.class, int.class, Runnable.class));
            currentCarrierThread = threads.findStatic(Thread.class, "currentCarrierThread",
                    MethodType.methodType(Thread.class));
            var virtual = MethodHandles.privateLookupIn(virtualThread, MethodHandles.lookup());
            defaultScheduler = virtual.findStatic(virtualThread, "defaultScheduler",
                    MethodType.methodType(Executor.class));
            scheduler = virtual.findVarHandle(virtualThread, "scheduler", Executor.class);
            carrierOf = virtual.findVarHandle(virtualThread, "carrierThread", Thread.class);
            openToUs("java.net");
            var packets = MethodHandles.privateLookupIn(DatagramPacket.class, MethodHandles.lookup());
            packetLength = packets.findVarHandle(DatagramPacket.class, "length", int.class);
            packetRoom = packets.findVarHandle(DatagramPacket.class, "bufLength", int.class);
            var sockets = MethodHandles.privateLookupIn(SocketImpl.class, MethodHandles.lookup());
            var anySocket = MethodType.methodType(SocketImpl.class);
            platformSocket = sockets.findStatic(SocketImpl.class, "createPlatformSocketImpl",
                    anySocket.appendParameterTypes(boolean.class));
            var socks = sockets.findClass("java.net.SocksSocketImpl");
            bySettings = sockets.findConstructor(socks, MethodType.methodType(void.class, SocketImpl.class))
                    .asType(anySocket.appendParameterTypes(SocketImpl.class));
            bySocks = sockets.findConstructor(socks, MethodType.methodType(void.class, Proxy.class, SocketImpl.class))
                    .asType(anySocket.appendParameterTypes(Proxy.class, SocketImpl.class));
            resolver = MethodHandles.privateLookupIn(InetAddress.class, MethodHandles.lookup())
                    .findStaticVarHandle(InetAddress.class, "resolver", InetAddressResolver.class);
        } catch (ReflectiveOperationException | RuntimeException e) {
            failure = e;
        }
        NEW_VIRTUAL_THREAD = newVirtualThread;
        CURRENT_CARRIER_THREAD = currentCarrierThread;
        DEFAULT_SCHEDULER = defaultScheduler;
        SCHEDULER = scheduler;
        CARRIER_OF = carrierOf;
        PACKET_LENGTH = packetLength;
        PACKET_ROOM = packetRoom;
        PLATFORM_SOCKET = platformSocket;
        BY_SETTINGS = bySettings;
        BY_SOCKS = bySocks;
        RESOLVER = resolver;
        FAILURE = failure;
    }

    private JdkInternals() {}

    /** Opens another package of {@code java.base} to this module alone. */
    private static void openToUs(String packageName) throws ReflectiveOperationException {
        var modules = MethodHandles.privateLookupIn(Module.class, MethodHandles.lookup());
        var open = modules.findVirtual(Module.class, "implAddOpens",
                MethodType.methodType(void.class, String.class, Module.class));
        try {
            open.invokeExact(Object.class.getModule(), packageName, JdkInternals.class.getModule());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns the door, which may be shut: see {@link #check()}. */
    static VirtualThreads instance() {
        return INSTANCE;
    }

    /** Fails with the one message that says what is missing and how to pass it, if the door is shut. */
    static void check() {
        if (FAILURE != null) {
            throw new IllegalStateException(explain(Runtime.version().feature()), FAILURE);
        }
    }

    /** Returns what to say about a JDK that is newer than what Verdant was tested on, or null. */
    static @Nullable String warning(int feature) {
        return feature <= NEWEST_TESTED_JDK
                ? null
                : "Verdant has been tested on JDK " + NEWEST_TESTED_JDK + ", and this is JDK " + feature
                        + ". It has found what it needs; if anything odd happens, try JDK " + NEWEST_TESTED_JDK
                        + " and report it.";
    }

    static String explain(int feature) {
        if (feature < OLDEST_JDK) {
            return "Verdant needs JDK " + OLDEST_JDK + " or newer, and this is JDK " + feature + ".";
        }
        return """
                Verdant gives virtual threads a scheduler, which JDK %d allows only with java.lang opened. Pass these two flags:
                  --add-opens java.base/java.lang=ALL-UNNAMED --enable-native-access=ALL-UNNAMED
                to java (with dev.verdant.green in place of ALL-UNNAMED if Verdant is on the module path),
                in Maven: <argLine>--add-opens java.base/java.lang=ALL-UNNAMED --enable-native-access=ALL-UNNAMED</argLine> of Surefire,
                in the manifest of an executable jar: Add-Opens: java.base/java.lang and Enable-Native-Access: ALL-UNNAMED,
                or in the environment: JDK_JAVA_OPTIONS="--add-opens=java.base/java.lang=ALL-UNNAMED --enable-native-access=ALL-UNNAMED\""""
                .formatted(feature);
    }

    @Override
    public Thread create(Executor scheduler, @Nullable String name, Runnable body) {
        try {
            return (Thread) NEW_VIRTUAL_THREAD.invokeExact(scheduler, name, 0, body);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public Thread carrier() {
        if (FAILURE != null) {
            return Thread.currentThread(); // There are no loops, so nobody is on one.
        }
        try {
            return (Thread) CURRENT_CARRIER_THREAD.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public Executor schedulerOf(Thread virtual) {
        return (Executor) SCHEDULER.get(virtual);
    }

    @Override
    public boolean isMounted(Thread virtual, Thread carrier) {
        return CARRIER_OF.getVolatile(virtual) == carrier;
    }

    @Override
    public Executor defaultScheduler() {
        try {
            return (Executor) DEFAULT_SCHEDULER.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns how many bytes a packet has room for, whatever its length is now. */
    static int roomOf(DatagramPacket packet) {
        return (int) PACKET_ROOM.get(packet);
    }

    /** Sets the length of a packet and leaves its room as it is. */
    static void setLength(DatagramPacket packet, int length) {
        PACKET_LENGTH.set(packet, length);
    }

    /** Makes what is beneath a socket or listener of the JDK's own. */
    static SocketImpl platformSocket(boolean listens) {
        try {
            return (SocketImpl) PLATFORM_SOCKET.invokeExact(listens);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Has a connection go by the SOCKS proxy that the JDK's settings name, if any: they are looked at when it connects. */
    static SocketImpl bySettings(SocketImpl connection) {
        try {
            return (SocketImpl) BY_SETTINGS.invokeExact(connection);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Has a connection go by a SOCKS proxy. */
    static SocketImpl bySocks(Proxy proxy, SocketImpl connection) {
        try {
            return (SocketImpl) BY_SOCKS.invokeExact(proxy, connection);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Does what {@code --enable-native-access=ALL-UNNAMED} does. */
    static void allowNativeCode() {
        try {
            var modules = MethodHandles.privateLookupIn(Module.class, MethodHandles.lookup());
            modules.findStatic(Module.class, "implAddEnableNativeAccessToAllUnnamed",
                    MethodType.methodType(void.class)).invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns what looks names up, or null if no name has been looked up yet. */
    static @Nullable InetAddressResolver resolver() {
        return (InetAddressResolver) RESOLVER.getVolatile();
    }

    private static MethodHandle absent() {
        return MethodHandles.zero(void.class);
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException known ? known : new IllegalStateException(e);
    }
}
