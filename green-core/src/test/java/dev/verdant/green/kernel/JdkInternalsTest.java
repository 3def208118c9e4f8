package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JdkInternalsTest {

    @Test
    void withoutTheFlagTheFirstUseFailsWithTheOneMessage() throws Exception {
        String output = run(List.of());
        assertThat(output).contains("--add-opens java.base/java.lang=ALL-UNNAMED").contains("<argLine>")
                .contains("Add-Opens: java.base/java.lang")
                .contains("JDK_JAVA_OPTIONS").contains("dev.verdant.green")
                .contains("--enable-native-access=ALL-UNNAMED");
        assertThat(output).doesNotContain("ExceptionInInitializerError");
    }

    @Test
    void withTheFlagTheDoorOpens() throws Exception {
        assertThat(run(List.of("--add-opens", "java.base/java.lang=ALL-UNNAMED"))).isEqualTo("open");
    }

    @Test
    void anOldJdkIsNamed() {
        assertThat(JdkInternals.explain(21)).isEqualTo("Verdant needs JDK 25 or newer, and this is JDK 21.");
    }

    @Test
    void aNewerJdkThanTestedGetsAWarningAndThisOneNone() {
        assertThat(JdkInternals.warning(25)).isNull();
        assertThat(JdkInternals.warning(99)).contains("JDK 99");
    }

    /** The program that {@link #run} runs. */
    static final class Probe {

        private Probe() {}

        public static void main(String[] args) {
            try {
                JdkInternals.check();
                System.out.print("open");
            } catch (IllegalStateException e) {
                System.out.print(e.getMessage());
            }
        }
    }

    private static String run(List<String> flags) throws Exception {
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
