package dev.verdant.benchmarks.report;

import java.util.List;

/** A page as one file of HTML that is well-formed XML too: style and charts are inside, nothing is fetched, no script runs. */
public final class Html {

    private static final String STYLE = """
            :root {
                color-scheme: light dark;
                --page: #fbfbf9; --text: #1d2521; --soft: #5d6963; --edge: #dcdfdb; --row: #f1f3ef;
                --ours: #1c7c4a; --other: #9aa5ad; --met: #1c7c4a; --missed: #b3261e;
                --c0: #1c7c4a; --c1: #58b87f; --c2: #2a6fb0; --c3: #c26a12; --c4: #8c4fa3; --c5: #b3261e; --c6: #6b7680;
            }
            @media (prefers-color-scheme: dark) {
                :root {
                    --page: #14181a; --text: #e3e8e5; --soft: #9aa7a0; --edge: #333b3d; --row: #1c2224;
                    --ours: #4fc287; --other: #66737b; --met: #4fc287; --missed: #ff8a80;
                    --c0: #4fc287; --c1: #a5e6c2; --c2: #6fb1ec; --c3: #f0a455; --c4: #c992de; --c5: #ff8a80; --c6: #a0abb3;
                }
            }
            body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
            main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
            h1 { font-size: 2rem; margin: 0 0 .25rem; }
            h2 { font-size: 1.35rem; margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--edge); }
            h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
            p, ul { max-width: 48rem; }
            .soft { color: var(--soft); }
            nav { margin: 1rem 0; } nav a { margin-right: 1rem; white-space: nowrap; }
            a { color: var(--ours); }
            code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
            .wide { overflow-x: auto; }
            table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .5rem 0 1rem; }
            th, td { text-align: right; padding: .3rem .75rem; border-bottom: 1px solid var(--edge); white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; padding-left: .25rem; white-space: normal; }
            th { color: var(--soft); font-weight: 600; }
            tr.ours { background: var(--row); font-weight: 600; }
            .met { color: var(--met); font-weight: 600; } .missed { color: var(--missed); font-weight: 600; }
            figure { margin: 1rem 0 1.5rem; } figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .4rem; }
            svg { width: 100%; max-width: 760px; height: auto; font: 13px system-ui, sans-serif; }
            svg text { fill: var(--text); } svg .tick { fill: var(--soft); font-size: 12px; } svg text.ours { font-weight: 600; }
            svg .axis { stroke: var(--soft); } svg .grid { stroke: var(--edge); } svg .whisker { stroke: var(--text); stroke-opacity: .65; }
            svg .bar { fill: var(--other); } svg .bar.ours { fill: var(--ours); }
            svg .line { fill: none; stroke-width: 1.5; } svg .line.ours { stroke-width: 3; }
            svg .line.c0 { stroke: var(--c0); } svg .dot.c0 { fill: var(--c0); } svg .line.c1 { stroke: var(--c1); } svg .dot.c1 { fill: var(--c1); }
            svg .line.c2 { stroke: var(--c2); } svg .dot.c2 { fill: var(--c2); } svg .line.c3 { stroke: var(--c3); } svg .dot.c3 { fill: var(--c3); }
            svg .line.c4 { stroke: var(--c4); } svg .dot.c4 { fill: var(--c4); } svg .line.c5 { stroke: var(--c5); } svg .dot.c5 { fill: var(--c5); }
            svg .line.c6 { stroke: var(--c6); } svg .dot.c6 { fill: var(--c6); }
            """;

    private Html() {}

    /**
     * Writes a page.
     *
     * @param page the page
     * @return HTML
     */
    public static String of(Page page) {
        var text = new StringBuilder();
        text.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>Verdant: ")
                .append(Page.TITLE.toLowerCase(java.util.Locale.ROOT)).append("</title>\n<style>\n").append(STYLE)
                .append("</style>\n</head>\n<body>\n<main>\n<h1>").append(Page.TITLE).append("</h1>\n");
        text.append("<p class=\"soft\">Written by <code>").append(escape(page.command())).append("</code> on ")
                .append(escape(page.date())).append(", which took ").append(escape(page.took()))
                .append(".</p>\n<ul>\n");
        page.machine().forEach(line -> text.append("<li>").append(escape(line)).append("</li>\n"));
        text.append("</ul>\n");
        Page.HOW_TO_READ.forEach(paragraph -> paragraph(text, paragraph));
        text.append("<nav>");
        page.parts().forEach(part -> text.append("<a href=\"#").append(escape(part.id())).append("\">")
                .append(escape(part.title())).append("</a> "));
        text.append("</nav>\n");
        if (!page.aims().isEmpty()) {
            text.append("<p><strong>").append(escape(page.verdict())).append("</strong></p>\n");
            if (!page.missed().isEmpty()) {
                aims(text, page.missed());
            }
        }
        page.parts().forEach(part -> part(text, part));
        return text.append("</main>\n</body>\n</html>\n").toString();
    }

    private static void part(StringBuilder text, Part part) {
        text.append("<section id=\"").append(escape(part.id())).append("\">\n<h2>").append(escape(part.title()))
                .append("</h2>\n");
        part.text().forEach(paragraph -> paragraph(text, paragraph));
        for (Chart chart : part.charts()) {
            text.append("<figure>\n<figcaption>").append(escape(chart.title())).append("</figcaption>\n")
                    .append(Svg.of(chart)).append("</figure>\n");
        }
        for (Table table : part.tables()) {
            if (!table.title().isEmpty()) {
                text.append("<h3>").append(inline(table.title())).append("</h3>\n");
            }
            table(text, table.header(), table.rows());
        }
        if (!part.aims().isEmpty()) {
            text.append("<h3>Aims</h3>\n");
            aims(text, part.aims());
        }
        if (!part.missing().isEmpty()) {
            paragraph(text, "Not measured: " + String.join("; ", part.missing()) + ".");
        }
        part.notes().forEach(note -> paragraph(text, note));
        paragraph(text, "To repeat it: `./verdant bench --only " + part.id() + "`");
        text.append("</section>\n");
    }

    private static void aims(StringBuilder text, List<Aim> aims) {
        table(text, AimRows.HEADER, aims.stream().map(aim -> AimRows.of(aim, aim.verdict())).toList());
    }

    private static void table(StringBuilder text, List<String> header, List<List<String>> rows) {
        text.append("<div class=\"wide\"><table>\n<thead><tr>");
        header.forEach(cell -> text.append("<th>").append(inline(cell)).append("</th>"));
        text.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            text.append(row.getFirst().startsWith("**") ? "<tr class=\"ours\">" : "<tr>");
            row.forEach(cell -> text.append(style(cell)).append(inline(cell)).append("</td>"));
            text.append("</tr>\n");
        }
        text.append("</tbody></table></div>\n");
    }

    private static String style(String cell) {
        return cell.equals("missed") ? "<td class=\"missed\">" : cell.startsWith("met") ? "<td class=\"met\">" : "<td>";
    }

    private static void paragraph(StringBuilder text, String paragraph) {
        text.append("<p>").append(inline(paragraph)).append("</p>\n");
    }

    /** Text with the little Markdown that reports use: strong words and code. */
    private static String inline(String text) {
        return escape(text).replaceAll("\\*\\*([^*]+)\\*\\*", "<strong>$1</strong>").replaceAll("`([^`]+)`",
                "<code>$1</code>");
    }

    static String escape(String text) {
        var escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.append(c < ' ' && c != '\n' && c != '\t' ? ' ' : c);
            }
        }
        return escaped.toString();
    }
}
