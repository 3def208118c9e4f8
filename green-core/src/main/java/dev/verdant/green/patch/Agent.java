package dev.verdant.green.patch;

import dev.verdant.green.kernel.Flags;
import java.lang.System.Logger.Level;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The agent: {@code -javaagent:verdant-green-core.jar} patches a JVM before {@code main}, opens what Verdant needs opened, and so is all that an application has to be
 * started with. {@code -javaagent:verdant-green-core.jar=socket,dns} names what to patch; nothing is everything, as {@link Patch} lists it. An executable jar that
 * holds it may name it as its {@code Launcher-Agent-Class}, and needs no option at all.
 *
 * <p>To be loaded with the JVM: processes are patched in classes as they are loaded.
 */
public final class Agent {

    private Agent() {}

    /**
     * Called by the JVM before the program begins.
     *
     * @param arguments what to patch, with commas between; null or empty for everything
     * @param instrumentation what opens packages and rewrites classes
     * @throws IllegalArgumentException if there is something else in the arguments
     * @throws IllegalStateException if one of them cannot be patched; the message says why and what to do
     */
    public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
        Set<Patch> patches = patches(arguments);
        open(instrumentation);
        if (patches.remove(Patch.PROCESS)) {
            instrumentation.addTransformer(new CallSites());
            Patcher.installedByAgent(Patch.PROCESS);
        }
        if (!patches.isEmpty()) {
            Patcher.monkeyPatch(patches.toArray(new Patch[0]));
        }
    }

    /**
     * Called by the JVM for an executable jar's {@code Launcher-Agent-Class}, before its program begins.
     *
     * @param arguments as for {@link #premain}
     * @param instrumentation as for {@link #premain}
     */
    public static void agentmain(@Nullable String arguments, Instrumentation instrumentation) {
        premain(arguments, instrumentation);
    }

    private static Set<Patch> patches(@Nullable String arguments) {
        if (arguments == null || arguments.isBlank()) {
            return EnumSet.allOf(Patch.class);
        }
        var patches = EnumSet.noneOf(Patch.class);
        for (String each : arguments.split(",", -1)) {
            try {
                patches.add(Patch.valueOf(each.strip().toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("-javaagent: " + arguments
                        + " (expected: some of socket, dns and process, with commas between)", e);
            }
        }
        return patches;
    }

    /** Opens java.lang to us, as --add-opens does, and allows native code, as --enable-native-access does. */
    private static void open(Instrumentation instrumentation) {
        instrumentation.redefineModule(Object.class.getModule(), Set.of(), Map.of(),
                Map.of("java.lang", Set.of(Agent.class.getModule())), Set.of(), Map.of());
        Flags.allowNativeCode();
    }

    /** Rewrites what starts processes. */
    private static final class CallSites implements ClassFileTransformer {

        private static final List<String> LEFT_ALONE = List.of("java/", "jdk/", "sun/", "com/sun/",
                "dev/verdant/green/", "dev/verdant/hub/");

        private final Rewriter rewriter = new Rewriter(Set.of(Patch.PROCESS), false);

        @Override
        public byte @Nullable [] transform(@Nullable ClassLoader loader, @Nullable String name,
                @Nullable Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
            if (name == null || loader == null || !seesUs(loader)
                    || LEFT_ALONE.stream().anyMatch(name::startsWith)) {
                return null;
            }
            try {
                return rewriter.rewrite(loader, bytes);
            } catch (RuntimeException e) {
                System.getLogger("dev.verdant.green").log(Level.WARNING,
                        "the agent could not rewrite " + name + ", whose processes are the JDK's own", e);
                return null;
            }
        }

        /** Whoever cannot find what is called must not call it. */
        private static boolean seesUs(ClassLoader loader) {
            ClassLoader ours = Agent.class.getClassLoader();
            for (ClassLoader each = loader; each != null; each = each.getParent()) {
                if (each == ours) {
                    return true;
                }
            }
            return false;
        }
    }
}
