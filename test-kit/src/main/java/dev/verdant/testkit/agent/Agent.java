package dev.verdant.testkit.agent;

import java.lang.instrument.Instrumentation;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The agent: with {@code -javaagent:verdant-test-kit.jar} a simulation is told where the program reads the machine's clocks, takes chance from outside or starts
 * platform threads. {@code -javaagent:verdant-test-kit.jar=org.example.metrics,org.example.ids} leaves the classes of those packages alone, and what is below
 * them.
 *
 * <p>To be loaded with the JVM, since classes are rewritten as they are loaded.
 */
public final class Agent {

    private static final String JAR = "verdant-test-kit.jar";

    private Agent() {}

    /**
     * Called by the JVM before the program begins.
     *
     * @param arguments packages to leave alone, with commas between them; null or empty for none
     * @param instrumentation what rewrites classes
     */
    public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
        List<String> packages = arguments == null
                ? List.of()
                : Stream.of(arguments.split(",")).map(String::strip).filter(each -> !each.isEmpty())
                        .map(each -> each.replace('.', '/') + "/").toList();
        instrumentation.addTransformer(new CallSites(packages));
        Tripwire.arm();
    }

    /**
     * Returns the option that loads it.
     *
     * @return with the path of the jar that this class is from, as far as it is known
     */
    public static String option() {
        return "-javaagent:" + jar();
    }

    private static String jar() {
        CodeSource source = Agent.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null || !source.getLocation().getPath().endsWith(".jar")) {
            return JAR;
        }
        try {
            return Path.of(source.getLocation().toURI()).toString();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return JAR;
        }
    }
}
