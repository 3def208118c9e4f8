package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.TestNames;
import dev.verdant.conformance.Turns;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.io.PatchedProcess;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.PatchedServerSocket;
import dev.verdant.green.net.PatchedSocket;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import io.netty.pkitesting.CertificateBuilder;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPath;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.zip.ZipFile;
import jdk.security.jarsigner.JarSigner;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that are loaded with green calls in place of the JDK's, while the rest of the JVM stays as it is. */
@Timeout(60)
class ImportPatchedTest {

    @TempDir
    static Path folder;

    private static URLClassLoader app;

    /** The library does what it is told and returns what came of it. */
    private static final String CLIENT = """
            package lib;

            import java.io.*;
            import java.net.*;
            import java.util.*;
            import java.util.function.*;
            import javax.net.*;

            public class Client implements Function<Object[], Object> {

                public static int uses;

                public interface Making<T> { T make() throws Exception; }

                public interface Connecting { Socket connect(String host, int port) throws Exception; }

                public interface Resolving { InetSocketAddress resolve(String host, int port); }

                public interface Naming { InetAddress find(String host) throws Exception; }

                static Socket either(boolean first) throws Exception {
                    Socket made = first ? new Socket() : new Derived("x");
                    return made;
                }

                public Object apply(Object[] told) {
                    uses++;
                    try {
                        return perform(told);
                    } catch (Exception e) {
                        return e;
                    }
                }

                private Object perform(Object[] told) throws Exception {
                    switch ((String) told[0]) {
                        case "sockets":
                            Making<Socket> reference = Socket::new;
                            return List.of(new Socket(), new Socket(Proxy.NO_PROXY), reference.make(), new Derived("a"), new Derived("a") { },
                                    either(true), either(false), SocketFactory.getDefault().createSocket(), new Late().socket());
                        case "listeners":
                            Making<ServerSocket> listening = ServerSocket::new;
                            return List.of(new ServerSocket(), listening.make(), new DerivedServer(), ServerSocketFactory.getDefault().createServerSocket());
                        case "derived":
                            Derived derived = new Derived("named");
                            derived.close();
                            return derived.name + derived.closed + derived.isClosed();
                        case "connect":
                            Connecting connecting = Socket::new;
                            InetAddress host = InetAddress.getByName((String) told[1]);
                            int port = (Integer) told[2];
                            return List.of(new Socket((String) told[1], port), new Socket(host, port), new Socket((String) told[1], port, null, 0),
                                    new Socket(host, port, null, 0), connecting.connect((String) told[1], port));
                        case "talk":
                            try (Socket socket = new Socket((String) told[1], (Integer) told[2])) {
                                socket.getOutputStream().write((int) 'q');
                                return (char) socket.getInputStream().read();
                            }
                        case "late":
                            return Class.forName("lib.Late").getMethod("socket").invoke(Class.forName("lib.Late").getConstructor().newInstance());
                        case "late by context":
                            ClassLoader context = Thread.currentThread().getContextClassLoader();
                            return context.loadClass("lib.Late").getMethod("socket").invoke(context.loadClass("lib.Late").getConstructor().newInstance());
                        case "late by system":
                            return ClassLoader.getSystemClassLoader();
                        case "service":
                            return ServiceLoader.load(Service.class).iterator().next().serve();
                        case "resource":
                            try (InputStream in = Client.class.getResourceAsStream("data.txt")) {
                                return new String(in.readAllBytes(), "UTF-8");
                            }
                        case "names":
                            Naming naming = InetAddress::getByName;
                            return List.of(InetAddress.getByName((String) told[1]), InetAddress.getAllByName((String) told[2])[0],
                                    naming.find((String) told[3]), Inet4Address.getByName((String) told[4]));
                        case "address":
                            Resolving resolving = InetSocketAddress::new;
                            return List.of(new InetSocketAddress((String) told[1], 80), resolving.resolve((String) told[2], 81),
                                    new InetSocketAddress("nobody.verdant.test", 82));
                        case "reverse":
                            return ((InetAddress) told[1]).getCanonicalHostName();
                        case "process":
                            return new ProcessBuilder("true").start();
                        case "exec":
                            return Runtime.getRuntime().exec(new String[]{"true"});
                        case "version":
                            return new Versioned().version();
                        default:
                            throw new IllegalArgumentException((String) told[0]);
                    }
                }
            }
            """;

    private static final String DERIVED = """
            package lib;

            public class Derived extends java.net.Socket {
                public final String name;
                public int closed;

                public Derived(String name) {
                    super();
                    this.name = name;
                }

                @Override
                public synchronized void close() throws java.io.IOException {
                    closed++;
                    super.close();
                }
            }
            """;

    private static final String DERIVED_SERVER = """
            package lib;

            public class DerivedServer extends java.net.ServerSocket {
                public DerivedServer() throws java.io.IOException {
                    super(0, 5);
                }
            }
            """;

    private static final String LATE = """
            package lib;

            public class Late {
                public java.net.Socket socket() {
                    return new java.net.Socket();
                }
            }
            """;

    private static final String SERVICE = """
            package lib;

            public interface Service {
                java.net.Socket serve();
            }
            """;

    private static final String SERVING = """
            package lib;

            public class Serving implements Service {
                public java.net.Socket serve() {
                    return new java.net.Socket();
                }
            }
            """;

    private static final String VERSIONED = """
            package lib;

            public class Versioned {
                public java.net.Socket socket = new java.net.Socket();
                public String version() {
                    return "base";
                }
            }
            """;

    @BeforeAll
    static void makeLibrary() throws Exception {
        app = new URLClassLoader("app", new URL[]{library(folder).write("lib.jar").toUri().toURL()},
                ImportPatchedTest.class.getClassLoader());
        // What stays open is opened: jars, and what the first sockets need.
        for (var library : List.of(imported(), imported(Patch.DNS), imported(Patch.PROCESS))) {
            assertThat(ask(library, "resource")).isEqualTo("some data");
            assertThat(ask(library, "late")).isInstanceOf(PatchedSocket.class);
        }
        try (var listener = new ServerSocket(0)) {
            for (HubProvider each : Hubs.providers()) {
                if (each.unusable().isEmpty()) {
                    Green.run(options -> options.hub(each), () -> connectAll(listener.getLocalPort()));
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static void connectAll(int port) throws Exception {
        var sockets = (List<Socket>) ask(imported(), "connect", "127.0.0.1", port);
        assertThat(sockets).hasSize(5).allSatisfy(each -> {
            assertThat(each).isInstanceOf(PatchedSocket.class);
            assertThat(each.isConnected()).isTrue();
            each.close();
        });
    }

    private static LibraryJar library(Path folder) throws Exception {
        return new LibraryJar(folder).attribute("Implementation-Title", "Lib")
                .attribute("Implementation-Version", "1.2")
                .attribute("Multi-Release", "true").resource("lib/data.txt", "some data")
                .resource("META-INF/services/lib.Service", "lib.Serving")
                .classes(CLIENT, DERIVED, DERIVED_SERVER, LATE, SERVICE, SERVING, VERSIONED)
                .classesIn("META-INF/versions/21/", VERSIONED.replace("base", "of 21"));
    }

    @AfterAll
    static void close() throws Exception {
        app.close();
    }

    private static Function<Object[], Object> imported(Patch... also) throws Exception {
        return instance(Patcher.importPatched(app, "lib.Client", also));
    }

    @SuppressWarnings("unchecked")
    private static Function<Object[], Object> instance(Class<?> type) throws Exception {
        return (Function<Object[], Object>) type.getConstructor().newInstance();
    }

    private static Object ask(Function<Object[], Object> library, Object... told) {
        return library.apply(told);
    }

    // ---- sockets

    @Test
    @SuppressWarnings("unchecked")
    void itsSocketsAndListenersAreGreenHoweverItMakesThem() throws Exception {
        var sockets = (List<Socket>) ask(imported(), "sockets");
        assertThat(sockets).hasSize(9).allSatisfy(each -> assertThat(each).isInstanceOf(PatchedSocket.class));
        var listeners = (List<ServerSocket>) ask(imported(), "listeners");
        assertThat(listeners).hasSize(4).allSatisfy(each -> assertThat(each).isInstanceOf(PatchedServerSocket.class));
        for (Socket each : sockets) {
            each.close();
        }
        for (ServerSocket each : listeners) {
            each.close();
        }
    }

    @Test
    void whatItDerivesFromASocketDoesWhatItDid() throws Exception {
        assertThat(ask(imported(), "derived")).isEqualTo("named1true");
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void everyConstructorThatConnectsDoes() throws Exception {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            connectAll(listener.getLocalPort());
            for (int i = 0; i < 5; i++) {
                listener.accept().close();
            }
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aServerOnTheSameLoopAnswersIt() throws Exception {
        var library = imported();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var talk = Green.spawn(() -> ask(library, "talk", "127.0.0.1", listener.getLocalPort()));
            try (var accepted = listener.accept()) {
                assertThat(accepted.recv(1)).containsExactly('q');
                accepted.sendAll(new byte[]{'a'});
            }
            assertThat(talk.await()).isEqualTo('a');
        }
    }

    // ---- nothing escapes, nobody else is touched

    @Test
    void theRestOfTheJvmStaysAsItIs() throws Exception {
        Class<?> imported = Patcher.importPatched(app, "lib.Client");
        Class<?> plain = app.loadClass("lib.Client");
        assertThat(imported).isNotSameAs(plain);
        assertThat(ask(instance(plain), "late")).isExactlyInstanceOf(Socket.class);
        assertThat(new Socket()).isExactlyInstanceOf(Socket.class);
        int before = (int) plain.getField("uses").get(null);
        var _ = ask(instance(imported), "resource");
        assertThat(plain.getField("uses").get(null)).isEqualTo(before);
        assertThat(Patcher.isMonkeyPatched(Patch.PROCESS)).isFalse();
    }

    @Test
    void whatItLoadsLaterStaysInside() throws Exception {
        var library = imported();
        ClassLoader own = library.getClass().getClassLoader();
        assertThat(ask(library, "late")).isInstanceOf(PatchedSocket.class);
        assertThat(ask(library, "service")).isInstanceOf(PatchedSocket.class);
        Thread caller = Thread.currentThread();
        ClassLoader context = caller.getContextClassLoader();
        try {
            caller.setContextClassLoader(app);
            assertThat(ask(library, "late by context")).isInstanceOf(PatchedSocket.class);
            assertThat(ask(library, "service")).isInstanceOf(PatchedSocket.class);
        } finally {
            caller.setContextClassLoader(context);
        }
        assertThat(ask(library, "late by system")).isSameAs(own);
    }

    @Test
    void whatIsImportedFromOneLibraryFitsTogether() throws Exception {
        assertThat(Patcher.importPatched(app, "lib.Late").getClassLoader())
                .isSameAs(Patcher.importPatched(app, "lib.Client").getClassLoader())
                .isNotSameAs(Patcher.importPatched(app, "lib.Client", Patch.PROCESS).getClassLoader());
    }

    @Test
    void theCallersLoaderFindsTheLibraryUnlessAnotherIsNamed() throws Exception {
        assertThat(Patcher.importPatched(Nearby.class.getName())).isNotSameAs(Nearby.class)
                .hasToString(Nearby.class.toString());
        assertThatThrownBy(() -> Patcher.importPatched("lib.Client")).isInstanceOf(ClassNotFoundException.class);
    }

    /** Lies where this test does. */
    static final class Nearby {}

    @Test
    void whatCannotBeImportedIsRefused() {
        assertThatThrownBy(() -> Patcher.importPatched("java.net.Socket")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "className: java.net.Socket (expected: a class of a library, and none of the JDK or of Verdant)");
        assertThatThrownBy(() -> Patcher.importPatched("dev.verdant.green.Green"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Patcher.importPatched(ClassLoader.getPlatformClassLoader(), "lib.Client"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: a class loader that finds this Verdant)");
    }

    // ---- jars

    @Test
    void itsResourcesPackageAndVersionAreWhereTheyWere() throws Exception {
        Class<?> type = Patcher.importPatched(app, "lib.Client");
        var library = instance(type);
        assertThat(ask(library, "resource")).isEqualTo("some data");
        assertThat(type.getPackage().getImplementationTitle()).isEqualTo("Lib");
        assertThat(type.getPackage().getImplementationVersion()).isEqualTo("1.2");
        assertThat(type.getProtectionDomain().getCodeSource().getLocation())
                .isEqualTo(app.loadClass("lib.Client").getProtectionDomain().getCodeSource().getLocation());
        assertThat(type.getResource("data.txt")).isEqualTo(app.getResource("lib/data.txt"));
        assertThat(ask(library, "version")).isEqualTo("of 21");
        Object versioned = Patcher.importPatched(app, "lib.Versioned").getConstructor().newInstance();
        assertThat(versioned.getClass().getField("socket").get(versioned)).isInstanceOf(PatchedSocket.class);
    }

    @Test
    void classesOfOldCompilersAreRewrittenToo() throws Exception {
        Path old = Files.createDirectories(folder.resolve("old"));
        Path jar = new LibraryJar(old).option("--release", "8").classes(LATE, DERIVED).write("old.jar");
        try (var loader = new URLClassLoader(new URL[]{jar.toUri().toURL()}, getClass().getClassLoader())) {
            Class<?> late = Patcher.importPatched(loader, "lib.Late");
            assertThat(late.getMethod("socket").invoke(late.getConstructor().newInstance()))
                    .isInstanceOf(PatchedSocket.class);
        }
    }

    @Test
    void aSignedJarsClassesKeepTheirSigners() throws Exception {
        Path signedFolder = Files.createDirectories(folder.resolve("signed"));
        Path jar = new LibraryJar(signedFolder).classes(LATE, DERIVED).write("plain.jar");
        Path signed = signedFolder.resolve("signed.jar");
        var bundle = new CertificateBuilder().subject("CN=signer").ecp256().setIsCertificateAuthority(true)
                .buildSelfSigned();
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(bundle.getCertificate()));
        try (var in = new ZipFile(jar.toFile()); var out = Files.newOutputStream(signed)) {
            new JarSigner.Builder(bundle.getKeyPair().getPrivate(), path).build().sign(in, out);
        }
        try (var loader = new URLClassLoader(new URL[]{signed.toUri().toURL()}, getClass().getClassLoader())) {
            Class<?> late = Patcher.importPatched(loader, "lib.Late");
            Class<?> derived = Class.forName("lib.Derived", true, late.getClassLoader());
            assertThat(late.getMethod("socket").invoke(late.getConstructor().newInstance()))
                    .isInstanceOf(PatchedSocket.class);
            assertThat(derived.getProtectionDomain().getCodeSource().getCertificates())
                    .containsExactly(bundle.getCertificate());
        }
    }

    /** As sockets of TLS, and those that only count bytes, are made. */
    @Test
    void aSocketThatWrapsAnotherStaysWhatItIs() throws Exception {
        Path wrapping = Files.createDirectories(folder.resolve("wrapping"));
        String wrapper = """
                package lib;
                public class Wrapper extends java.net.Socket {
                    public final java.net.Socket inner;
                    public final java.net.Socket other;
                    public Wrapper() throws java.io.IOException {
                        super((java.net.SocketImpl) null);
                        inner = make();
                        other = new java.net.Socket();
                    }
                    static java.net.Socket make() {
                        return new java.net.Socket();
                    }
                }
                """;
        Path jar = new LibraryJar(wrapping).classes(wrapper).write("wrapping.jar");
        try (var loader = new URLClassLoader(new URL[]{jar.toUri().toURL()}, getClass().getClassLoader())) {
            Class<?> type = Patcher.importPatched(loader, "lib.Wrapper");
            assertThat(type.getSuperclass()).isSameAs(Socket.class);
            assertThat(type.getField("inner").get(type.getConstructor().newInstance()))
                    .isInstanceOf(PatchedSocket.class);
        }
    }

    @Test
    void aClassThatTheLibraryCanDoWithoutMayBeMissing() throws Exception {
        Path partial = Files.createDirectories(folder.resolve("partial"));
        String absent = "package lib; public class Absent extends java.net.Socket implements Runnable { public void run() {} }";
        String other = "package lib; public class Other extends Absent { }";
        String optional = """
                package lib;
                public class Optional {
                    public static Object make(boolean present, boolean first) {
                        if (!present) {
                            return new java.net.Socket();
                        }
                        Object made;
                        if (first) {
                            made = new Absent();
                        } else {
                            made = new Other();
                        }
                        return made;
                    }
                }
                """;
        new LibraryJar(partial).classes(absent, other, optional).write("whole.jar");
        Path whole = partial.resolve("whole.jar");
        Path jar = partial.resolve("partial.jar");
        try (var in = new ZipFile(whole.toFile());
                var out = new java.util.jar.JarOutputStream(Files.newOutputStream(jar))) {
            for (var entry : in.stream().filter(each -> each.getName().equals("lib/Optional.class")).toList()) {
                out.putNextEntry(new java.util.zip.ZipEntry(entry.getName()));
                try (InputStream bytes = in.getInputStream(entry)) {
                    bytes.transferTo(out);
                }
            }
        }
        try (var loader = new URLClassLoader(new URL[]{jar.toUri().toURL()}, getClass().getClassLoader())) {
            Class<?> type = Patcher.importPatched(loader, "lib.Optional");
            assertThat(type.getMethod("make", boolean.class, boolean.class).invoke(null, false, false))
                    .isInstanceOf(PatchedSocket.class);
        }
    }

    // ---- names and processes, if they are named

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    @SuppressWarnings("unchecked")
    void itsNamesAreLookedUpElsewhereIfThatIsAskedFor() throws Exception {
        var library = imported(Patch.DNS);
        var told = new AtomicReference<Thread>();
        var names = new Object[5];
        names[0] = "names";
        for (int i = 1; i < names.length; i++) {
            names[i] = name(told, new CountDownLatch(0)).host;
        }
        assertThat((List<Object>) ask(library, names)).hasSize(4)
                .allMatch(each -> each.equals(InetAddress.ofLiteral("127.0.0.9")));
        assertThat(told.get().getName()).startsWith("verdant-names-");
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    @SuppressWarnings("unchecked")
    void theAddressesItMakesOfNamesHoldNoLoop() throws Exception {
        var library = imported(Patch.DNS);
        var letGo = new CountDownLatch(1);
        var told = new AtomicReference<Thread>();
        var first = name(told, letGo);
        var second = name(told, letGo);
        var makes = Green.spawn(() -> (List<InetSocketAddress>) ask(library, "address", first.host, second.host));
        Turns.until(() -> told.get() != null);
        letGo.countDown();
        var made = makes.await();
        assertThat(made.get(0)).isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.9"), 80));
        assertThat(made.get(0).getHostString()).isEqualTo(first.host);
        assertThat(made.get(1)).isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.9"), 81));
        assertThat(made.get(2).isUnresolved()).isTrue();
        assertThat(second.lookUps).hasValue(1);
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void itsReverseLookUpsHoldNoLoop() throws Exception {
        var library = imported(Patch.DNS);
        var begun = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        String host = TestNames.of("127.0.79.1");
        TestNames.name(InetAddress.ofLiteral("127.0.79.1"), () -> {
            begun.countDown();
            letGo.await();
            return host;
        });
        var asks = Green.spawn(() -> ask(library, "reverse", InetAddress.ofLiteral("127.0.79.1")));
        begun.await();
        letGo.countDown();
        assertThat(asks.await()).isEqualTo(host);
    }

    private static TestNames.Name name(AtomicReference<Thread> told, CountDownLatch letGo) {
        return new TestNames.Name(() -> {
            told.set(Thread.currentThread());
            letGo.await();
            return List.of(InetAddress.ofLiteral("127.0.0.9"));
        });
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void itsProcessesAreGreenIfThatIsAskedFor() throws Exception {
        for (String call : List.of("process", "exec")) {
            var green = (Process) ask(imported(Patch.PROCESS), call);
            assertThat(green).isInstanceOf(PatchedProcess.class);
            assertThat(green.waitFor()).isZero();
            var plain = (Process) ask(imported(), call);
            assertThat(plain).isNotInstanceOf(PatchedProcess.class);
            assertThat(plain.waitFor()).isZero();
            Turns.until(
                    () -> Objects.requireNonNull(EventLoop.current()).snapshot().channels() == 0);
        }
    }
}
