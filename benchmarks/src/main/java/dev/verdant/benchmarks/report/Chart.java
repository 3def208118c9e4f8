package dev.verdant.benchmarks.report;

import java.util.List;

/** A chart. */
public sealed interface Chart {

    /**
     * Returns what stands above it.
     *
     * @return a short title, with the unit
     */
    String title();

    /**
     * Horizontal bars, one below the other, each with its interval.
     *
     * @param title with the unit
     * @param bars from top to bottom; at least one
     */
    record Bars(String title, List<Bar> bars) implements Chart {

        /**
         * Creates a chart.
         *
         * @param title with the unit
         * @param bars from top to bottom
         */
        public Bars {
            bars = List.copyOf(bars);
        }
    }

    /**
     * A bar.
     *
     * @param name what it is of
     * @param value how long it is, with its interval
     * @param ours true for Verdant, which is told apart
     */
    record Bar(String name, Estimate value, boolean ours) {}

    /**
     * Lines over a common axis; the vertical axis is logarithmic.
     *
     * @param title with the unit of the vertical axis
     * @param across what the horizontal axis is, with its unit
     * @param lines at least one
     */
    record Lines(String title, String across, List<Line> lines) implements Chart {

        /**
         * Creates a chart.
         *
         * @param title with the unit of the vertical axis
         * @param across what the horizontal axis is
         * @param lines at least one
         */
        public Lines {
            lines = List.copyOf(lines);
        }
    }

    /**
     * A line.
     *
     * @param name what it is of
     * @param points from left to right
     * @param ours true for Verdant, which is told apart
     */
    record Line(String name, List<Point> points, boolean ours) {

        /**
         * Creates a line.
         *
         * @param name what it is of
         * @param points from left to right
         * @param ours true for Verdant
         */
        public Line {
            points = List.copyOf(points);
        }
    }

    /**
     * A point of a line.
     *
     * @param x its place from left to right
     * @param y its height, more than 0
     */
    record Point(double x, double y) {}
}
