package dev.verdant.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportTest {

    private static final Estimate SLOW = new Estimate(1.30, 1.21, 1.40, 5);

    private static final Part HELLO = new Part("hello", "The smallest server", List.of("Read & answer `a < b`."),
            List.of(new Table("4 connections:", List.of("server", "ratio"),
                    List.of(List.of("**Verdant, epoll**", "1.30"), List.of("C | epoll", "1.00")))),
            List.of(new Chart.Bars("CPU, \"µs\"",
                    List.of(new Chart.Bar("Verdant & co", SLOW, true), new Chart.Bar("nobody", Estimate.of(), false)))),
            List.of(Aim.atMost("epoll to C", 1.05, SLOW), Aim.atMost("epoll to Netty", 1.25, SLOW)),
            List.of("gevent (not installed)", "C (no C compiler is installed)"), List.of("Errors of x: 3."));

    private static final Part LATENCY = new Part("latency", "Latency against load", List.of("On a schedule."),
            List.of(),
            List.of(new Chart.Lines("p99, µs", "load, %",
                    List.of(new Chart.Line("Verdant", List.of(new Chart.Point(10, 40), new Chart.Point(90, 4000)),
                            true),
                            new Chart.Line("silent", List.of(), false)))),
            List.of(), List.of(), List.of());

    private static final Page PAGE = new Page("./verdant bench --quick", "2026-01-31",
            List.of("2 processors (A < B)"), "8:01 minutes",
            List.of(HELLO, LATENCY, Part.failed("tls", "TLS", "java.io.IOException: <none>")));

    private static Document html(Page page) throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(Html.of(page))));
    }

    private static List<Element> elements(Document document, String name) {
        NodeList found = document.getElementsByTagName(name);
        var elements = new ArrayList<Element>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    @Test
    void thePageIsWellFormedAndHasEverySection() throws Exception {
        var sections = elements(html(PAGE), "section");
        assertThat(sections).extracting(each -> each.getAttribute("id")).containsExactly("hello", "latency", "tls");
        assertThat(sections.getFirst().getTextContent()).contains("Read & answer a < b.", "Verdant, epoll",
                "Errors of x: 3.", "./verdant bench --only hello");
        assertThat(sections.getLast().getTextContent()).contains("Not measured: java.io.IOException: <none>");
    }

    @Test
    void thePageFetchesNothingAndRunsNothing() throws Exception {
        var document = html(PAGE);
        for (String name : List.of("script", "link", "img", "iframe", "object")) {
            assertThat(elements(document, name)).as(name).isEmpty();
        }
        assertThat(Html.of(PAGE)).doesNotContain("src=", "url(", "@import", "http://", "https://");
        assertThat(elements(document, "a")).extracting(each -> each.getAttribute("href"))
                .allMatch(target -> target.startsWith("#"));
    }

    @Test
    void whoIsMissingIsNamedInBoth() throws Exception {
        String missing = "Not measured: gevent (not installed); C (no C compiler is installed).";
        assertThat(elements(html(PAGE), "section").getFirst().getTextContent()).contains(missing);
        assertThat(Markdown.of(PAGE)).contains(missing);
    }

    @Test
    void missesStandAtTheTopOfBoth() throws Exception {
        assertThat(Markdown.of(PAGE)).containsSubsequence("1 of 2 aims met; missed:", "epoll to C", "**missed**",
                "## The smallest server", "epoll to Netty");
        assertThat(html(PAGE).getDocumentElement().getTextContent()).containsSubsequence("1 of 2 aims met; missed:",
                "epoll to C", "missed", "4 connections:", "epoll to Netty");
    }

    @Test
    void machineAndCommandStandInBoth() throws Exception {
        assertThat(Markdown.of(PAGE)).contains("`./verdant bench --quick` on 2026-01-31, which took 8:01 minutes",
                "2 processors (A < B)");
        assertThat(html(PAGE).getDocumentElement().getTextContent()).contains("./verdant bench --quick on 2026-01-31",
                "2 processors (A < B)");
    }

    @Test
    void everyRowOfATableHasAsManyCellsAsItsHead() {
        var table = Markdown.of(PAGE).lines().filter(line -> line.startsWith("| C ") || line.startsWith("| server"))
                .toList();
        assertThat(table).containsExactly("| server | ratio |", "| C \\| epoll | 1.00 |");
        assertThatThrownBy(() -> new Table("", List.of("a", "b"), List.of(List.of("1"))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected: 2 cells");
    }

    @Test
    void aBarIsAsLongAsItsValueAndLiesInThePicture() throws Exception {
        var bars = elements(html(PAGE), "rect");
        assertThat(bars).hasSize(1); // What is not known has none.
        var two = new Page("c", "d", List.of(), "t", List.of(new Part("x", "X", List.of(), List.of(),
                List.of(new Chart.Bars("t",
                        List.of(new Chart.Bar("a", Estimate.of(10), true), new Chart.Bar("b", Estimate.of(5), false)))),
                List.of(), List.of(), List.of())));
        var widths = elements(html(two), "rect").stream().map(each -> Double.parseDouble(each.getAttribute("width")))
                .toList();
        assertThat(widths.get(0)).isEqualTo(2 * widths.get(1));
        assertThat(widths.get(0)).isLessThan(760);
    }

    @Test
    void aHigherValueOfALineIsHigherUp() throws Exception {
        var dots = elements(html(PAGE), "circle");
        assertThat(dots).hasSize(2);
        assertThat(Double.parseDouble(dots.get(0).getAttribute("cy")))
                .isGreaterThan(Double.parseDouble(dots.get(1).getAttribute("cy")));
        assertThat(Double.parseDouble(dots.get(0).getAttribute("cx")))
                .isLessThan(Double.parseDouble(dots.get(1).getAttribute("cx")));
    }
}
