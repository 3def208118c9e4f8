package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.ChildJvm;
import dev.verdant.conformance.TestNames;
import dev.verdant.green.Green;
import dev.verdant.green.dns.GreenResolvers;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import dev.verdant.testkit.SimulatedNames;
import java.net.InetAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which resolver the JDK chooses, once a process, and what patching makes of it. */
@Timeout(180)
class DnsChoiceTest {

    private static final String SERVICE = InetAddressResolverProvider.class.getName();

    @TempDir
    Path folder;

    /** Returns a child in which these providers are found first, in this order. */
    private ChildJvm childWithProviders(Class<?>... providers) throws Exception {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.write(services.resolve(SERVICE), Arrays.stream(providers).map(Class::getName).toList());
        return ChildJvm.of(Program.class).option("-Xbootclasspath/a:" + folder);
    }

    private static final String PATCHED = "verdant-names-1 looks it up, patched: true";

    // ---- when

    @Test
    void patchingMakesTheJdkChooseAtOnceWhateverTheContextIs() throws Exception {
        assertThat(ChildJvm.of(Program.class).run("without context", "patch", "look up"))
                .contains(PATCHED);
    }

    @Test
    void aJdkThatHasChosenBeforeIsPatchedIfItHasChosenUs() throws Exception {
        assertThat(ChildJvm.of(Program.class).run("look up localhost", "patch", "look up")).contains(PATCHED);
    }

    @Test
    void aJdkThatHasChosenItsOwnIsAnErrorThatSaysSo() throws Exception {
        assertThat(ChildJvm.of(Program.class).run("without context", "look up localhost", "with context", "patch"))
                .contains("patched: false")
                .anyMatch(line -> line.startsWith("DNS cannot be patched: the JDK looks names up by "
                        + "java.net.InetAddress$PlatformResolver, which it has chosen once and for all, and which does not hand on to "
                        + "dev.verdant.green.dns.GreenResolvers. Patch before the first name is looked up"));
    }

    // ---- who else is there

    @Test
    void aProviderThatKeepsLookUpsToItselfIsAnErrorThatNamesIt() throws Exception {
        assertThat(childWithProviders(TestNames.class).run("patch")).contains("patched: false")
                .anyMatch(line -> line
                        .startsWith("DNS cannot be patched: the JDK looks names up by " + TestNames.class.getName()));
    }

    /** It hands on to the first that is not it, be it before or behind. */
    public static final class HandsOn extends InetAddressResolverProvider {

        /** Called by the JDK. */
        public HandsOn() {}

        @Override
        public InetAddressResolver get(Configuration configuration) {
            InetAddressResolver next = ServiceLoader.load(InetAddressResolverProvider.class).stream()
                    .filter(other -> other.type() != HandsOn.class).findFirst()
                    .map(other -> other.get().get(configuration)).orElseGet(configuration::builtinResolver);
            return new InetAddressResolver() {

                @Override
                public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                    if (host.equals("handed.on.test")) {
                        return Stream.of(InetAddress.ofLiteral("127.0.0.66"));
                    }
                    return next.lookupByName(host, policy);
                }

                @Override
                public String lookupByAddress(byte[] address) throws UnknownHostException {
                    return next.lookupByAddress(address);
                }
            };
        }

        @Override
        public String name() {
            return "hands-on";
        }
    }

    @Test
    void providersThatHandOnAreAllAskedWhicheverIsFirst() throws Exception {
        for (var order : List.of(List.of(HandsOn.class, GreenResolvers.class),
                List.of(GreenResolvers.class, HandsOn.class),
                List.of(HandsOn.class, GreenResolvers.class, SimulatedNames.class),
                List.of(SimulatedNames.class, GreenResolvers.class, HandsOn.class),
                List.of(GreenResolvers.class, SimulatedNames.class, HandsOn.class))) {
            assertThat(childWithProviders(order.toArray(new Class<?>[0])).run("patch", "look up",
                    "look up handed.on.test"))
                    .as("%s", order).contains(PATCHED, "/127.0.0.66");
        }
    }

    @Test
    void whatHooksInIsAskedOnceForALookUpWhicheverProviderIsFirst() throws Exception {
        for (var order : List.of(List.of(HandsOn.class, GreenResolvers.class),
                List.of(GreenResolvers.class, HandsOn.class),
                List.of(GreenResolvers.class, SimulatedNames.class, HandsOn.class))) {
            assertThat(childWithProviders(order.toArray(new Class<?>[0])).run("count", "look up"))
                    .as("%s", order).contains("asked once");
        }
    }

    // ---- where it cannot be

    @Test
    void aFileOfHostsIsAnErrorThatNamesTheProperty() throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost\n");
        assertThat(ChildJvm.of(Program.class).option("-Djdk.net.hosts.file=" + hosts).run("patch"))
                .contains("patched: false")
                .anyMatch(line -> line.startsWith("DNS cannot be patched: -Djdk.net.hosts.file="));
    }

    @Test
    void aMissingJarIsAnErrorThatNamesIt() throws Exception {
        var urls = Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1))
                .map(DnsChoiceTest::url).toArray(URL[]::new);
        try (var without = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader()) {

            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                if (name.startsWith("dev.verdant.green.dns.")) {
                    throw new ClassNotFoundException(name);
                }
                return super.findClass(name);
            }
        }) {
            Object said = without.loadClass(Refused.class.getName()).getMethod("patch").invoke(null);
            assertThat(said).asString()
                    .startsWith("DNS cannot be patched: the jar in which the JDK finds the resolver is missing. "
                            + "Add dev.verdant:verdant-green-dns to the class path");
        }
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new AssertionError(e);
        }
    }

    /** Loaded where the jar is missing. */
    public static final class Refused {

        private Refused() {}

        public static String patch() {
            try {
                Patcher.monkeyPatch(Patch.DNS);
                return "patched";
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    /** Says so when it is asked, and how often for the same name. */
    private static final class Asked implements InetAddressResolver {

        private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

        private final InetAddressResolver next;

        Asked(InetAddressResolver next) {
            this.next = next;
        }

        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
            DEPTH.set(DEPTH.get() + 1);
            try {
                return next.lookupByName(host, policy);
            } finally {
                int depth = DEPTH.get();
                DEPTH.remove();
                if (depth > 0) {
                    System.out.println(depth == 1 ? "asked once" : "asked " + depth + " times");
                }
            }
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
            return next.lookupByAddress(address);
        }
    }

    /** Does what it is told, and prints what comes of it. */
    static final class Program {

        private Program() {}

        public static void main(String[] steps) throws Exception {
            for (String step : steps) {
                switch (step) {
                    case "without context" ->
                        Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
                    case "with context" ->
                        Thread.currentThread().setContextClassLoader(Program.class.getClassLoader());
                    case "patch" -> System.out.println(Refused.patch());
                    case "look up" -> lookUp();
                    case "count" -> GreenResolvers.install(Asked::new);
                    default -> System.out.println(InetAddress.getByName(step.substring("look up ".length())));
                }
            }
            System.out.println("patched: " + Patcher.isMonkeyPatched(Patch.DNS));
        }

        private static void lookUp() throws Exception {
            var by = new CompletableFuture<String>();
            var name = new TestNames.Name(() -> {
                by.complete(Thread.currentThread().getName());
                return List.of(InetAddress.ofLiteral("127.0.0.9"));
            });
            Green.run(() -> {
                var _ = InetAddress.getByName(name.host);
            });
            System.out.println(by.join() + " looks it up, patched: " + Patcher.isMonkeyPatched(Patch.DNS));
        }
    }
}
