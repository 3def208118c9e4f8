package dev.verdant.examples;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.spi.LoopObserver;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Shows that it works, on real traffic, on each hub that runs here: thousands of connections at a time to the {@link EchoServer}, every byte checked;
 * then this project's own files from the {@link FileServer}, fetched by 200 green threads through the JDK's HTTP client and compared with the disk.
 *
 * <p>Run {@code ./verdant demo}. Ends with 1 if anything differed.
 */
public final class Demo {

    private static final int CONNECTIONS = 5_000;
    private static final int MOST_SHOWN = 10;

    /** The crawler's connections, jars, and some to spare. */
    private static final int OTHER_DESCRIPTORS = 600;

    private final Path folder;
    private final int connections;
    private final long seed;

    Demo(Path folder, int connections, long seed) {
        this.folder = folder;
        this.connections = connections;
        this.seed = seed;
    }

    /** What came out on one hub. */
    record Row(String hub, int connections, long bytes, int files, long greenThreads, long switches, double seconds,
            List<String> mismatches) {}

    /**
     * Runs the demo.
     *
     * @param args {@code --connections N}, and the folder whose files are served, the checkout if none is given
     * @throws Exception if it cannot be run to its end
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "connections");
        String folder = arguments.rest().isEmpty()
                ? System.getProperty("verdant.checkout", ".")
                : arguments.rest().getFirst();
        int connections = affordable(arguments.number("connections", CONNECTIONS, 1, 1_000_000));
        var demo = new Demo(Path.of(folder), connections, new Random().nextLong());
        System.out.println("seed " + demo.seed);
        var rows = new ArrayList<Row>();
        for (HubProvider hub : hubs()) {
            rows.add(demo.runOn(hub));
        }
        System.out.println("\n" + table(rows));
        var mismatches = rows.stream().flatMap(row -> row.mismatches().stream()).toList();
        mismatches.stream().limit(MOST_SHOWN).forEach(System.err::println);
        if (mismatches.size() > MOST_SHOWN) {
            System.err.println("... and " + (mismatches.size() - MOST_SHOWN) + " more");
        }
        System.exit(mismatches.isEmpty() ? 0 : 1);
    }

    /** The hub that was asked for, or all that run here, the best first. */
    private static List<HubProvider> hubs() {
        if (System.getProperty(Hubs.PROPERTY) != null || System.getenv(Hubs.VARIABLE) != null) {
            return List.of(Hubs.select());
        }
        return Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty()).toList();
    }

    /** Both ends of a connection are in this process: it takes two descriptors. */
    private static int affordable(int wanted) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long limit = system.getMaxFileDescriptorCount();
            int most = Math.clamp((limit - OTHER_DESCRIPTORS) / 2, 1, Integer.MAX_VALUE);
            if (most < wanted) {
                System.out.println("NOTE: only " + most + " connections instead of " + wanted
                        + ", because this process may open no more than " + limit + " descriptors (ulimit -n)");
                return most;
            }
        }
        return wanted;
    }

    Row runOn(HubProvider hub) throws Exception {
        var count = new ThreadCount();
        try (var loop = EventLoop.start(options -> options.hub(hub).name("demo-" + hub.name()).observer(count));
                var pages = new Pages(loop)) {
            return loop.spawn(() -> run(loop, pages, count)).await();
        }
    }

    /** Counts the green threads that began. Confined to the loop. */
    private static final class ThreadCount implements LoopObserver {

        private long began;

        @Override
        public void began(Thread thread, String name) {
            began++;
        }
    }

    private Row run(EventLoop loop, Pages pages, ThreadCount count) throws Exception {
        long start = System.nanoTime();
        var echoed = echo(loop.hubName());
        var crawled = crawl(loop.hubName(), pages);
        double seconds = (System.nanoTime() - start) / 1e9;
        var mismatches = new ArrayList<String>();
        echoed.mismatches().forEach(what -> mismatches.add(loop.hubName() + ": " + what));
        crawled.mismatches().forEach(what -> mismatches.add(loop.hubName() + ": " + what));
        return new Row(loop.hubName(), echoed.opened(), echoed.bytes() + crawled.bytes(), crawled.files(), count.began,
                loop.snapshot().switches(), seconds, mismatches);
    }

    private ConnectMany echo(String hub) throws Exception {
        try (var listener = listen()) {
            Green.spawnN(() -> Net.serve(listener, EchoServer::echo, Integer.MAX_VALUE));
            var check = new ConnectMany(listener.getLocalSocketAddress(), connections, seed);
            try (var _ = Progress.of(() -> hub + ": " + check)) {
                check.run();
            }
            return check;
        }
    }

    private TreeCheck crawl(String hub, Pages pages) throws Exception {
        try (var listener = listen()) {
            Green.spawnN(() -> FileServer.on(listener, folder).serve());
            var check = new TreeCheck(folder, listener.getLocalPort());
            try (var _ = Progress.of(() -> hub + ": " + check)) {
                WebCrawler.crawl(pages, check.addresses(), check);
            }
            return check;
        }
    }

    private static GreenServerSocket listen() throws IOException {
        return Net.listen(new InetSocketAddress("127.0.0.1", 0), 4096);
    }

    static String table(List<Row> rows) {
        var table = new Table("hub", "connections", "bytes checked", "files crawled", "green threads", "switches",
                "seconds", "mismatches");
        for (Row row : rows) {
            table.add(row.hub(), row.connections(), row.bytes(), row.files(), row.greenThreads(), row.switches(),
                    row.seconds(), row.mismatches().size());
        }
        return table.toString();
    }
}
