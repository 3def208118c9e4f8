package dev.verdant.benchmarks.report;

import java.util.List;

/** A page as Markdown. */
public final class Markdown {

    private Markdown() {}

    /**
     * Writes a page.
     *
     * @param page the page
     * @return Markdown
     */
    public static String of(Page page) {
        var text = new StringBuilder("# " + Page.TITLE + "\n\n");
        text.append("Written by `").append(page.command()).append("` on ").append(page.date()).append(", which took ")
                .append(page.took())
                .append(". The same with charts: [benchmarks.html](benchmarks.html). What explains the figures,"
                        + " and what this does not measure: [performance.md](performance.md).\n\n");
        for (String line : page.machine()) {
            text.append("- ").append(cell(line)).append('\n');
        }
        for (String paragraph : Page.HOW_TO_READ) {
            text.append('\n').append(paragraph).append('\n');
        }
        if (!page.aims().isEmpty()) {
            text.append("\n**").append(page.verdict()).append("**\n");
            if (!page.missed().isEmpty()) {
                text.append('\n');
                aims(text, page.missed());
            }
        }
        page.parts().forEach(part -> part(text, part));
        return text.toString();
    }

    private static void part(StringBuilder text, Part part) {
        text.append("\n## ").append(part.title()).append("\n\n").append(String.join("\n\n", part.text())).append('\n');
        for (Table table : part.tables()) {
            text.append('\n');
            if (!table.title().isEmpty()) {
                text.append(table.title()).append("\n\n");
            }
            table(text, table.header(), table.rows());
        }
        if (!part.aims().isEmpty()) {
            text.append("\nAims:\n\n");
            aims(text, part.aims());
        }
        if (!part.missing().isEmpty()) {
            text.append("\nNot measured: ").append(String.join("; ", part.missing())).append(".\n");
        }
        for (String note : part.notes()) {
            text.append('\n').append(note).append('\n');
        }
        text.append("\nTo repeat it: `./verdant bench --only ").append(part.id()).append("`\n");
    }

    private static void aims(StringBuilder text, List<Aim> aims) {
        table(text, AimRows.HEADER, aims.stream().map(aim -> AimRows.of(aim, "**" + aim.verdict() + "**")).toList());
    }

    private static void table(StringBuilder text, List<String> header, List<List<String>> rows) {
        row(text, header);
        text.append("|---".repeat(header.size())).append("|\n");
        rows.forEach(row -> row(text, row));
    }

    private static void row(StringBuilder text, List<String> cells) {
        for (String cell : cells) {
            text.append("| ").append(cell(cell)).append(' ');
        }
        text.append("|\n");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
