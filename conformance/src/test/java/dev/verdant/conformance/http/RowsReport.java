package dev.verdant.conformance.http;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.GreenPool;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Prints which rows a server passes whose handler is a {@link Mirror}, and what came instead: {@code HOST PORT [PATIENCE_MILLIS [ONE_SPLIT_IN [ROW]]]}.
 * With {@code -Dverdant.rows.substance=true} any refusal is as good as another, and however the connection ends after it.
 */
final class RowsReport {

    private static final int AT_ONCE = 16;
    private static final int MOST_SHOWN = 4;
    private static final int WARM_UPS = 100;

    private RowsReport() {}

    public static void main(String[] args) throws Exception {
        var server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        var pace = Pace.elsewhere(Duration.ofMillis(args.length > 2 ? Long.parseLong(args[2]) : 400));
        int oneIn = args.length > 3 ? Integer.parseInt(args[3]) : 50;
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        boolean strict = !Boolean.getBoolean("verdant.rows.substance");
        System.out.println("seed " + seed);
        List<Row> rows = Rows.all().filter(row -> args.length < 5 || row.id().matches(args[4])).toList();
        Map<String, List<String>> complaints = new TreeMap<>();
        Green.run(() -> {
            warmUp(server);
            var pool = new GreenPool(AT_ONCE);
            for (Row row : rows) {
                for (Variant variant : row.variants()) {
                    pool.spawnN(() -> {
                        String complaint = complaint(new Judge(server, pace, new Random(seed), oneIn, strict), variant);
                        if (complaint != null) {
                            complaints.computeIfAbsent(row.id(), _ -> new ArrayList<>()).add(complaint);
                        }
                    });
                }
            }
            pool.waitAll();
        });
        for (Row row : rows) {
            print(row, complaints.getOrDefault(row.id(), List.of()));
        }
        summary(rows, complaints);
    }

    /** A server's first answers may take their time. */
    private static void warmUp(SocketAddress server) throws Exception {
        Variant simple = Row.of("warm-up").add(Expectation.kept(), Wire.SIMPLE).build().variants().getFirst();
        for (int i = 0; i < WARM_UPS; i++) {
            Dialogue.with(server, simple, Splits.WHOLE, Pace.elsewhere(Duration.ofSeconds(10)));
        }
    }

    private static @Nullable String complaint(Judge judge, Variant variant) throws Exception {
        return Timeout.callOrElse(Duration.ofMinutes(1), () -> judge.complaint(variant),
                variant + ": not done within a minute");
    }

    private static void print(Row row, List<String> complaints) {
        System.out.println(row + " "
                + (complaints.isEmpty() ? "pass" : "FAIL " + complaints.size() + " of " + row.variants().size()));
        complaints.stream().limit(MOST_SHOWN).forEach(each -> System.out.println("    " + each));
    }

    private static void summary(List<Row> rows, Map<String, List<String>> complaints) {
        Map<String, int[]> groups = new TreeMap<>();
        var failing = new ArrayList<String>();
        for (Row row : rows) {
            int[] counts = groups.computeIfAbsent(row.group(), _ -> new int[2]);
            counts[1]++;
            if (complaints.getOrDefault(row.id(), List.of()).isEmpty()) {
                counts[0]++;
            } else {
                failing.add(row.id());
            }
        }
        groups.forEach((group, counts) -> System.out.println(group + " " + counts[0] + "/" + counts[1]));
        System.out.println("failing: " + String.join(" ", failing));
    }
}
