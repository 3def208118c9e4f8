package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Java;
import dev.verdant.benchmarks.harness.Ports;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Estimate;
import dev.verdant.benchmarks.report.Numbers;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.report.Table;
import dev.verdant.benchmarks.servers.BareServer;
import dev.verdant.benchmarks.servers.Hello;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How long it takes from {@code java} to the first answer. */
public final class StartupSection implements Section {

    private static final String BARE = "a bare `ServerSocket` program";
    private static final String BARE_CACHED = BARE + ", AOT cache";
    private static final String OURS = "**Verdant**";
    private static final String OURS_CACHED = "**Verdant, AOT cache**";
    private static final String NIO_CACHED = "**Verdant on NIO, AOT cache**";

    private static final double AIM = 1.5;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(300);
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    /** What a program has that depends on {@code verdant-hub-nio} and {@code verdant-hub-epoll}; each further jar on a class path takes a JVM time when it starts. */
    private static final Set<String> MODULES = Set.of("benchmarks", "green-core", "hub-api", "hub-nio", "hub-unix",
            "hub-epoll");
    private static final Pattern LIBRARIES = Pattern
            .compile("(netty-(buffer|common|resolver|transport|transport-classes-epoll|transport-native-epoll"
                    + "|transport-native-unix-common)|jctools-core|jspecify)-\\d.*");

    /** Creates it. */
    public StartupSection() {}

    @Override
    public String id() {
        return "startup";
    }

    @Override
    public String title() {
        return "Start-up";
    }

    @Override
    public String family() {
        return "startup";
    }

    private static int rounds(Settings settings) {
        return settings.quick() ? 7 : settings.rounds();
    }

    @Override
    public double seconds(Settings settings) {
        return 14 + rounds(settings) * 2.7;
    }

    /** A program to start: its options and its class. */
    private record Program(List<String> options, String main) {

        List<String> command(String classPath, int port, String... more) {
            var command = new ArrayList<>(List.of(Java.tool("java"), "-XX:+UseSerialGC"));
            command.addAll(List.of(more));
            command.addAll(options);
            command.addAll(List.of("-cp", classPath, main, "--port", Integer.toString(port)));
            return command;
        }
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        workshop.progress().phase("AOT caches");
        String classPath = jars(Files.createDirectories(workshop.folder().resolve("jars")));
        var bare = new Program(List.of(), BareServer.class.getName());
        List<String> flags = List.of("--add-opens", "java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED");
        var ours = new Program(flags, Hello.class.getName());
        var nio = new Program(Stream.concat(flags.stream(), Stream.of("-Dverdant.hub=nio")).toList(),
                Hello.class.getName());
        Path log = workshop.folder().resolve("startup.log");
        var commands = new LinkedHashMap<String, List<String>>();
        var notes = new ArrayList<String>();
        int port = Ports.free();
        commands.put(BARE, bare.command(classPath, port));
        commands.put(OURS, ours.command(classPath, port));
        cached(bare, classPath, port, workshop.folder().resolve("bare.aot"), log).ifPresentOrElse(
                command -> commands.put(BARE_CACHED, command),
                () -> notes.add("The JVM made no AOT cache of the bare program."));
        cached(ours, classPath, port, workshop.folder().resolve("ours.aot"), log).ifPresentOrElse(
                command -> commands.put(OURS_CACHED, command), () -> notes.add("The JVM made no AOT cache of ours."));
        cached(nio, classPath, port, workshop.folder().resolve("nio.aot"), log).ifPresentOrElse(
                command -> commands.put(NIO_CACHED, command),
                () -> notes.add("The JVM made no AOT cache of ours on NIO."));
        workshop.progress().advance(14);
        workshop.progress().phase("starting them in turns");
        Map<String, double[]> millis = new LinkedHashMap<>();
        int rounds = rounds(workshop.settings());
        List<String> names = List.copyOf(commands.keySet());
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < names.size(); i++) {
                String name = names.get((round + i) % names.size());
                List<String> command = commands.getOrDefault(name, List.of());
                double took = start(command, port, log, ProcessEnd.KILL);
                millis.computeIfAbsent(name, _ -> new double[rounds])[round] = took;
                workshop.progress().advance(took / 1e3);
            }
        }
        var rows = new ArrayList<List<String>>();
        var bars = new ArrayList<Chart.Bar>();
        for (String name : List.of(BARE, BARE_CACHED, OURS, OURS_CACHED, NIO_CACHED)) {
            double[] values = millis.getOrDefault(name, new double[0]);
            Estimate ratio = ratio(millis, name);
            rows.add(List.of(name, Numbers.withInterval(Estimate.of(values)), Numbers.ratio(ratio.median()),
                    Numbers.interval(ratio)));
            bars.add(new Chart.Bar(Tables.plain(name), Estimate.of(values), name.startsWith("**")));
        }
        return new Part(id(), title(), List.of(
                "From starting `java` to the first answer that a client has, which tries to connect again and again: a program with a `ServerSocket` and nothing else, and the"
                        + " smallest server on Verdant, both from jars, alone and with a cache (`-XX:AOTCacheOutput`, `-XX:AOTCache`) made by one run with one connection. "
                        + rounds + " starts each, in turns."),
                List.of(new Table("Ratios to the bare program without a cache:",
                        List.of("program", "ms", "ratio", "95 %"), rows)),
                List.of(new Chart.Bars("From java to the first answer, ms", bars)),
                List.of(Aim.atMost("start-up with an AOT cache, to the bare program", AIM,
                        ratio(millis, OURS_CACHED)),
                        Aim.atMost("start-up on NIO with an AOT cache, to the bare program", AIM,
                                ratio(millis, NIO_CACHED))),
                List.of(), notes);
    }

    private static Estimate ratio(Map<String, double[]> millis, String name) {
        double[] values = millis.getOrDefault(name, new double[0]);
        double[] bare = millis.getOrDefault(BARE, new double[0]);
        return Estimate
                .of(IntStream.range(0, Math.min(values.length, bare.length)).mapToDouble(i -> values[i] / bare[i])
                        .toArray());
    }

    /** Makes a cache by a run, and returns the command that uses it. */
    private static java.util.Optional<List<String>> cached(Program program, String classPath, int port, Path cache,
            Path log) throws IOException {
        start(program.command(classPath, port, "-XX:AOTCacheOutput=" + cache), port, log, ProcessEnd.TERMINATE);
        return Files.exists(cache)
                ? java.util.Optional.of(program.command(classPath, port, "-XX:AOTCache=" + cache))
                : java.util.Optional.empty();
    }

    /** How a program is ended: asked to, so that it does what it has to do at its end, or not. */
    private enum ProcessEnd {
        TERMINATE, KILL
    }

    /** Starts a program, and returns after how many milliseconds it has answered. */
    private static double start(List<String> command, int port, Path log, ProcessEnd end) throws IOException {
        long begin = System.nanoTime();
        var process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        try {
            awaitAnswer(process, port, begin + PATIENCE_NANOS);
            double took = (System.nanoTime() - begin) / 1e6;
            if (end == ProcessEnd.TERMINATE) {
                process.destroy();
                process.waitFor(60, TimeUnit.SECONDS);
            }
            return took;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    private static void awaitAnswer(Process process, int port, long deadline) throws IOException {
        while (true) {
            try (var socket = new Socket(InetAddress.getByAddress(new byte[]{127, 0, 0, 1}), port);
                    OutputStream out = socket.getOutputStream()) {
                out.write(REQUEST);
                if (socket.getInputStream().read() < 0) {
                    throw new IOException("closed without an answer");
                }
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** The class path as users have it, of jars: caches know no folders. */
    private static String jars(Path folder) throws IOException {
        var jars = new ArrayList<String>();
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                if (!MODULES.contains(moduleOf(path))) {
                    continue;
                }
                Path jar = folder.resolve("verdant-" + number++ + ".jar");
                pack(path, jar);
                jars.add(jar.toString());
            } else if (LIBRARIES.matcher(path.getFileName().toString()).matches()) {
                jars.add(entry);
            }
        }
        return String.join(File.pathSeparator, jars);
    }

    /** From {@code .../MODULE/target/classes}. */
    private static String moduleOf(Path classes) {
        Path absolute = classes.toAbsolutePath();
        return absolute.getNameCount() < 3 ? "" : absolute.getName(absolute.getNameCount() - 3).toString();
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar)); var files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
    }
}
