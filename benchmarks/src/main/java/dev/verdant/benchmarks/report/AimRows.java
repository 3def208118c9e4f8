package dev.verdant.benchmarks.report;

import java.util.List;

/** Aims as rows of a table. */
final class AimRows {

    static final List<String> HEADER = List.of("aim", "wanted", "reached", "95 %", "verdict");

    private AimRows() {}

    static List<String> of(Aim aim, String verdict) {
        return List.of(aim.what(),
                (aim.atMost() ? "at most " : "at least ") + number(aim, aim.bound()) + aim.unit(),
                number(aim, aim.reached().median()) + (aim.reached().isKnown() ? aim.unit() : ""),
                aim.reached().isKnown()
                        ? number(aim, aim.reached().low()) + "–" + number(aim, aim.reached().high())
                        : "–",
                verdict);
    }

    /** Without a unit it is a ratio. */
    private static String number(Aim aim, double value) {
        return aim.unit().isEmpty() ? Numbers.ratio(value) : Numbers.plain(value);
    }
}
