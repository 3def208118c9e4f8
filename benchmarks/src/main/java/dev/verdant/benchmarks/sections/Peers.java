package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Machine;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.servers.Hello;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import io.netty.channel.epoll.Epoll;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The servers that may be measured, and which of them can run here. */
final class Peers {

    /** Names that others are compared with and that aims speak of. */
    static final String C = "c";
    static final String NETTY = "netty";
    static final String EPOLL = "epoll";
    static final String NIO = "nio";
    static final String CALLBACKS = "callbacks";
    static final String TORNADO_UNTIL = "tornado-until";
    static final String GO = "go";
    static final String JDK_VIRTUAL = "jdk-virtual";

    private static final List<String> ONE_CARRIER = List.of("-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1");
    private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");
    private static final int COMPILE_SECONDS = 180;
    private static final String NO_EPOLL = "no epoll here";

    private Peers() {}

    /** Where the peers' sources are. */
    static Path sources() {
        return Path.of(System.getProperty("verdant.checkout", "")).toAbsolutePath().resolve("benchmarks/peers");
    }

    /** The names of our hubs that can be used here, best first. */
    static List<String> hubs() {
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty()).map(HubProvider::name)
                .toList();
    }

    static String ourLabel(String hub) {
        return "**Verdant, " + (hub.equals(NIO) ? "NIO" : hub) + "**";
    }

    /** The smallest server, by all who have one. What has to be compiled is, into {@code folder}. */
    static Server.Choice hello(Path folder) {
        var servers = new ArrayList<Server>();
        Map<String, String> missing = new LinkedHashMap<>();
        c(folder, servers, missing);
        if (Epoll.isAvailable()) {
            servers.add(hello(NETTY, "Netty, bare pipeline", List.of(), "--peer", "netty"));
        } else {
            missing.put("Netty", NO_EPOLL);
        }
        for (String hub : hubs()) {
            servers.add(Server.java(hub, ourLabel(hub), true, List.of("-Dverdant.hub=" + hub), Hello.class.getName()));
        }
        servers.add(
                Server.java(CALLBACKS, "**Verdant, callbacks** (`readUntil`)", true, List.of(), Hello.class.getName(),
                        "--form", "stream"));
        go(folder, servers, missing);
        servers.add(hello(JDK_VIRTUAL, "JDK virtual threads, one carrier", ONE_CARRIER, "--peer", "jdk-virtual"));
        for (String library : List.of("uvloop", "gevent", "eventlet", "tornado")) {
            python(library, library, "", servers, missing);
        }
        python(TORNADO_UNTIL, "tornado", ", `read_until`", servers, missing);
        servers.add(hello("jdk-platform", "JDK platform threads", List.of(), "--peer", "jdk-platform"));
        return new Server.Choice(servers, missing);
    }

    private static Server hello(String name, String label, List<String> options, String... arguments) {
        return Server.java(name, label, false, options, Hello.class.getName(), arguments);
    }

    private static void c(Path folder, List<Server> servers, Map<String, String> missing) {
        String label = "C, epoll";
        Optional<Path> compiler = Machine.tool("cc").or(() -> Machine.tool("gcc")).or(() -> Machine.tool("clang"));
        if (!System.getProperty("os.name").equals("Linux")) {
            missing.put(label, NO_EPOLL);
        } else if (compiler.isEmpty()) {
            missing.put(label, "no C compiler is installed");
        } else {
            Path program = folder.resolve("hello_epoll");
            if (compile(List.of(compiler.get().toString(), "-O2", "-o", program.toString(),
                    sources().resolve("hello_epoll.c").toString()))) {
                servers.add(new Server(C, label, false, false, false,
                        port -> List.of(program.toString(), Integer.toString(port))));
            } else {
                missing.put(label, "it does not compile");
            }
        }
    }

    private static void go(Path folder, List<Server> servers, Map<String, String> missing) {
        Optional<Path> go = Machine.tool("go");
        if (go.isEmpty()) {
            missing.put("Go", "not installed");
            return;
        }
        Path program = folder.resolve("hello_go");
        if (compile(List.of(go.get().toString(), "build", "-o", program.toString(),
                sources().resolve("hello.go").toString()))) {
            servers.add(new Server(GO, goLabel(go.get()) + ", `GOMAXPROCS=1`", false, false, false,
                    port -> List.of(program.toString(), Integer.toString(port))));
        } else {
            missing.put("Go", "it does not compile");
        }
    }

    static String goLabel(Path go) {
        return Machine.run(10, List.of(go.toString(), "version")).map(said -> said.split(" ", -1))
                .filter(words -> words.length > 2).map(words -> "Go " + words[2].replace("go", "")).orElse("Go");
    }

    private static boolean compile(List<String> command) {
        return Machine.run(COMPILE_SECONDS, command).isPresent();
    }

    private static void python(String name, String library, String how, List<Server> servers,
            Map<String, String> missing) {
        Optional<String> python = python(library);
        if (python.isEmpty()) {
            missing.put(library, "not installed");
            return;
        }
        String script = sources().resolve("hello.py").toString();
        servers.add(new Server(name, library + version(python.get(), library) + how, false, false, false,
                port -> List.of(python.get(), script, name, Integer.toString(port))));
    }

    /** Returns a Python that has a library. */
    static Optional<String> python(String library) {
        return PYTHONS.stream().filter(python -> python.startsWith("/")
                ? Files.isExecutable(Path.of(python))
                : Machine.tool(python).isPresent())
                .filter(python -> Machine.run(20, List.of(python, "-c", "import " + library)).isPresent()).findFirst();
    }

    private static String version(String python, String library) {
        return Machine.run(20, List.of(python, "-c",
                "import " + library + " as m; print(getattr(m, '__version__', getattr(m, 'version', '')))"))
                .map(String::strip).filter(version -> version.matches("[0-9.]+")).map(version -> " " + version)
                .orElse("").toLowerCase(Locale.ROOT);
    }

    /** The server that others are compared with: C where there is a compiler, else Netty, else the first. */
    static String base(List<Server> servers) {
        return List.of(C, NETTY).stream()
                .filter(name -> servers.stream().anyMatch(server -> server.name().equals(name))).findFirst()
                .orElseGet(() -> servers.getFirst().name());
    }
}
