package dev.verdant.examples;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.green.spi.LoopObserver;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Shows that it works, on real traffic, on each hub that runs here: thousands of connections at a time to the {@link EchoServer}, every byte checked; then
 * this project's own files from the {@link FileServer}, fetched by 200 green threads through the JDK's HTTP client and compared with the disk.
 *
 * <p>Run {@code ./verdant demo}. Ends with 1 if anything differed.
 */
public final class Demo {

    private static final int CONNECTIONS = 5_000;
    private static final int CRAWLERS = 200;
    private static final Set<String> NOT_SOURCES = Set.of("target", ".git", ".idea");

    private final HttpClient client;
    private final Path root;
    private final int connections;
    private final long seed;

    Demo(HttpClient client, Path root, int connections, long seed) {
        this.client = client;
        this.root = root;
        this.connections = connections;
        this.seed = seed;
    }

    /** What came out on one hub. */
    record Row(String hub, int connections, long bytes, int files, long greenThreads, long switches, double seconds,
            int mismatches) {}

    /**
     * Runs the demo.
     *
     * @param args {@code --connections N}, and the folder whose files are served, the current one if none is given
     * @throws Exception if it cannot be run to its end
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "connections");
        var root = Path.of(arguments.rest().isEmpty() ? "." : arguments.rest().getFirst());
        var demo = new Demo(WebCrawler.client(), root, arguments.number("connections", CONNECTIONS),
                new Random().nextLong());
        System.out.println("seed " + demo.seed);
        var rows = new ArrayList<Row>();
        for (HubProvider hub : hubs()) {
            rows.add(demo.runOn(hub));
        }
        System.out.println();
        System.out.print(table(rows));
        System.exit(rows.stream().allMatch(row -> row.mismatches() == 0) ? 0 : 1);
    }

    /** The hub that was asked for, or all that run here. */
    private static List<HubProvider> hubs() {
        if (System.getProperty(Hubs.PROPERTY) != null || System.getenv(Hubs.VARIABLE) != null) {
            return List.of(Hubs.select());
        }
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty()).toList();
    }

    Row runOn(HubProvider hub) throws Exception {
        var threads = new ThreadCount();
        return Green.call(options -> options.hub(hub).name("demo-" + hub.name()).observer(threads),
                () -> run(hub.name(), threads));
    }

    /** Counts the green threads that began. */
    private static final class ThreadCount implements LoopObserver {

        private long began;

        @Override
        public void began(Thread thread, String name) {
            began++;
        }
    }

    private Row run(String hub, ThreadCount threads) throws Exception {
        long start = System.nanoTime();
        var echoed = echo(hub);
        var crawled = crawl(hub);
        double seconds = (System.nanoTime() - start) / 1e9;
        var loop = EventLoop.current();
        long switches = loop == null ? 0 : loop.snapshot().switches();
        return new Row(hub, echoed.connections(), echoed.bytes(), crawled.files(), threads.began, switches, seconds,
                echoed.mismatches() + crawled.mismatches());
    }

    private ConnectMany.Result echo(String hub) throws Exception {
        System.out.println(hub + ": " + connections + " connections at a time, every byte checked ...");
        try (var listener = serve(EchoServer::echo)) {
            var result = ConnectMany.check(listener.getLocalSocketAddress(), connections, seed);
            System.out
                    .println(hub + ": " + result.bytes() + " bytes came back, " + result.mismatches() + " mismatches");
            return result;
        }
    }

    private record Crawled(int files, int mismatches) {}

    private Crawled crawl(String hub) throws Exception {
        var files = sources(root);
        System.out.println(hub + ": " + files.size() + " files to fetch, " + CRAWLERS + " green threads ...");
        try (var listener = serve(new FileServer(root)::talk)) {
            var checked = new Check(root, hub, files.size());
            var base = "http://127.0.0.1:" + listener.getLocalPort() + "/";
            WebCrawler.crawl(client, files.stream().map(file -> address(base, root, file)).toList(), CRAWLERS, checked);
            return new Crawled(checked.files, checked.mismatches);
        }
    }

    /** Compares what was fetched with what is on the disk. */
    private static final class Check implements WebCrawler.Visitor {

        private final Path root;
        private final String hub;
        private final int expected;
        private int files;
        private int mismatches;

        Check(Path root, String hub, int expected) {
            this.root = root;
            this.hub = hub;
            this.expected = expected;
        }

        @Override
        public void visit(WebCrawler.Page page) throws IOException {
            Path file = root.resolve(page.address().getPath().substring(1));
            files++;
            if (page.status() != 200 || !Arrays.equals(page.body(), Files.readAllBytes(file))) {
                mismatches++;
                System.out.println(hub + ": DIFFERS: " + file + ", status " + page.status());
            }
            if (files % 100 == 0 || files == expected) {
                System.out.println(hub + ": " + files + " of " + expected + " files fetched");
            }
        }
    }

    private static URI address(String base, Path root, Path file) {
        try {
            String path = root.relativize(file).toString().replace('\\', '/');
            return URI.create(base).resolve(new URI(null, null, path, null));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(file + " cannot be an address", e);
        }
    }

    /** The files below a folder, less what builds and tools leave there. */
    static List<Path> sources(Path root) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_SOURCES.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }

    /** Serves beside the rest, until the listener is closed. */
    private static GreenServerSocket serve(SocketHandler handler) throws IOException {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 4096);
        Green.spawnN(() -> Net.serve(listener, handler, 10_000));
        return listener;
    }

    static String table(List<Row> rows) {
        var titles = List.of("hub", "connections", "bytes checked", "files crawled", "green threads", "switches",
                "seconds", "mismatches");
        var lines = new ArrayList<List<String>>();
        lines.add(titles);
        for (Row row : rows) {
            lines.add(List.of(row.hub(), "" + row.connections(), "" + row.bytes(), "" + row.files(),
                    "" + row.greenThreads(), "" + row.switches(),
                    String.format("%.1f", row.seconds()), "" + row.mismatches()));
        }
        return lines.stream().map(line -> line(line, column -> width(lines, column))).collect(Collectors.joining());
    }

    private static int width(List<List<String>> lines, int column) {
        return lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
    }

    private static String line(List<String> cells, Function<Integer, Integer> width) {
        var text = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            text.append(" ".repeat(width.apply(column) - cells.get(column).length() + (column == 0 ? 0 : 2)))
                    .append(cells.get(column));
        }
        return text.append('\n').toString();
    }
}
