package dev.verdant.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of text and numbers in columns as wide as they must be. */
final class Table {

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... titles) {
        rows.add(List.of(titles));
    }

    void add(Object... cells) {
        rows.add(Arrays.stream(cells).map(Table::text).toList());
    }

    private static String text(Object cell) {
        return switch (cell) {
            case Integer number -> String.format(Locale.ROOT, "%,d", number);
            case Long number -> String.format(Locale.ROOT, "%,d", number);
            case Double number -> String.format(Locale.ROOT, "%.1f", number);
            default -> cell.toString();
        };
    }

    @Override
    public String toString() {
        int[] widths = IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0)).toArray();
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
    }

    /** The first column to the left, the others to the right. */
    private static String line(List<String> cells, int[] widths) {
        var line = new StringBuilder(String.format("%-" + widths[0] + "s", cells.getFirst()));
        for (int column = 1; column < widths.length; column++) {
            line.append(String.format("  %" + widths[column] + "s", cells.get(column)));
        }
        return line.toString();
    }
}
