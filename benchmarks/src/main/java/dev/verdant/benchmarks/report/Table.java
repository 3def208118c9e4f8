package dev.verdant.benchmarks.report;

import java.util.List;

/**
 * A table. The first column names the row.
 *
 * @param title a line above it; may be empty
 * @param header the names of its columns
 * @param rows as many cells each as the header has
 */
public record Table(String title, List<String> header, List<List<String>> rows) {

    /**
     * Creates a table.
     *
     * @param title may be empty
     * @param header the names of its columns
     * @param rows as many cells each
     */
    public Table {
        header = List.copyOf(header);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            if (row.size() != header.size()) {
                throw new IllegalArgumentException("row: " + row + " (expected: " + header.size() + " cells)");
            }
        }
    }
}
