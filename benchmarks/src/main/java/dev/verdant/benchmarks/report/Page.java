package dev.verdant.benchmarks.report;

import java.util.List;

/**
 * All of a report.
 *
 * @param command what was run
 * @param date when, such as {@code 2026-01-31}
 * @param machine lines about the machine and what is installed on it
 * @param took how long it took, in words
 * @param parts the sections, in order
 */
public record Page(String command, String date, List<String> machine, String took, List<Part> parts) {

    /** What every page begins with. */
    static final String TITLE = "Benchmarks";

    /** How to read what follows. */
    static final List<String> HOW_TO_READ = List.of(
            "All servers of a table run at the same time, one of them is loaded at a time, round after round in an order that rotates; ratios are taken within a round."
                    + " A figure is the median over the rounds, with its 95 % interval (bootstrap). An aim is met when the interval reaches it, unless the interval is wider than the median is large: then the rounds are too noisy to tell.",
            "CPU is that of the server's process, in user and system mode. Where the machine has two processors and taskset, the servers have the first one to themselves"
                    + " and the load generator the last.");

    /**
     * Creates a page.
     *
     * @param command what was run
     * @param date when
     * @param machine lines about the machine
     * @param took how long it took
     * @param parts the sections, in order
     */
    public Page {
        machine = List.copyOf(machine);
        parts = List.copyOf(parts);
    }

    List<Aim> aims() {
        return parts.stream().flatMap(part -> part.aims().stream()).toList();
    }

    List<Aim> missed() {
        return aims().stream().filter(aim -> aim.reached().isKnown() && !aim.isMet() && !aim.isUndecided()).toList();
    }

    /** In a sentence: how many aims are met. */
    String verdict() {
        long met = aims().stream().filter(Aim::isMet).count();
        long unknown = aims().stream().filter(aim -> !aim.reached().isKnown()).count();
        long undecided = aims().stream().filter(Aim::isUndecided).count();
        return met + " of " + aims().size() + " aims met"
                + (unknown == 0 ? "" : ", " + unknown + " not measured")
                + (undecided == 0 ? "" : ", " + undecided + " too noisy to tell")
                + (missed().isEmpty() ? "." : "; missed:");
    }
}
