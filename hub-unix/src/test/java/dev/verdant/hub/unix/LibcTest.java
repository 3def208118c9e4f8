package dev.verdant.hub.unix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that may not call native code. */
@Timeout(60)
class LibcTest {

    @Test
    void withoutNativeAccessTheAdviceNamesTheFlagEachTime() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process child = new ProcessBuilder(java.toString(), "--illegal-native-access=deny", "-cp",
                System.getProperty("java.class.path"), LibcTest.class.getName()).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        String advice = "Unix-domain addresses and urgent data need native access: "
                + "pass --enable-native-access=ALL-UNNAMED";
        assertThat(output.lines()).containsExactly(advice, advice);
        assertThat(child.waitFor()).isZero();
    }

    /** The child. */
    public static void main(String[] args) {
        for (int i = 0; i < 2; i++) {
            try {
                Libc _ = Libc.get();
                System.out.println("should not have been had");
            } catch (UnsupportedOperationException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
