package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lists of edge cases, of behaviours and of what TLS must survive, in {@code docs}, name tests that there are. */
class TestMapTest {

    private static final Path PROJECT = Path.of("..");

    /** A class of tests, and one of them. */
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|Chapter))(?:\\.(\\w+))?`");

    @ParameterizedTest
    @ValueSource(strings = {"edge-cases.md", "behaviours.md", "tls-cases.md"})
    void everyTestThatAListNamesIsThere(String name) throws IOException {
        Map<String, String> sources = testSources();
        var missing = new ArrayList<String>();
        List<MatchResult> named = TEST.matcher(list(name)).results().toList();
        for (MatchResult test : named) {
            String source = sources.get(test.group(1));
            if (source == null || test.group(2) != null && !source.contains("void " + test.group(2) + "(")) {
                missing.add(test.group());
            }
        }
        assertThat(missing).isEmpty();
        assertThat(named).hasSizeGreaterThan(40);
    }

    @Test
    void everyEdgeCaseOfLinuxIsInTheList() throws IOException {
        String list = list("edge-cases.md");
        assertThat(IntStream.rangeClosed(1, 25).mapToObj(n -> "| N" + n + " |")).allMatch(list::contains);
    }

    private static String list(String name) throws IOException {
        return Files.readString(PROJECT.resolve("docs").resolve(name));
    }

    /** The sources of tests, by the name of the class. The contract's chapters are in the test-kit's main sources. */
    private static Map<String, String> testSources() throws IOException {
        var sources = new HashMap<String, String>();
        for (String module : List.of("conformance", "green-core", "green-ssl", "hub-epoll", "test-kit")) {
            try (var files = Files.walk(PROJECT.resolve(module).resolve("src"))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String name = file.getFileName().toString().replace(".java", "");
                    sources.merge(name, Files.readString(file), String::concat);
                }
            }
        }
        return sources;
    }
}
