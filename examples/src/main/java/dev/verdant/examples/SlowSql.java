package dev.verdant.examples;

import com.sun.management.OperatingSystemMXBean;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.net.Net;
import dev.verdant.green.patch.Patcher;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;

/**
 * 200 slow SQL queries at a time on one loop, by PostgreSQL's own driver, which knows nothing of green threads; first on the JDK's sockets, then patched, side by
 * side.
 *
 * <p>Run {@code ./verdant slow-sql}, or with a database of yours, {@code --url "jdbc:postgresql://HOST/DATABASE?user=USER"}, which must allow so many connections:
 * {@code --queries 50}. Without one a stub answers.
 */
public final class SlowSql {

    private static final double SECONDS = 1;

    private final String url;
    private final int queries;
    private int answered;

    SlowSql(String url, int queries) {
        this.url = url;
        this.queries = queries;
    }

    /** What came out one way. */
    record Row(String sockets, int answers, double seconds, double cpuSeconds) {}

    /**
     * Runs the queries both ways.
     *
     * @param args {@code --url URL --queries N}
     * @throws Exception if the database does not answer as it should
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "url", "queries").withoutRest();
        int queries = arguments.number("queries", 200, 1, 10_000);
        try (var stub = EventLoop.start(options -> options.name("stub"))) {
            String url = arguments.text("url", "");
            var example = new SlowSql(url.isEmpty() ? serve(stub) : url, queries);
            var table = new Table("sockets", "answers", "seconds", "CPU seconds");
            for (String sockets : new String[]{"the JDK's", "patched"}) {
                if (sockets.equals("patched")) {
                    Patcher.monkeyPatch();
                }
                Row row = example.run(sockets);
                table.add(row.sockets(), row.answers(), row.seconds(), row.cpuSeconds());
            }
            System.out.println("\n" + queries + " queries that take " + SECONDS + " s each, on one loop\n" + table);
        } catch (SQLException e) {
            System.err.println("slow-sql: " + e.getMessage());
            System.exit(1);
        }
    }

    /** Serves on another loop, and returns where. */
    static String serve(EventLoop loop) throws InterruptedException, IOException {
        try {
            var listener = loop.spawn(() -> Net.listen(new InetSocketAddress("127.0.0.1", 0), 4096)).get();
            loop.spawn("stub", () -> {
                Net.serve(listener, PostgresStub::serve, Integer.MAX_VALUE);
                return null;
            });
            return "jdbc:postgresql://127.0.0.1:" + listener.getLocalPort() + "/stub?user=stub&sslmode=disable";
        } catch (ExecutionException e) {
            throw new IOException(e);
        }
    }

    Row run(String sockets) throws Exception {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        onALoop(() -> askAll(0)); // What is loaded and compiled once is not to count against the first.
        long begin = System.nanoTime();
        long cpu = system.getProcessCpuTime();
        answered = 0;
        onALoop(() -> {
            try (var _ = Progress.of(() -> sockets + ": " + answered + " of " + queries + " answered")) {
                askAll(SECONDS);
            }
        });
        return new Row(sockets, answered, (System.nanoTime() - begin) / 1e9,
                (system.getProcessCpuTime() - cpu) / 1e9);
    }

    /** One failure is enough to be told. */
    private static void onALoop(GreenTask body) throws Exception {
        Green.run(options -> options.onUncaught((_, _) -> {}), body);
    }

    private void askAll(double seconds) throws Exception {
        try (var scope = Green.scope()) {
            for (int i = 0; i < queries; i++) {
                long number = i;
                scope.spawn(() -> {
                    ask(number, seconds);
                    return number;
                });
            }
            scope.joinAll();
        }
    }

    /** As any program asks a database. */
    private void ask(long number, double seconds) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select " + number + ", pg_sleep(" + seconds + ")")) {
            if (!rows.next() || rows.getLong(1) != number) {
                throw new SQLException("not the answer to " + number);
            }
            answered++;
        }
    }
}
