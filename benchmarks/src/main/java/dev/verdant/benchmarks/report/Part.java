package dev.verdant.benchmarks.report;

import java.util.List;

/**
 * A section of the page.
 *
 * @param id its name on the command line
 * @param title its heading
 * @param text paragraphs: what was measured, and how
 * @param tables the figures
 * @param charts the same to look at
 * @param aims what was to be reached
 * @param missing what could not be measured beside, and why
 * @param notes what a reader has to know to judge the figures: errors, rounds in which the load generator was late
 */
public record Part(String id, String title, List<String> text, List<Table> tables, List<Chart> charts, List<Aim> aims,
        List<String> missing, List<String> notes) {

    /**
     * Creates a section.
     *
     * @param id its name on the command line
     * @param title its heading
     * @param text what was measured, and how
     * @param tables the figures
     * @param charts the same to look at
     * @param aims what was to be reached
     * @param missing what could not be measured
     * @param notes what to know besides
     */
    public Part {
        text = List.copyOf(text);
        tables = List.copyOf(tables);
        charts = List.copyOf(charts);
        aims = List.copyOf(aims);
        missing = List.copyOf(missing);
        notes = List.copyOf(notes);
    }

    /**
     * A section that could not be measured at all.
     *
     * @param id its name on the command line
     * @param title its heading
     * @param why what happened
     * @return a section without figures
     */
    public static Part failed(String id, String title, String why) {
        return new Part(id, title, List.of("Not measured: " + why), List.of(), List.of(), List.of(), List.of(),
                List.of());
    }
}
