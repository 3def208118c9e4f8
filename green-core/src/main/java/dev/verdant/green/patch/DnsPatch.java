package dev.verdant.green.patch;

import dev.verdant.green.kernel.Lookups;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Hooks into the JDK's name look-ups, or says why that cannot be.
 *
 * <p>The hook is in a jar of its own, {@code verdant-green-dns}, which may be missing, or be the server's while this is an application's. So it is met by reflection,
 * and no type of ours is in between.
 */
final class DnsPatch {

    private static final String PROVIDER = "dev.verdant.green.dns.GreenResolvers";

    private static final String HOSTS_FILE = "jdk.net.hosts.file";

    private final Class<?> provider;

    private DnsPatch(Class<?> provider) {
        this.provider = provider;
    }

    /** Installs it; once. Has the JDK choose its resolver if it has not yet. */
    static void install() {
        String file = System.getProperty(HOSTS_FILE);
        if (file != null) {
            throw cannot("-D" + HOSTS_FILE + "=" + file + " has the JDK read names from that file and ask no resolver."
                    + " Run without it, or patch the others alone: Patcher.monkeyPatch(Patch.SOCKET).", null);
        }
        var patch = new DnsPatch(findProvider());
        patch.haveJdkChoose();
        if (!patch.isAsked()) {
            throw cannot("the JDK looks names up by " + Lookups.chosenResolver()
                    + ", which it has chosen once and for all, and which does not hand on to "
                    + PROVIDER + ". " + patch.remedy(), null);
        }
        patch.hook();
    }

    private static IllegalStateException cannot(String why, @Nullable Throwable cause) {
        return new IllegalStateException("DNS cannot be patched: " + why, cause);
    }

    private static Class<?> findProvider() {
        try {
            return Class.forName(PROVIDER);
        } catch (ClassNotFoundException e) {
            throw cannot(
                    "the jar in which the JDK finds the resolver is missing. Add dev.verdant:verdant-green-dns to the class path,"
                            + " or patch the others alone: Patcher.monkeyPatch(Patch.SOCKET).",
                    e);
        }
    }

    // ---- the choice

    /** The first look-up of a process decides, through the context class loader of whoever makes it. */
    private void haveJdkChoose() {
        Thread caller = Thread.currentThread();
        ClassLoader context = caller.getContextClassLoader();
        if (!isFound()) {
            caller.setContextClassLoader(provider.getClassLoader());
        }
        try {
            InetAddress _ = InetAddress.getByName("localhost");
        } catch (UnknownHostException e) {
            // The choice has been made all the same.
        } finally {
            caller.setContextClassLoader(context);
        }
    }

    private boolean isFound() {
        return ServiceLoader.load(InetAddressResolverProvider.class).stream().anyMatch(each -> each.type() == provider);
    }

    private String remedy() {
        return isFound()
                ? "Patch before the first name is looked up, and have no provider before verdant-green-dns on the class path that keeps look-ups to itself."
                : "Put verdant-green-dns where the first look-up of the process finds it: on the class path that the JVM is started with.";
    }

    // ---- the provider

    private boolean isAsked() {
        try {
            return (boolean) method("isAsked", MethodType.methodType(boolean.class)).invokeExact();
        } catch (Throwable e) {
            throw unlike(e);
        }
    }

    private void hook() {
        UnaryOperator<InetAddressResolver> hook = GreenResolver::new;
        try {
            method("install", MethodType.methodType(void.class, UnaryOperator.class)).invokeExact(hook);
        } catch (Throwable e) {
            throw unlike(e);
        }
    }

    private MethodHandle method(String name, MethodType type) throws ReflectiveOperationException {
        return MethodHandles.publicLookup().findStatic(provider, name, type);
    }

    private static IllegalStateException unlike(Throwable e) {
        return cannot("the jar verdant-green-dns is of another version (expected: the version of verdant-green-core)",
                e);
    }
}
