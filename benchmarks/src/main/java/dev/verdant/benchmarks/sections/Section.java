package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Part;

/** A section of the report, and how it is measured. */
public interface Section {

    /**
     * Returns its name on the command line.
     *
     * @return a word
     */
    String id();

    /**
     * Returns its heading.
     *
     * @return a few words
     */
    String title();

    /**
     * Estimates how long it takes.
     *
     * @param settings how much is measured
     * @return seconds
     */
    double seconds(Settings settings);

    /**
     * Tells which servers it leaves running for the sections that come next.
     *
     * @return sections that return the same word use the same servers
     */
    String family();

    /**
     * Measures.
     *
     * @param workshop what with
     * @return what was found
     * @throws Exception if nothing could be found
     */
    Part measure(Workshop workshop) throws Exception;
}
