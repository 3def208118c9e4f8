package dev.verdant.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** Draws charts as SVG within a page of HTML, whose style sheet gives the colours. */
final class Svg {

    private static final int WIDTH = 760;
    private static final int BAR = 18;
    private static final int BAR_STEP = 28;
    private static final int NAMES = 250;
    private static final int VALUES = 170;
    private static final int HEIGHT = 340;
    private static final int LEFT = 84;
    private static final int TOP = 12;
    private static final int BOTTOM = 46;
    private static final int LEGEND = 190;
    private static final int COLOURS = 7;

    private Svg() {}

    static String of(Chart chart) {
        return switch (chart) {
            case Chart.Bars bars -> bars(bars);
            case Chart.Lines lines -> lines(lines);
        };
    }

    private static String begin(String title, int height) {
        return "<svg viewBox=\"0 0 " + WIDTH + " " + height + "\" role=\"img\" aria-label=\"" + Html.escape(title)
                + "\">\n";
    }

    // ---- bars

    private static String bars(Chart.Bars chart) {
        double most = chart.bars().stream().map(Chart.Bar::value).filter(Estimate::isKnown)
                .mapToDouble(Estimate::high).max().orElse(1);
        double scale = (WIDTH - NAMES - VALUES) / (most > 0 ? most : 1);
        int height = chart.bars().size() * BAR_STEP + 8;
        var svg = new StringBuilder(begin(chart.title(), height));
        line(svg, "axis", NAMES, 0, NAMES, height - 4);
        for (int i = 0; i < chart.bars().size(); i++) {
            Chart.Bar bar = chart.bars().get(i);
            double y = 4 + i * BAR_STEP;
            double middle = y + BAR / 2.0;
            String strong = bar.ours() ? " ours" : "";
            text(svg, "name" + strong, NAMES - 10, middle, "end", bar.name());
            Estimate value = bar.value();
            if (!value.isKnown()) {
                text(svg, "value", NAMES + 8, middle, "start", "–");
                continue;
            }
            svg.append(String.format(Locale.ROOT,
                    "<rect class=\"bar%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>%n", strong,
                    NAMES,
                    y, Math.max(1, value.median() * scale), BAR));
            if (value.high() > value.low()) {
                double low = NAMES + value.low() * scale;
                double high = NAMES + value.high() * scale;
                line(svg, "whisker", low, middle, high, middle);
                line(svg, "whisker", low, middle - 4, low, middle + 4);
                line(svg, "whisker", high, middle - 4, high, middle + 4);
            }
            text(svg, "value" + strong, NAMES + Math.max(value.high(), value.median()) * scale + 8, middle, "start",
                    value.high() > value.low() ? Numbers.withInterval(value) : Numbers.plain(value.median()));
        }
        return svg.append("</svg>\n").toString();
    }

    // ---- lines

    private static String lines(Chart.Lines chart) {
        var points = chart.lines().stream().flatMap(line -> line.points().stream()).filter(point -> point.y() > 0)
                .toList();
        double left = points.stream().mapToDouble(Chart.Point::x).min().orElse(0);
        double right = points.stream().mapToDouble(Chart.Point::x).max().orElse(1);
        double low = Math.floor(Math.log10(points.stream().mapToDouble(Chart.Point::y).min().orElse(1)));
        double high = Math.ceil(Math.log10(points.stream().mapToDouble(Chart.Point::y).max().orElse(10)));
        var frame = new Frame(left, right > left ? right : left + 1, low, high > low ? high : low + 1);
        var svg = new StringBuilder(begin(chart.title(), HEIGHT));
        for (double power = frame.low; power <= frame.high; power++) {
            double y = frame.y(Math.pow(10, power));
            line(svg, "grid", LEFT, y, WIDTH - LEGEND, y);
            text(svg, "tick", LEFT - 8, y, "end", Numbers.plain(Math.pow(10, power)));
        }
        for (double x : points.stream().mapToDouble(Chart.Point::x).distinct().sorted().toArray()) {
            text(svg, "tick", frame.x(x), HEIGHT - BOTTOM + 16, "middle",
                    x == Math.rint(x) ? Long.toString((long) x) : Numbers.plain(x));
        }
        line(svg, "axis", LEFT, HEIGHT - BOTTOM, WIDTH - LEGEND, HEIGHT - BOTTOM);
        text(svg, "tick", (LEFT + WIDTH - LEGEND) / 2.0, HEIGHT - 8, "middle", chart.across());
        int ours = 0;
        int others = (int) chart.lines().stream().filter(Chart.Line::ours).count();
        for (int i = 0; i < chart.lines().size(); i++) {
            Chart.Line line = chart.lines().get(i);
            line(svg, frame, line, i, line.ours() ? ours++ : others++);
        }
        return svg.append("</svg>\n").toString();
    }

    /** The first colours are ours, whatever the order. */
    private static void line(StringBuilder svg, Frame frame, Chart.Line line, int number, int colourNumber) {
        String colour = "c" + colourNumber % COLOURS + (line.ours() ? " ours" : "");
        List<Chart.Point> points = line.points().stream().filter(point -> point.y() > 0).toList();
        var path = new StringBuilder();
        for (Chart.Point point : points) {
            path.append(
                    String.format(Locale.ROOT, "%s%.1f,%.1f", path.isEmpty() ? "" : " ", frame.x(point.x()),
                            frame.y(point.y())));
        }
        svg.append("<polyline class=\"line ").append(colour).append("\" points=\"").append(path).append("\"/>\n");
        for (Chart.Point point : points) {
            svg.append(String.format(Locale.ROOT,
                    "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>%s</title></circle>%n", colour,
                    frame.x(point.x()), frame.y(point.y()), line.ours() ? "4" : "3",
                    Html.escape(line.name() + ", " + Numbers.plain(point.x()) + ": " + Numbers.plain(point.y()))));
        }
        double y = TOP + 10 + number * 20;
        line(svg, "line " + colour, WIDTH - LEGEND + 14, y, WIDTH - LEGEND + 36, y);
        text(svg, "name" + (line.ours() ? " ours" : ""), WIDTH - LEGEND + 42, y, "start", line.name());
    }

    /** Where a value is on the picture. */
    private record Frame(double left, double right, double low, double high) {

        double x(double value) {
            return LEFT + 12 + (value - left) / (right - left) * (WIDTH - LEGEND - LEFT - 24);
        }

        double y(double value) {
            return HEIGHT - BOTTOM - (Math.log10(value) - low) / (high - low) * (HEIGHT - BOTTOM - TOP);
        }
    }

    private static void line(StringBuilder svg, String style, double x1, double y1, double x2, double y2) {
        svg.append(String.format(Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n", style, x1, y1, x2, y2));
    }

    private static void text(StringBuilder svg, String style, double x, double y, String anchor, String text) {
        svg.append(String.format(Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" dy=\"0.35em\" text-anchor=\"%s\">%s</text>%n",
                style, x, y, anchor, Html.escape(text)));
    }
}
