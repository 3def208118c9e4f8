package dev.verdant.testkit;

import dev.verdant.green.spi.FaultPoint;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often the fault points of the process were reached, and how often they struck, in all simulations with faults so far. A point that never struck was
 * tested by nobody. Any thread.
 */
public final class FaultCoverage {

    private static final ConcurrentHashMap<FaultPoint, Counts> COUNTS = new ConcurrentHashMap<>();

    private FaultCoverage() {}

    private record Counts(LongAdder reached, LongAdder struck) {}

    /**
     * A point and what became of it.
     *
     * @param name its name
     * @param reached how often a program came by
     * @param struck how often it went wrong
     */
    public record Point(String name, long reached, long struck) {}

    static void count(FaultPoint point, boolean strikes) {
        Counts counts = COUNTS.computeIfAbsent(point, _ -> new Counts(new LongAdder(), new LongAdder()));
        counts.reached.increment();
        if (strikes) {
            counts.struck.increment();
        }
    }

    /**
     * Returns all points that there are so far, those that nobody reached too.
     *
     * @return by name
     */
    public static List<Point> points() {
        return FaultPoint.all().stream().map(point -> {
            Counts counts = COUNTS.get(point);
            return counts == null
                    ? new Point(point.name(), 0, 0)
                    : new Point(point.name(), counts.reached.sum(), counts.struck.sum());
        }).sorted(Comparator.comparing(Point::name)).toList();
    }

    /**
     * Describes all points, a line each, for a person to read.
     *
     * @return lines that end in a line feed
     */
    public static String report() {
        List<Point> points = points();
        var text = new StringBuilder();
        text.append(points.stream().filter(point -> point.struck() > 0).count()).append(" of ").append(points.size())
                .append(" fault points struck\n");
        for (Point each : points) {
            text.append(String.format(Locale.ROOT, "  %-32s struck %,10d of %,12d times%n", each.name(), each.struck(),
                    each.reached()));
        }
        return text.toString();
    }
}
